"""Trains on the nodes of a Ray cluster. A worker is an actor, which keeps its programs; what it is sent is a
stack of trainings.

Ray repeats nothing by itself: what is trained again, and how often, is decided where it is recorded.
"""

import copy
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from suite import paths
from suite.running import kept_diagnosis
from suite.running.cluster.bundles import Bundle, pack
from suite.running.cluster.connection import Connection
from suite.running.cluster.node import Trainer, versions
from suite.running.pool import work
from suite.running.pool.work import Job, Rule
from suite.study.config import Config
from suite.study.study import Study
from suite.training import checkpoint
from suite.training.result import Result

if TYPE_CHECKING:
    from suite.diagnosis.experiments import Group
    from suite.diagnosis.trained import Trained

T = TypeVar("T")

LOOK = 5.0
"""Seconds between two looks at what a worker holds, and how far its trainings are."""

WATCH = "watch"
"""Ray's name of the thread in which a worker is looked at while it trains."""

PATIENCE = 120.0
"""Seconds that a worker may wait for its place: others may hold what the cluster has."""


@dataclass(frozen=True)
class Placed:
    """A worker that has its place.

    Attributes:
        actor: what Ray calls it.
        node: number of the node that it is on.
        started: reference to what went wrong at its start.
    """

    actor: Any
    node: str
    started: Any


