"""The command `suite validate`."""

from typing import Annotated

import typer

from suite.cli.options import console


def command(
    full: Annotated[bool, typer.Option("--full", help="More of all; takes hours.")] = False,
    problems: Annotated[int | None, typer.Option(min=1, help="Diagnose no more than so many.")] = None,
) -> None:
    """Measure whether the suite's verdicts are right, on problems whose answer is known."""
    from suite.running.pool.workers import start_tensorflow

    start_tensorflow()
    from suite import validation

    validation.main(console, full=full, problems=problems)
