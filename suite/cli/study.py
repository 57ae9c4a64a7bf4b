"""The command `suite study`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from suite.cli import interruption, plan
from suite.cli.options import (
    Cluster,
    DryRun,
    Name,
    Needs,
    Set,
    Workers,
    command_line,
    console,
    request,
    settings,
)
from suite.study import catalog
from suite.study.demonstration import Demonstration
from suite.study.resolve import resolve
from suite.study.study import Study

if TYPE_CHECKING:
    from suite.running.cluster.request import Request
    from suite.running.outcome import Outcome


def command(
    name: Name,
    set_: Set = None,
    workers: Workers = None,
    dry_run: DryRun = False,
    shard: Annotated[
        str | None,
        typer.Option(metavar="NUMBER/COUNT", help="Train only this part, as 3/100; `suite gather` goes on."),
    ] = None,
    cluster: Cluster = None,
    needs: Needs = None,
) -> None:
    """Run a study, or go on with it: search, replicates, comparison, report, export.

    Exit code 0: all is done. 1: the answer stands, but the report, the export or the tracking failed; the
    same command tries again. 2: the input is at fault. 130, 143: interrupted.
    """
    line = command_line("study", "NAME", name, set_)
    results_name, chosen = catalog.changed(name, settings(set_))
    asked = request(cluster, needs, workers)
    if shard is None:
        run(results_name, chosen, line, workers, dry_run, asked)
    elif asked:
        raise ValueError("`--cluster` trains a whole study at once. Received: --shard too.")
    else:
        _run_shard(results_name, chosen, shard, workers, dry_run)


def _run_shard(
    name: str, study: Study | Demonstration, shard: str, workers: int | None, dry_run: bool
) -> None:
    """Trains a part of a study, and says where it lies."""
    from suite.cli import display
    from suite.running import results, shards
    from suite.running.pool.workers import default_count

    part, study = shards.Shard.parse(shard), shards.check(study)
    if dry_run:
        raise ValueError("`--dry-run` prints the plan of a whole study. Received: --shard too.")
    try:
        with display.Live(console, name, study) as live:
            progress = shards.run(study, name, part, worker_count=workers or default_count(), show=live)
    except interruption.Interrupted as interrupted:
        raise SystemExit(interrupted.code) from None
    folder = results.folder_of(resolve(study), name)
    console.print(
        f"shard {shard}: {progress.done} trainings are in {escape(str(folder))}, {progress.reused} of them"
        " from before. `suite gather` concludes the study from the folders of all shards.",
        soft_wrap=True,
        highlight=False,
    )


def run(
    name: str,
    study: Study | Demonstration,
    line: str,
    workers: int | None,
    dry_run: bool,
    cluster: "Request | None" = None,
) -> None:
    """Runs a study and prints its answer, or prints its plan.

    Args:
        name: what its results go by.
        study: what to run.
        line: command that runs it again.
        workers: processes that train; None: what suits this machine.
        dry_run: whether only the plan is wanted.
        cluster: that trains; None: this machine does.

    Raises:
        ValueError: a cluster is asked for where nothing is to be trained.
        SystemExit: it was interrupted, or something beside the answer failed.
    """
    if cluster and dry_run:
        raise ValueError("`--cluster` trains a study. Received: --dry-run too.")
    if dry_run:
        plan.show(console, name, resolve(study) if isinstance(study, Study) else study, workers)
        return
    from suite.cli import display

    outcome = _conducted(name, study, line, workers, cluster)
    display.print_outcome(console, outcome)
    if not outcome.whole:
        raise SystemExit(1)


def attempt(
    name: str,
    study: Study | Demonstration,
    line: str,
    workers: int | None,
    cluster: "Request | None",
) -> "Outcome | None":
    """Runs one study of several and prints its answer in words; says why and gives None where it fails.

    Args:
        name, study, line, workers, cluster: as for `run`; a demonstration needs no cluster.

    Raises:
        SystemExit: it was interrupted.
    """
    try:
        asked = cluster if isinstance(study, Study) else None
        outcome = _conducted(name, study, line, workers, asked)
    except (ValueError, RuntimeError) as error:
        console.print(f"[red]failed:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        return None
    console.print(f"[bold]{escape(outcome.findings.answer)}[/]\n", highlight=False)
    return outcome


def conclude(what: str, written: Path, failed: Sequence[str]) -> None:
    """Says where what several studies gave was written, and which of them failed.

    Args:
        what: what was written. written: where. failed: names of studies.

    Raises:
        SystemExit: one failed.
    """
    console.print(f"{what:<12} {written}", soft_wrap=True, highlight=False)
    if failed:
        console.print(f"[red]failed:[/] {', '.join(failed)}. The same command tries again.")
        raise SystemExit(1)


def _conducted(
    name: str,
    study: Study | Demonstration,
    line: str,
    workers: int | None,
    cluster: "Request | None",
) -> "Outcome":
    from suite.cli import display
    from suite.running import conductor

    try:
        with display.Live(console, name, study) as live:
            return conductor.run(study, name, command=line, worker_count=workers, show=live, cluster=cluster)
    except interruption.Interrupted as interrupted:
        raise SystemExit(interrupted.code) from None
