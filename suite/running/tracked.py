"""Sees to it that a study is tracked, and remembers whether it was: the next start logs what is missing."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from suite.analysis.evaluation import Evaluation
from suite.data.dataset import Dataset
from suite.export.records import Exported
from suite.running import findings_file, results
from suite.running.archive import Archive
from suite.running.cases import CaseRun
from suite.running.outcome import Progress
from suite.running.results import Kept
from suite.study.demonstration import Demonstration
from suite.study.resolve import resolve
from suite.study.study import Study
from suite.tracking import Tracker
from suite.training.load import load

EXPORTED = "exported.json"
"""File in a study's folder: the exported model, as the tracker is told of it."""


def log_dataset(tracker: Tracker, dataset: Dataset) -> None:
    """Logs what a study trains on."""
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    sizes = {name: len(split) for name, split in splits.items()}
    tracker.log_dataset(dataset.name, dataset.sha256, dataset.source, sizes)


def log_model(
    tracker: Tracker, name: str, folder: Path, exported: Exported, metrics: Mapping[str, float]
) -> None:
    """Logs the exported model, and keeps what was said of it.

    Args:
        tracker: to log to.
        name: of the study.
        folder: of the study.
        exported: the model.
        metrics: what the training measured of it.
    """
    findings_file.write(folder / EXPORTED, {"exported": exported, "metrics": metrics})
    _log_model(tracker, name, exported, metrics)


def _log_model(tracker: Tracker, name: str, exported: Exported, metrics: Mapping[str, float]) -> None:
    tracker.log_model(
        results.export_of(name),
        name,
        inputs=exported.inputs,
        output=exported.output,
        metrics={**metrics, **exported.evaluation.metrics},
    )


def again(
    study: Study | Demonstration, name: str, folder: Path, kept: Kept, show: Callable[[Progress], None]
) -> str | None:
    """Logs what was not logged of a finished study; says what failed, if anything did."""
    trainings = kept.findings.trainings
    show(Progress(trainings, done=trainings, reused=trainings, doing="tracking"))
    archived = None
    with Tracker(study, name) as tracker:
        if isinstance(study, Study):
            archived = _trainings(tracker, study, folder)
        if kept.saved_model is None:
            with suppress(OSError, ValueError):
                said = findings_file.read(folder / EXPORTED, (Exported, Evaluation))
                _log_model(tracker, name, said["exported"], said["metrics"])
        tracker.finish(results.report_of(name), kept.findings)
    return close(folder, kept, tracker.failure or archived)


def load_all(study: Study) -> dict[str, Dataset]:
    """Returns the data of a study by condition; whether a batch fits is for the preflight to say."""
    return {condition: load(part.fixed.replace(batch_size=1)) for condition, part in study.parts.items()}


def _trainings(tracker: Tracker, study: Study, folder: Path) -> str | None:
    """Logs and records all trainings of a study; says why they could not be recorded, if so."""
    datasets = load_all(study)
    for dataset in datasets.values():
        log_dataset(tracker, dataset)
    study = resolve(study, {condition: len(dataset.train) for condition, dataset in datasets.items()})
    with Archive(study) as archive:
        for case in [CaseRun(study, each, folder / "trainings") for each in study.cases]:
            for job, result in case.advance():
                tracker.log(job.role, job.label, job.number, result)
            archive.record(case.case, case.trials)
    return archive.failure


def close(folder: Path, kept: Kept, failure: str | None) -> str | None:
    """Remembers that a study was tracked and recorded, unless that failed; gives the failure back."""
    if failure is None:
        with suppress(OSError):  # then the next start tracks it once more, which changes nothing
            results.keep(folder, replace(kept, tracked=results.tracked_in()))
    return failure
