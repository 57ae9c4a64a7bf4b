"""The command `suite compare`."""

from typing import Annotated

import typer

from suite.cli import study
from suite.cli.options import DryRun, Set, Workers, command_line, settings


def command(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="WHAT...", help="What to compare, as: optimizer=adam,sgd,lion; two make a grid."
        ),
    ],
    set_: Set = None,
    workers: Workers = None,
    dry_run: DryRun = False,
) -> None:
    """Compare the levels of a hyperparameter, or of two, without a file: a study of its own."""
    from suite.study.compare import comparison

    name, chosen = comparison(what, settings(set_))
    study.run(name, chosen, command_line("compare", "WHAT", " ".join(what), set_), workers, dry_run)
