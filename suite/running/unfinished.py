"""Runs a study that is not finished: its workers, tracker and archive, and all that they import."""

import errno
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from suite.running import archive, conclude, estimate, results, tracked
from suite.running.archive import Archive
from suite.running.cases import CaseRun
from suite.running.cluster.connection import connected
from suite.running.cluster.ray_workers import RayWorkers
from suite.running.cluster.request import Request
from suite.running.dispatch import Dispatcher
from suite.running.outcome import Outcome, Progress
from suite.running.pool import work
from suite.running.pool.workers import Workers
from suite.running.session import Session
from suite.study.resolve import resolve
from suite.study.study import Study
from suite.tracking import Tracker, check_store
from suite.training import checkpoint

FULL = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a disk that is full."""


def run(
    study: Study,
    name: str,
    folder: Path,
    command: str,
    worker_count: int,
    show: Callable[[Progress], None],
    request: Request | None,
) -> Outcome:
    """Trains what is missing, answers and writes: see `suite.running.conductor.run`."""
    archive.check()
    check_store()
    started, progress = time.perf_counter(), Progress(study.trainings)
    show(progress)
    with (
        says_what_is_kept(progress, folder),
        Workers(worker_count) as pool,
        connected(request) if request else nullcontext() as cluster,
    ):
        datasets = tracked.load_all(study)
        progress.decided = tuple(dict.fromkeys(note for each in datasets.values() for note in each.notes))
        show(progress)
        examples = {condition: len(dataset.train) for condition, dataset in datasets.items()}
        study = resolve(study, examples)
        preflight(pool, study)
        make(folder / "trainings")
        trainers = RayWorkers(cluster, study) if cluster else pool
        with Archive(study) as recorder, Tracker(study, name) as tracker:
            session = Session(study, name, folder, command, pool, trainers, tracker, progress, show)
            session.say("starting")
            for dataset in datasets.values():
                tracked.log_dataset(tracker, dataset)
            cases, seconds = _train(session, recorder, examples, started)
            outcome, kept = conclude.conclude(session, cases, datasets, seconds)
            session.say("tracking")
    failure = tracked.close(folder, kept, tracker.failure or recorder.failure)
    return replace(outcome, tracking=failure, failures=tuple(session.failures))


def preflight(pool: Workers, study: Study) -> None:
    """Builds every kind of model of a study once, in a worker.

    Raises:
        ValueError: one cannot be trained, or they take longer to build than as many trainings may take.
        OSError: the worker died.
    """
    configs = study.extreme_configs()
    limit = None if study.time_limit is None else len(configs) * study.time_limit
    try:
        pool.start(0).result()
        pool.submit(0, work.preflight, configs).result(limit)
    except TimeoutError:
        raise ValueError(
            f"`time_limit` expects at least what it takes to build a model. Received: {study.time_limit:g} s,"
            f" and {len(configs)} models that were not built in {limit:g} s."
        ) from None
    except BrokenExecutor:
        raise OSError(
            "a worker process died as it built the models, before any training, as happens when memory runs"
            " out. Smaller models take less."
        ) from None


def make(folder: Path) -> None:
    """Makes the folder of results; removes what processes that were killed did not finish writing, and
    what they left of trainings that were finished."""
    folder.mkdir(parents=True, exist_ok=True)
    for torn in folder.glob(".*"):
        torn.unlink(missing_ok=True)
    for suffix in checkpoint.SUFFIXES:
        for left in folder.glob(f"*{suffix}"):
            if left.with_suffix(".json").exists():
                left.unlink()


def _train(
    session: Session[Study], recorder: Archive, examples: Mapping[str, int], started: float
) -> tuple[Sequence[CaseRun], float]:
    """Trains what is missing.

    Returns:
        The cases, and the wall time of this session, which began at `started`, and of all before.
    """
    study, progress = session.study, session.progress
    cases = [CaseRun(study, case, session.folder / "trainings") for case in study.cases]
    steps = estimate.gradient_steps_by_shape(study, examples)
    dispatcher = Dispatcher(cases, session.trainers, session.tracker, recorder, steps, progress, session.show)
    try:
        dispatcher.run()
    finally:
        if progress.done > progress.reused:
            results.add_seconds(session.folder, time.perf_counter() - started)
    return cases, results.read_seconds(session.folder)


@contextmanager
def says_what_is_kept(progress: Progress, folder: Path) -> Iterator[None]:
    """Says of a full disk what was kept, and what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        kept = sum(1 for _ in (folder / "trainings").glob("[!.]*.json"))  # the workers have ended by now
        raise OSError(
            f"the disk is full. {kept} of {progress.total} trainings are kept in {folder}. Free some"
            " space and start the same command again: it goes on from there."
        ) from None