class RayWorkers:
    """Workers on a cluster, an `Executor`. They end as this process leaves the cluster.

    Args:
        connection: to the cluster.
        study: resolved, with its data at hand: what it reads is sent to each node once.
    """

    def __init__(self, connection: Connection, study: Study):
        self.count = connection.count
        self._connection, self._ray, self._study = connection, connection.ray, study
        self._places: SimpleQueue[tuple[str, str, int]] = SimpleQueue()
        self._workers: dict[int, Placed] = {}
        self._starts: dict[int, Future[None]] = {}
        self._memory: dict[int, float] = {}

    @cached_property
    def _bundles(self) -> list[Bundle]:
        """What the trainings read, in Ray's object store."""
        configs = self._study.extreme_configs()
        datasets = dict.fromkeys(config.dataset for config in configs)
        models = dict.fromkeys(str(config.model) for config in configs)
        return [replace(bundle, content=self._ray.put(bundle.content)) for bundle in pack(datasets, models)]

    def __str__(self) -> str:
        nodes = len(self._connection.nodes())
        return f"{self.count} ({self._connection.needs}) on {nodes} node{'s' * (nodes > 1)} of a Ray cluster"

    def start(self, worker: int) -> "Future[None]":
        """Starts a worker: see `suite.running.pool.executor`."""

        bundles = self._bundles

        def started() -> None:
            placed = self._workers[worker] = self._placed(bundles) or self._shared()
            if (wrong := self._ray.get(placed.started)) is not None:
                raise wrong

        if worker not in self._starts:
            self._starts[worker] = self._waited_for(worker, started)
        return self._starts[worker]

    def train(
        self, worker: int, jobs: Sequence[Job], gradient_steps: Mapping[str, int], rule: Rule | None
    ) -> "Future[list[Result]]":
        """Trains `jobs` in a worker: see `suite.running.pool.executor`."""
        start = self.start(worker)

        def trained() -> list[Result]:
            return self._trained(worker, self._ready(worker, start), jobs, gradient_steps, rule)

        return self._waited_for(worker, trained)

    def experiment(
        self, worker: int, config: Config, group: "Group", seeds: Sequence[int], path: Path
    ) -> "Future[Trained]":
        """Trains experiments in a worker: see `suite.running.pool.executor`."""
        start = self.start(worker)

        def performed() -> "Trained":
            actor = self._ready(worker, start).actor
            given = copy.deepcopy(self._ray.get(actor.experiment.remote(config, group, seeds)))
            if isinstance(given, Exception):
                raise given
            kept_diagnosis.keep_trained(path, given)
            return given

        return self._waited_for(worker, performed)

    def _ready(self, worker: int, start: "Future[None]") -> Placed:
        """A worker that has its place, once it has started."""
        start.result()
        if (placed := self._workers.get(worker)) is None:
            raise BrokenExecutor("it was replaced")
        return placed

    def _waited_for(self, worker: int, call: Callable[[], T]) -> "Future[T]":
        """Calls in a thread, which Ray lets wait; a worker that is lost meanwhile is one no more."""
        future: Future[T] = Future()

        def wait() -> None:
            try:
                future.set_result(call())
            except self._ray.exceptions.RayError as error:
                self._workers.pop(worker, None)
                future.set_exception(BrokenExecutor(str(error)))
            except Exception as error:
                future.set_exception(error)

        threading.Thread(target=wait, daemon=True).start()
        return future

    def finished(self) -> Iterator[tuple[str, str, int]]:
        """Gives the places of the trainings that were finished since the last call."""
        while not self._places.empty():
            yield self._places.get()

    def replace(self, worker: int) -> None:
        """Ends a worker if it lives; what it is given from now on runs in a new one."""
        self._starts.pop(worker, None)
        self._memory.pop(worker, None)
        if placed := self._workers.pop(worker, None):
            self._ray.kill(placed.actor)

    def memory(self, worker: int) -> float:
        """Returns the GiB of memory that a worker held when it was last looked at; 0 before."""
        return self._memory.get(worker, 0.0)

    def _trained(
        self,
        worker: int,
        placed: Placed,
        jobs: Sequence[Job],
        gradient_steps: Mapping[str, int],
        rule: Rule | None,
    ) -> list[Result]:
        """Has a worker train, and writes each result as it comes; checkpoints too, as far as it has come."""
        results: dict[int, Result] = {}
        begun = {
            file.name: np.fromfile(file, np.uint8) for job in jobs for file in checkpoint.files_of(job.path)
        }
        train = placed.actor.train.options(num_returns="streaming")
        stream, look_at = train.remote(jobs, gradient_steps, rule, begun), time.monotonic() + LOOK
        while True:
            if self._ray.wait([stream], timeout=max(0.0, look_at - time.monotonic()))[0]:
                try:
                    item = self._ray.get(next(stream))
                except StopIteration:
                    return [results[index] for index in range(len(jobs))]
                if isinstance(item, Exception):
                    raise item
                for index, result in item:
                    work.write(jobs[index].path, result)
                    self._places.put(jobs[index].place)
                    # arrays of what came lie in Ray's memory as long as they are held
                    results[index] = copy.deepcopy(replace(result, weights=None))
            if time.monotonic() >= look_at:
                left = [job.path for index, job in enumerate(jobs) if index not in results]
                with suppress(self._ray.exceptions.RayError):  # of a worker that died the stream tells
                    self._look(worker, placed, left)
                look_at = time.monotonic() + LOOK

    def _look(self, worker: int, placed: Placed, left: Sequence[Path]) -> None:
        """Asks a worker what it holds, and takes over the checkpoints that it wrote, beside the results.

        Args:
            worker, placed: which it is. left: results that are still to come from it.
        """
        look = placed.actor.look.options(concurrency_group=WATCH)
        folders = {path.stem: path.parent for path in left}
        self._memory[worker], written = self._ray.get(look.remote(frozenset(folders)))
        for name, content in written.items():
            with suppress(OSError):  # a disk that is full: the result will say so, if it still is
                paths.replace(folders[Path(name).stem] / name, content.tofile)

    def _placed(self, bundles: Sequence[Bundle]) -> Placed | None:
        """A new worker; None where there is no place for it."""
        needs, deadline = self._connection.needs, time.monotonic() + PATIENCE
        resources = {"num_cpus": needs.cpus, "num_gpus": needs.gpus, "memory": int(needs.memory * 2**30)}
        never = {"max_restarts": 0, "max_task_retries": 0}
        actor = self._ray.remote(**resources, **never, concurrency_groups={WATCH: 1})(Trainer).remote()
        node = actor.node.remote()
        while self._room() and time.monotonic() < deadline:
            if self._ray.wait([node], timeout=1)[0]:
                started = actor.start.remote(versions(), int(needs.cpus), needs.gpus, bundles)
                return Placed(actor, self._ray.get(node), started)
        self._ray.kill(actor)
        return None

    def _room(self) -> bool:
        """Whether a node that lives has a place that is free."""
        taken = Counter(placed.node for placed in {id(p): p for p in list(self._workers.values())}.values())
        nodes = self._connection.nodes().items()
        return any(self._connection.needs.fitting(node) > taken[number] for number, node in nodes)

    def _shared(self) -> Placed:
        """The worker of another number, on a node that lives: there the trainings of both queue.

        Raises:
            OSError: there is none.
        """
        alive = self._connection.nodes()
        for placed in list(self._workers.values()):
            if placed.node in alive:
                return placed
        raise OSError(
            f"the cluster gives no worker a place any more ({self._connection.needs}): its nodes are gone, or"
            " others use them. Finished trainings are kept; the same command goes on from there."
        )
