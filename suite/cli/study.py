"""The command `suite study`."""

from rich.markup import escape

from suite.cli import interruption, plan
from suite.cli.options import DryRun, Name, Set, Workers, command_line, console, settings
from suite.study import catalog
from suite.study.demonstration import Demonstration
from suite.study.resolve import resolve
from suite.study.study import Study

TYPE_CHECKING = False  # what follows takes long to import

if TYPE_CHECKING:
    from suite.running.outcome import Outcome


def command(name: Name, set_: Set = None, workers: Workers = None, dry_run: DryRun = False) -> None:
    """Run a study, or go on with it: search, replicates, comparison, report, export.

    Exit code 0: all is done. 1: the answer stands, but the report, the export or the tracking failed; the
    same command tries again. 2: the input is at fault. 130, 143: interrupted.
    """
    line = command_line("study", "NAME", name, set_)
    results_name, chosen = catalog.changed(name, settings(set_))
    run(results_name, chosen, line, workers, dry_run)


def run(name: str, study: Study | Demonstration, line: str, workers: int | None, dry_run: bool) -> None:
    """Runs a study and prints its answer, or prints its plan.

    Args:
        name: what its results go by.
        study: what to run.
        line: command that runs it again.
        workers: processes that train; None: what suits this machine.
        dry_run: whether only the plan is wanted.

    Raises:
        SystemExit: it was interrupted, or something beside the answer failed.
    """
    if dry_run:
        plan.show(console, name, resolve(study) if isinstance(study, Study) else study, workers)
        return
    from suite.cli import display

    outcome = _conducted(name, study, line, workers)
    display.print_outcome(console, outcome)
    if outcome.tracking or outcome.failures:
        raise SystemExit(1)


def attempt(name: str, study: Study | Demonstration, line: str, workers: int | None) -> "Outcome | None":
    """Runs one study of several and prints its answer in words; says why and gives None where it fails.

    Args:
        name, study, line, workers: as for `run`.

    Raises:
        SystemExit: it was interrupted.
    """
    try:
        outcome = _conducted(name, study, line, workers)
    except (ValueError, RuntimeError) as error:
        console.print(f"[red]failed:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        return None
    console.print(f"[bold]{escape(outcome.findings.answer)}[/]\n", highlight=False)
    return outcome


def _conducted(name: str, study: Study | Demonstration, line: str, workers: int | None) -> "Outcome":
    from suite.cli import display
    from suite.running import conductor
    from suite.running.workers import default_count

    try:
        with display.Live(console, name, study) as live:
            return conductor.run(
                study, name, command=line, worker_count=workers or default_count(), show=live
            )
    except interruption.Interrupted as interrupted:
        raise SystemExit(interrupted.code) from None
