"""The command `suite describe`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from suite.cli.options import console, settings

if TYPE_CHECKING:
    from suite.cli.layers import Row


def command(
    config: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CONFIG]...",
            help="A study or a model, and settings FIELD=VALUE, as: model=rnn dataset=imdb",
        ),
    ] = None,
) -> None:
    """Layers of a model on its data: output shapes, parameters, FLOPs."""
    names = [word for word in config or [] if "=" not in word]
    if len(names) > 1:
        raise ValueError(
            f"`CONFIG` expects one name and settings FIELD=VALUE. Received: {' '.join(names)!r}."
        )
    given = settings([word for word in config or [] if "=" in word])
    from suite.running.pool.workers import start_tensorflow

    start_tensorflow()
    from suite.cli import layers

    for label, chosen in layers.configs(names[0] if names else None, given).items():
        _print(f"{label} on {chosen.dataset}", layers.of_config(chosen))


def _print(title: str, rows: "Sequence[Row]") -> None:
    table = Table(
        "layer", "kind", "output", box=None, pad_edge=False, title=escape(title), title_justify="left"
    )
    table.add_column("parameters", justify="right")
    table.add_column("FLOPs an example", justify="right")
    for row in rows:
        table.add_row(escape(row.name), row.kind, row.output, f"{row.parameters:,}", f"{row.flops:,}")
    parameters, flops = sum(row.parameters for row in rows), sum(row.flops for row in rows)
    table.add_row("[bold]total[/]", "", "", f"[bold]{parameters:,}[/]", f"[bold]{flops:,}[/]")
    console.print(table)
    console.print(
        "FLOPs: forward, matrix products and convolutions, a multiplication and an addition being 2.",
        highlight=False,
    )
