"""The conductor: Study -> search -> replicates -> comparison -> report and export. Trainings run in worker processes."""

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock, Timeout

from suite import paths, report
from suite.analysis.findings import analyse, with_export
from suite.analysis.records import Findings, Measured
from suite.data.dataset import Dataset
from suite.export import saved_model as export
from suite.export.records import Exported, Origin
from suite.running import workers
from suite.running.cases import CaseRun
from suite.running.collect import evidence_of, table_of
from suite.running.estimate import gradient_steps_by_shape, remember
from suite.running.workers import Job, Workers
from suite.study.resolve import resolve
from suite.study.study import Study
from suite.tasks import meanings
from suite.tracking import Tracker, check_store
from suite.tracking.environment import environment
from suite.training.load import load

CHUNK = 8
"""Most trainings that a worker is given at once: as many as one program stacks, which takes as long over fewer."""

COMPILING = 3.0
"""Seconds until a worker trains a shape of work that it has not had: as much must be left for it to take over."""


@dataclass
class Progress:
    """What a display may show: trainings done of all, those reused from before, and what each worker does now."""

    total: int
    done: int = 0
    reused: int = 0
    doing: str = "starting workers"
    now: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """A finished study: the verdict and where things are; `saved_model` says why there is none, if there is none,
    and `tracking` what could not be tracked, if anything."""

    name: str
    study: Study
    findings: Findings
    seconds: float
    page: Path
    saved_model: Path | str
    tracking: str | None = None


@dataclass(frozen=True)
class _Session:
    """What one run of a study works with."""

    study: Study
    name: str
    command: str
    folder: Path
    dataset: Dataset
    pool: Workers
    tracker: Tracker
    show: Callable[[Progress], None]
    notes: tuple[str, ...]


def run(
    study: Study, name: str, *, command: str, worker_count: int, show: Callable[[Progress], None]
) -> Outcome:
    """Runs a study, going on from whatever of it is finished.

    Args:
        study: what to run. name: what its results go by.
        command: that runs it again, for the report.
        worker_count: processes that train.
        show: called with the state of affairs some ten times a second.

    Raises:
        ValueError: impossible sizes or shapes, or the study is running in another process.
        OSError: nothing can be written, or the tracking server does not answer.
        DataUnavailable: the data set cannot be had.
    """
    paths.check_writable()
    check_store()
    started = time.perf_counter()
    study = resolve(study)
    folder = folder_of(study, name)
    (folder / "trainings").mkdir(parents=True, exist_ok=True)
    with _alone(folder), Workers(worker_count) as pool, Tracker(study, name) as tracker:
        dataset = load(study.fixed.replace(batch_size=1))  # whether a batch fits is for the preflight to say
        study = resolve(study, len(dataset.train))
        sizes = {
            "train": len(dataset.train),
            "validation": len(dataset.validation),
            "test": len(dataset.test),
        }
        tracker.log_dataset(dataset.name, dataset.sha256, dataset.source, sizes)
        session = _Session(study, name, command, folder, dataset, pool, tracker, show, study.notes)
        cases = [CaseRun(study, case, folder / "trainings") for case in study.cases]
        progress, before = Progress(study.trainings), _read_seconds(folder)
        conductor = _Conductor(session, cases, progress)  # asks for trials, while TensorFlow is imported
        pool.submit(0, workers.preflight, study.extreme_configs()).result()
        try:
            conductor.run()
        finally:
            if progress.done > progress.reused:
                before += time.perf_counter() - started
                (folder / "seconds").write_text(f"{before:.1f}")
        progress.doing = "comparing, exporting and reporting"
        show(progress)
        outcome = _conclude(session, cases, before)
    return replace(outcome, tracking=tracker.failure)


