"""The command `suite gather`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from suite.cli import study
from suite.cli.options import Cluster, Name, Needs, Set, Workers, command_line, console, request, settings
from suite.study import catalog


def command(
    name: Name,
    from_: Annotated[
        list[Path],
        typer.Option(
            "--from", metavar="FOLDER", help="Home of a shard, or a folder of such homes; may be repeated."
        ),
    ],
    set_: Set = None,
    workers: Workers = None,
    cluster: Cluster = None,
    needs: Needs = None,
    only: Annotated[
        bool, typer.Option("--only", help="Copy, and train nothing: another array of shards goes on.")
    ] = False,
) -> None:
    """Gather what the shards of a study trained, train what is still missing, and conclude.

    The trainings are copied after it was checked that each is whole and of this study. It may be done again,
    as when more shards are finished. Exit codes are those of `suite study`.
    """
    from suite.running import shards

    asked = request(cluster, needs, workers)
    if asked and only:
        raise ValueError("`--cluster` trains what is missing. Received: --only too, which trains nothing.")
    results_name, chosen = catalog.changed(name, settings(set_))
    declared = shards.check(chosen)
    gathered = shards.gather(declared, results_name, from_)
    console.print(
        f"{gathered.copied} trainings copied from {len(gathered.homes)} folders; {gathered.known} were here.",
        highlight=False,
    )
    for path in gathered.damaged:
        console.print(
            f"[yellow]damaged:[/] {escape(str(path))} is left out.", soft_wrap=True, highlight=False
        )
    if not only:
        line = command_line("study", "NAME", name, set_)
        study.run(results_name, declared, line, workers, dry_run=False, cluster=asked)
