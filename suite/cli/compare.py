"""The command `suite compare`."""

from typing import Annotated

import typer

from suite.cli import study
from suite.cli.options import Cluster, DryRun, Needs, Set, Workers, command_line, request, settings


def command(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="WHAT...", help="What to compare, as: optimizer=adam,sgd,lion; two make a grid."
        ),
    ],
    set_: Set = None,
    workers: Workers = None,
    cluster: Cluster = None,
    needs: Needs = None,
    dry_run: DryRun = False,
) -> None:
    """Compare the levels of a hyperparameter, or of two, without a file: a study of its own."""
    from suite.study.compare import comparison

    name, chosen = comparison(what, settings(set_))
    line = command_line("compare", "WHAT", " ".join(what), set_)
    study.run(name, chosen, line, workers, dry_run, request(cluster, needs, workers))
