"""How much one process can conduct: the real dispatcher gives work to workers that only wait. Runs in a
process of its own:

python -m suite.bench.conducting WORKERS TRAININGS

and prints facts as a line of JSON.
"""

import heapq
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil
from rich.table import Table

from suite.bench.scale import MIB, in_a_process, study
from suite.running.cases import CaseRun
from suite.running.dispatch import Dispatcher
from suite.running.outcome import Progress
from suite.running.pool import work
from suite.running.pool.work import STACK, Job, Rule
from suite.training.result import Result

BUSY = 20.0
"""Seconds for which every worker waits in all."""

TRAININGS = 16_000
"""Trainings of a study: two stacks a worker for 1,000 of them."""


@dataclass(frozen=True)
class Conducted:
    """A study whose trainings took no processor time.

    Attributes:
        workers: that waited. trainings: their number.
        waited: seconds of one training. least: seconds that all of them take if no worker is ever idle.
        seconds: that they took. conducting: seconds of processor time of the process that conducts, of which
            the results that it wrote take a part. memory: its resident memory at the end, in MiB.
    """

    workers: int
    trainings: int
    waited: float
    least: float
    seconds: float
    conducting: float
    memory: float


class Waiting:
    """Workers that wait in place of training, an `Executor`: what they give is a result of the usual size.

    As on a cluster, this process writes the results.

    Args:
        count: of workers. seconds: that a training takes.
    """

    def __init__(self, count: int, seconds: float):
        self.count, self._seconds = count, seconds
        self._due: list[tuple[float, int, Future[list[Result]], Sequence[Job]]] = []
        self._changed, self._given = threading.Condition(), 0
        threading.Thread(target=self._end, daemon=True).start()

    def __str__(self) -> str:
        return f"{self.count} that wait"

    def start(self, worker: int) -> "Future[None]":
        """Gives a future that is done."""
        future: Future[None] = Future()
        future.set_result(None)
        return future

    def train(
        self, worker: int, jobs: Sequence[Job], gradient_steps: Mapping[str, int], rule: Rule | None
    ) -> "Future[list[Result]]":
        """Waits as long as the jobs take one after the other."""
        future: Future[list[Result]] = Future()
        with self._changed:
            self._given += 1
            due = time.monotonic() + len(jobs) * self._seconds
            heapq.heappush(self._due, (due, self._given, future, jobs))
            self._changed.notify()
        return future

    def finished(self) -> Iterator[tuple[str, str, int]]:
        """Gives nothing: the trainings of a stack end together."""
        return iter(())

    def replace(self, worker: int) -> None:
        """Does nothing: no worker is lost."""

    def memory(self, worker: int) -> float:
        """Returns 0."""
        return 0.0

    def _end(self) -> None:
        while True:
            with self._changed:
                while not self._due or (left := self._due[0][0] - time.monotonic()) > 0:
                    self._changed.wait(left if self._due else None)
                _, _, future, jobs = heapq.heappop(self._due)
            results = [_result(job, self._seconds) for job in jobs]
            for job, result in zip(jobs, results, strict=True):
                work.write(job.path, result)
            future.set_result(results)


def _result(job: Job, seconds: float) -> Result:
    """What a training of one epoch gives; the objective is that of its learning rate."""
    losses = np.array([1.0, float(job.config.learning_rate or 0.0)])
    names = ("train_loss", "val_loss", "running_loss", "train_accuracy", "val_accuracy")
    curves = {name: losses.copy() for name in names}
    return Result(job.config, "completed", curves, np.arange(1, 3), 1, {}, seconds, {"lanes": STACK})


def measure(workers: int, trainings: int = TRAININGS) -> Conducted:
    """Conducts a study in a process of its own.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    with tempfile.TemporaryDirectory() as home:
        return Conducted(**in_a_process(home, __name__, workers, trainings))


def conduct(workers: int, trainings: int) -> Conducted:
    """Conducts a study in this process, without a tracker and an archive, which have threads of their own."""
    declared = study(trainings - 2)
    waited = BUSY * workers / trainings
    with tempfile.TemporaryDirectory() as folder:
        cases = [CaseRun(declared, case, Path(folder)) for case in declared.cases]
        progress, pool = Progress(trainings), Waiting(workers, waited)
        own, started, spent = psutil.Process(), time.perf_counter(), time.process_time()
        Dispatcher(cases, pool, None, None, {}, progress, lambda progress: None).run()
        seconds, conducting = time.perf_counter() - started, time.process_time() - spent
        memory = own.memory_info().rss / MIB
    least = -(-trainings // workers) * waited
    return Conducted(workers, trainings, waited, least, seconds, conducting, memory)


def table(measured: Sequence[Conducted]) -> Table:
    """A row for each number of workers."""
    columns = (
        "a training, s",
        "all at least, s",
        "took, s",
        "conducting, ms a training",
        "memory, MiB",
    )
    title = f"What conducting {measured[0].trainings:,} trainings costs"
    shown = Table("workers that only wait", *columns, title=title)
    for each in measured:
        spent = f"{1000 * each.conducting / each.trainings:.2f}"
        times = (f"{each.waited:.3g}", f"{each.least:.1f}", f"{each.seconds:.1f}")
        shown.add_row(f"{each.workers:,}", *times, spent, f"{each.memory:.0f}")
    return shown


if __name__ == "__main__":
    print(json.dumps(asdict(conduct(int(sys.argv[1]), int(sys.argv[2])))))