class _Conductor:
    """Keeps every worker busy, with work of the shape that it has compiled where there is some."""

    def __init__(self, session: _Session, cases: list[CaseRun], progress: Progress):
        self.cases, self.pool, self.tracker, self.show = cases, session.pool, session.tracker, session.show
        self.progress = progress
        self.gradient_steps = gradient_steps_by_shape(session.study, len(session.dataset.train))
        self.last: dict[int, str] = {}
        self.futures: dict[Future, tuple[int, CaseRun, list[Job]]] = {}
        self.seconds: dict[str, float] = {}
        self.lanes: dict[str, int] = {}
        self.counted: set = set()
        for case in cases:
            self._advance(case)

    def run(self) -> None:
        """Trains everything."""
        self.progress.doing = "training"
        while self.futures or any(case.todo for case in self.cases):
            busy = {worker for worker, _, _ in self.futures.values()}
            for worker in range(self.pool.count):
                if worker not in busy:
                    self._give(worker)
            finished, _ = wait(self.futures, timeout=0.1, return_when=FIRST_COMPLETED)
            self._drain()
            for future in finished:
                worker, case, jobs = self.futures.pop(future)
                self.progress.now.pop(worker, None)
                for job, result in zip(jobs, self._results(future), strict=True):
                    case.take(job, result)
                    self.seconds[job.shape], self.lanes[job.shape] = (
                        result.seconds,
                        result.program.get("lanes", 1),
                    )
                    self.tracker.log(job.role, job.label, job.number, result)
                    self._count(job)
                case.running -= len(jobs)
                self._advance(case)
            self.show(self.progress)

    def _results(self, future: Future) -> list:
        try:
            return future.result()
        except BrokenExecutor:
            raise OSError(
                f"a worker process died, as happens when memory runs out. {self.progress.done} of {self.progress.total}"
                " trainings are finished and kept; the same command goes on from there. Fewer WORKERS take less memory."
            ) from None

    def _advance(self, case: CaseRun) -> None:
        for job, result in case.advance():
            self.tracker.log(job.role, job.label, job.number, result)
            self.progress.reused += 1
            self._count(job)

    def _give(self, worker: int) -> None:
        """Gives an idle worker a chunk: of the shape that it had last, else of one that nobody works on, else of the largest
        if what it takes over is worth compiling for."""
        waiting: dict[str, list[tuple[CaseRun, Job]]] = {}
        for case in self.cases:
            for job in case.todo:
                waiting.setdefault(job.shape, []).append((case, job))
        taken = {jobs[0].shape for _, _, jobs in self.futures.values()}
        work = {shape: len(pairs) * self.seconds.get(shape, math.inf) for shape, pairs in waiting.items()}
        own = self.last.get(worker)
        choice = [s for s in waiting if s == own or s not in taken or work[s] / self.pool.count > COMPILING]
        if not choice:
            return
        shape = max(choice, key=lambda s: (s == own, s not in taken, work[s], len(waiting[s])))
        pairs = waiting[shape]
        share = math.ceil(len(pairs) / (1 if len(waiting) > self.pool.count else self.pool.count))
        case = pairs[0][0]
        jobs = [
            job for other, job in pairs[: min(CHUNK, max(share, self.lanes.get(shape, 1)))] if other is case
        ]
        for job in jobs:
            case.todo.remove(job)
        case.running += len(jobs)
        self.last[worker] = shape
        self.progress.now[worker] = f"{case.case.label}: {case.phase}s {jobs[0].number}-{jobs[-1].number}"
        self.futures[self.pool.submit(worker, workers.run, jobs, self.gradient_steps, case.rule)] = (
            worker,
            case,
            jobs,
        )

    def _drain(self) -> None:
        """Takes in what the workers report of trainings under way."""
        while not self.pool.events.empty():
            label, role, number, evaluations = self.pool.events.get()
            if evaluations is None:
                self._count((label, role, number))

    def _count(self, job) -> None:
        key = job if isinstance(job, tuple) else (job.label, job.role, job.number)
        if key not in self.counted:
            self.counted.add(key)
            self.progress.done += 1


def _conclude(session: "_Session", cases: list[CaseRun], seconds: float) -> Outcome:
    """Compares, diagnoses, exports the winner, writes the report and closes the tracking."""
    study, name, dataset, tracker = session.study, session.name, session.dataset, session.tracker
    remember(result for case in cases for result in [*case.trials.values(), *case.replicates.values()])
    importance = None if study.scientific else cases[0].search.importance()
    reasons = {
        reason
        for case in cases
        for result in case.replicates.values()
        if (reason := result.program.get("reason"))
    }
    notes = (f"trained with Keras's `fit`, which is slower: {reason}." for reason in sorted(reasons))
    facts = {fact: str(value) for fact, value in environment().items()}
    means = meanings(dataset.task, dataset.target, log_target=dataset.log_target)
    measured = Measured(
        evidence=tuple(evidence_of(case) for case in cases),
        trainings=sum(len(case.trials) + len(case.replicates) for case in cases),
        seconds=seconds,
        facts=facts | {"workers": str(session.pool.count), "command": session.command},
        meanings=means,
        guessing=dataset.guessing,
        importance=importance,
        notes=(*session.notes, *notes),
    )
    findings = analyse(study, name, measured)
    exported = _export(session, cases, findings)
    done = isinstance(exported, Exported)
    place = str(exported.path) if isinstance(exported, Exported) else exported
    findings = with_export(
        findings, exported.evaluation if isinstance(exported, Exported) else None, place, means
    )
    page = report.write(findings, table_of(study, name, cases), paths.home() / "reports" / name)
    tracker.finish(page.parent, findings)
    return Outcome(name, study, findings, seconds, page, exported.path if done else exported)


def _export(session: _Session, cases: list[CaseRun], findings: Findings) -> Exported | str:
    """The best replicate by validation of the first-ranked level, as a SavedModel; why not, if that fails."""
    case = next((case for case in cases if case.case.label == findings.best), cases[0])
    sign = 1 if session.study.fixed.minimize else -1
    finite = {number: result for number, result in case.replicates.items() if math.isfinite(result.objective)}
    if not finite:
        return "none: every replicate of the winner diverged"
    number = min(finite, key=lambda n: (sign * finite[n].objective, n))
    result = finite[number]
    question = session.study.question.strip()
    origin = Origin(session.name, question, findings.answer, result.config, result.test, findings.warnings)
    record = export.save_winner(session.folder, origin, case.path("replicate", number).with_suffix(".npz"))
    try:
        exported = session.pool.submit(
            0, workers.export, record, paths.home() / "exports" / session.name
        ).result()
    except (ValueError, OSError, RuntimeError) as error:
        return f"none: {str(error).strip().splitlines()[-1]}"
    session.tracker.log_model(
        exported.path,
        session.name,
        inputs=exported.inputs,
        output=exported.output,
        metrics=result.test | exported.evaluation.metrics,
    )
    return exported


def folder_of(study: Study, name: str) -> Path:
    """Where the trainings of a study are kept."""
    return paths.home() / "studies" / f"{name}-{study.key}"


def _read_seconds(folder: Path) -> float:
    """Wall time that the sessions of a study spent so far."""
    try:
        return float((folder / "seconds").read_text())
    except (OSError, ValueError):
        return 0.0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds a study for this process."""
    try:
        with FileLock(folder / "lock", timeout=0):
            yield
    except Timeout:
        raise ValueError(
            f"the study in {folder} is running in another process. Wait for it, or stop it."
        ) from None
