"""Watches the workers of a study: one that died, hangs or takes too much memory is replaced."""

import time
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Future

from suite.running.pool.executor import Executor
from suite.running.pool.lost_work import LostWorker
from suite.running.pool.work import Job, Rule
from suite.study.study import Study
from suite.training.result import Result

EVERY = 1.0
"""Seconds between two looks at the limits."""

SIGNAL = 0.5
"""Seconds in which a signal that ended a worker reaches this process too, if it was sent to all of them."""

STARTS = 3
"""Workers that may be lost in a row as they start: more will not start either."""

DIED = "the worker process died, as happens when memory runs out"


class Crew:
    """Gives work to workers, and replaces those that are lost.

    Args:
        pool: the workers.
        study: whose limits hold: a stack of k trainings may take k times `time_limit`, compiling included,
            from when its worker has started.
    """

    def __init__(self, pool: Executor, study: Study):
        self.pool, self._study = pool, study
        self._started: dict[int, Future[None]] = {}
        self._given: dict[int, tuple[float, int]] = {}
        self._over: dict[int, tuple[str, str]] = {}
        self._in_vain, self._looked = 0, time.monotonic()

    def submit(
        self, worker: int, jobs: Sequence[Job], gradient_steps: dict[str, int], rule: Rule | None
    ) -> "Future[list[Result]]":
        """Gives a worker trainings; arguments as of `suite.running.pool.work.run`."""

        def given() -> "Future[list[Result]]":
            if worker not in self._started:
                self._started[worker] = self.pool.start(worker)
            return self.pool.train(worker, jobs, gradient_steps, rule)

        if jobs[0].alone and self._study.memory_limit:  # what the worker trained before may be in memory
            self.renew(worker)
        self._given[worker] = time.monotonic(), len(jobs)
        try:
            return given()
        except BrokenExecutor:  # it died while it had nothing to do
            self.renew(worker)
            return given()

    def renew(self, worker: int) -> None:
        """Has a worker start anew."""
        self._started.pop(worker, None)
        self.pool.replace(worker)

    def watch(self) -> None:
        """Ends the workers that are over a limit; looks once in a while."""
        now = time.monotonic()
        if now < self._looked + EVERY:
            return
        self._looked = now
        for worker, (since, trainings) in list(self._given.items()):
            if not self._started[worker].done():
                self._given[worker] = now, trainings
            elif worker not in self._over and (over := self._exceeded(worker, now - since, trainings)):
                self._over[worker] = over
                self.pool.replace(worker)

    def _exceeded(self, worker: int, seconds: float, trainings: int) -> tuple[str, str] | None:
        """The limit that a worker is over, and that in words."""
        time_limit, memory_limit = self._study.time_limit, self._study.memory_limit
        if time_limit is not None and seconds > trainings * time_limit:
            return "time_limit", f"over the time limit of {time_limit:g} s"
        if memory_limit is not None and self.pool.memory(worker) > memory_limit:
            return "memory_limit", f"over the memory limit of {memory_limit:g} GiB"
        return None

    def done(self, worker: int) -> None:
        """Takes in that a worker came to the end of what it was given."""
        self._given.pop(worker)
        if self._over.pop(worker, None):  # it was ended just after that
            self._started.pop(worker)
        self._in_vain = 0

    def lost(self, worker: int) -> LostWorker:
        """Replaces a worker that was lost, and says what it was lost by.

        Raises:
            OSError: no worker starts.
        """
        since, _ = self._given.pop(worker)
        exceeded, reason = self._over.pop(worker, (None, DIED))
        found = LostWorker(
            reason, exceeded, self._started[worker].exception() is None, time.monotonic() - since
        )
        if not exceeded:
            time.sleep(SIGNAL)
            self.pool.replace(worker)
        self._started.pop(worker)
        self._in_vain = 0 if found.started else self._in_vain + 1
        if self._in_vain == STARTS:
            raise OSError(
                f"{STARTS} worker processes in a row died as they started, as happens when memory runs out."
                " What is finished is kept; the same command goes on from there. Fewer WORKERS take less"
                " memory."
            )
        return found
