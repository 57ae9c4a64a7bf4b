"""Keeps every worker busy, with work of the shape that it has compiled where there is some."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from itertools import islice

from suite.running.archive import Archive
from suite.running.cases import CaseRun
from suite.running.outcome import Progress
from suite.running.pool import lost_work, work
from suite.running.pool.crew import Crew
from suite.running.pool.executor import Executor
from suite.running.pool.lost_work import LostWorker, Retries
from suite.running.pool.work import STACK, Job
from suite.tracking import Tracker
from suite.training.result import Result

MANY, TASK = 64, 1.0
"""Most trainings that a worker is given at once where they are short, and seconds that these may take; of
others it is given a stack, or what competes."""

COMPILING = 3.0
"""Seconds until a worker trains a shape of work that is new to it: it takes over no less than that."""


class Dispatcher:
    """Gives the trainings of all cases to the workers, and takes in what comes of them.

    Args:
        cases: what is to be trained.
        pool: the workers.
        tracker: logs every result; None: they are logged where the study is concluded.
        archive: records the trials of finished batches; None, as for `tracker`.
        gradient_steps: shape of work -> steps that are to be taken with it.
        progress: kept up to date, and shown.
        show: called with it some ten times a second.
    """

    def __init__(
        self,
        cases: Sequence[CaseRun],
        pool: Executor,
        tracker: Tracker | None,
        archive: Archive | None,
        gradient_steps: dict[str, int],
        progress: Progress,
        show: Callable[[Progress], None],
    ):
        self.cases, self.tracker, self.archive = cases, tracker, archive
        self.pool, self.crew, self.retries = pool, Crew(pool, cases[0].study), Retries()
        self.gradient_steps, self.progress, self.show = gradient_steps, progress, show
        self.waiting: dict[str, dict[tuple[str, str, int], tuple[CaseRun, Job]]] = {}
        self.taken: Counter[str] = Counter()
        self.last: dict[int, str] = {}
        self.futures: dict[Future[list[Result]], tuple[int, CaseRun, list[Job]]] = {}
        self.seconds: dict[str, float] = {}
        self.lanes: dict[str, int] = {}
        self.counted: set[tuple[str, str, int]] = set()

    def run(self) -> None:
        """Trains everything that is not finished.

        Raises:
            OSError: no worker starts.
        """
        for case in self.cases:
            self._advance(case)
        self.progress.doing = "training"
        while self.futures or self.waiting:
            for worker in range(self.pool.count) if self.waiting else ():
                if worker not in self.progress.now:
                    self._give(worker)
            finished, _ = wait(self.futures, timeout=0.1, return_when=FIRST_COMPLETED)
            for place in self.pool.finished():
                self._count(place)
            for future in finished:
                self._take(future)
            self.crew.watch()
            self.show(self.progress)

    def _take(self, future: "Future[list[Result]]") -> None:
        worker, case, jobs = self.futures.pop(future)
        del self.progress.now[worker]
        self.taken -= Counter([jobs[0].shape])
        try:
            results = future.result()
        except BrokenExecutor:
            self._recover(worker, case, jobs)
        else:
            self.crew.done(worker)
            for job, result in zip(jobs, results, strict=True):
                self._finish(case, job, result)
            self.seconds[jobs[0].shape] = max(result.seconds for result in results)
        self._advance(case)

    def _finish(self, case: CaseRun, job: Job, result: Result) -> None:
        result = case.take(job, result)
        if result.status != "failed":
            self.lanes[job.shape] = int(result.program.get("lanes", 1))
        self._log(job, result)

    def _recover(self, worker: int, case: CaseRun, jobs: list[Job]) -> None:
        """Takes what a lost worker had finished; the rest is tried again, or has failed."""
        lost = self.crew.lost(worker)
        self.last.pop(worker, None)
        self.progress.lost += (_told(worker, case, jobs, lost),)
        for job in jobs:
            if (result := case.finished(job)) is not None:
                self._finish(case, job, result)
            elif again := self.retries.again(job, lost):
                case.put_back(again)
                self._wait(case, again)
            else:
                result = lost_work.failed(job, lost, case.study)
                work.write(job.path, result)
                self._finish(case, job, result)

    def _advance(self, case: CaseRun) -> None:
        has_more = not case.todo and not case.running
        for job, result in case.advance():
            self.progress.reused += 1
            self._log(job, result)
        for job in case.todo.values() if has_more else ():
            self._wait(case, job)
        if self.archive is not None:
            self.archive.record(case.case, case.trials)
        self.progress.total = sum(each.trainings for each in self.cases)

    def _wait(self, case: CaseRun, job: Job) -> None:
        """Puts a job behind those of its shape that no worker has."""
        self.waiting.setdefault(job.shape, {})[job.place] = case, job

    def _give(self, worker: int) -> None:
        """Gives an idle worker a chunk: of the shape that it had last, else of one that nobody works on,
        else of the largest if what it takes over is worth compiling for."""
        waiting, taken = self.waiting, self.taken
        left = {shape: len(pairs) * self.seconds.get(shape, math.inf) for shape, pairs in waiting.items()}
        own = self.last.get(worker)
        choice = [s for s in waiting if s == own or s not in taken or left[s] / self.pool.count > COMPILING]
        if not choice:
            return
        shape = max(choice, key=lambda s: (s == own, s not in taken, left[s], len(waiting[s])))
        share = math.ceil(len(waiting[shape]) / (1 if len(waiting) > self.pool.count else self.pool.count))
        size = min(self._most(shape), max(share, self.lanes.get(shape, 1)))
        size -= size % STACK if size > STACK else 0
        first = list(islice(waiting[shape].values(), size))
        case = first[0][0]
        self._submit(worker, case, case.together([job for other, job in first if other is case]))

    def _most(self, shape: str) -> int:
        """Most trainings of a shape that a worker is given at once. One stack, where the median of those that
        are finished ends others; and where there are limits, for all that a worker was given are tried again
        when it is beyond one."""
        study = self.cases[0].study
        if study.prunes == "median" or study.time_limit or study.memory_limit:
            return STACK
        return max(STACK, int(TASK / max(self.seconds.get(shape, TASK), TASK / MANY)))

    def _submit(self, worker: int, case: CaseRun, jobs: list[Job]) -> None:
        case.give(jobs)
        shape = self.last[worker] = jobs[0].shape
        self.taken[shape] += 1
        for job in jobs:
            del self.waiting[shape][job.place]
        if not self.waiting[shape]:
            del self.waiting[shape]
        self.progress.now[worker] = _named(case, jobs)
        future = self.crew.submit(worker, jobs, self.gradient_steps, case.rule_for(jobs))
        self.futures[future] = worker, case, jobs

    def _log(self, job: Job, result: Result) -> None:
        if self.tracker is not None:
            self.tracker.log(job.role, job.label, job.number, result)
        self._count(job.place)

    def _count(self, place: tuple[str, str, int]) -> None:
        if place not in self.counted:
            self.counted.add(place)
            self.progress.done += 1


def _named(case: CaseRun, jobs: Sequence[Job]) -> str:
    return f"{case.case.label}: {jobs[0].role}s {jobs[0].number}-{jobs[-1].number}"


def _told(worker: int, case: CaseRun, jobs: Sequence[Job], lost: LostWorker) -> str:
    """Says that a worker was replaced."""
    why = lost.reason if lost.exceeded else "its process died" if lost.started else "it died as it started"
    return f"worker {worker} was replaced, with {_named(case, jobs)}: {why}."
