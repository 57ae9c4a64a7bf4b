"""Conducts a study from its declaration to its answer; one that is finished says at once what it knows."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from suite import paths
from suite.running import results
from suite.running.outcome import Outcome, Progress
from suite.running.results import Kept
from suite.study.demonstration import Demonstration
from suite.study.resolve import resolve
from suite.study.study import Study

if TYPE_CHECKING:
    from suite.running.cluster.request import Request


def run(
    study: Study | Demonstration,
    name: str,
    *,
    command: str,
    worker_count: int | None,
    show: Callable[[Progress], None],
    cluster: "Request | None" = None,
) -> Outcome:
    """Runs a study, going on from whatever of it is finished.

    What was computed is given back: where the report, the export or the tracking fails, the outcome says so.

    Args:
        study: what to run; a demonstration computes instead of training.
        name: what its results go by.
        command: that runs it again, for the report.
        worker_count: processes of this machine that train; None, or on a cluster: what suits the machine.
        show: called with the state of affairs some ten times a second.
        cluster: that trains; None: this machine does.

    Raises:
        ValueError: impossible sizes or shapes, no such cluster or nothing to train on it, or the study is
            running in another process.
        OSError: nothing can be written, or the tracking server does not answer.
        DataUnavailable: the data set cannot be had.
    """
    if worker_count is not None and worker_count < 1:
        raise ValueError(f"`workers` must be at least 1. Received: {worker_count}.")
    if cluster and isinstance(study, Demonstration):
        raise ValueError("`cluster` expects a study. Received: a demonstration, which trains nothing.")
    paths.check_writable()
    study = _resolved(study)
    folder = results.folder_of(study, name)
    with results.alone(folder):
        if kept := _known(study, name):
            failure = None
            if not results.is_tracked(kept):
                from suite.running import tracked

                failure = tracked.again(study, name, folder, kept, show)
            return _told(study, name, kept, failure)

        from suite.running.pool import workers

        count = workers.default_count() if cluster or worker_count is None else worker_count
        workers.warm_up()  # while the rest is imported here
        if isinstance(study, Demonstration):
            from suite.running import demonstrating

            return demonstrating.run(study, name, folder, command, count, show)
        from suite.running import unfinished

        return unfinished.run(study, name, folder, command, count, show, cluster)


def finished(study: Study | Demonstration, name: str) -> Outcome | None:
    """Reads what a finished study found; runs nothing.

    Args:
        study: as for `run`.
        name: what its results go by.

    Returns:
        None where it was not run to its end, or was run by another version of the suite.
    """
    study = _resolved(study)
    kept = _known(study, name)
    return _told(study, name, kept, None) if kept else None


def _resolved(study: Study | Demonstration) -> Study | Demonstration:
    return resolve(study) if isinstance(study, Study) else study


def _known(study: Study | Demonstration, name: str) -> Kept | None:
    """The findings of a study whose report and export are in their places."""
    kept = results.read(results.folder_of(study, name))
    known = kept and kept.identity == results.identity(study) and results.is_sealed(name, kept)
    return kept if known else None


def _told(study: Study | Demonstration, name: str, kept: Kept, tracking: str | None) -> Outcome:
    saved_model: Path | str = kept.saved_model or results.export_of(name)
    page = results.report_of(name) / results.REPORT_MARK
    return Outcome(name, study, kept.findings, page, saved_model, tracking)
