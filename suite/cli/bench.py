"""The command `suite bench`."""

from typing import Annotated

import typer

from suite.cli.options import console


def command(
    full: Annotated[bool, typer.Option("--full", help="Every row; takes much longer.")] = False,
    rows: Annotated[str | None, typer.Option(help="Only rows of this name, as GRU or LeNet-5.")] = None,
    scale: Annotated[
        list[int] | None,
        typer.Option(min=2, help="Instead: what so many trials of milliseconds cost beside their training."),
    ] = None,
    simulate: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Instead: what it costs to conduct so many workers that only wait."),
    ] = None,
) -> None:
    """Measure the engine against `model.fit`, and a whole study against Optuna + fit + MLflow."""
    from suite import bench

    if scale:
        bench.cost_of_trials(console, scale)
    elif simulate:
        bench.cost_of_conducting(console, simulate)
    else:
        bench.main(console, full=full, rows=rows)
