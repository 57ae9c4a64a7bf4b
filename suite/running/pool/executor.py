"""What the trainings of a study are given to: processes of this machine, or whatever has these methods."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from suite.running.pool.work import Job, Rule
from suite.study.config import Config
from suite.training.result import Result

if TYPE_CHECKING:
    from suite.diagnosis.experiments import Group
    from suite.diagnosis.trained import Trained


class Executor(Protocol):
    """Trains in workers, each of which does what it is given in order and keeps its programs. As text it says
    what trains.

    Attributes:
        count: number of workers, which are numbered from 0.
    """

    count: int

    def start(self, worker: int) -> "Future[None]":
        """Starts worker number `worker` if it was not.

        Returns:
            A future, which is done as the worker is ready for work; it raises as that of `train`.
        """

    def train(
        self, worker: int, jobs: Sequence[Job], gradient_steps: Mapping[str, int], rule: Rule | None
    ) -> "Future[list[Result]]":
        """Trains jobs in worker number `worker`, started if need be: see `suite.running.pool.work.run`.

        Each result is in its file before the next training is waited for; on a cluster those of short
        trainings go there together.

        Returns:
            A future, which raises `concurrent.futures.BrokenExecutor` where the worker died or was replaced.
        """

    def finished(self) -> Iterator[tuple[str, str, int]]:
        """Gives the places of the trainings that were finished since the last call, as far as it is known."""

    def replace(self, worker: int) -> None:
        """Ends a worker if it lives; what it is given from now on runs in a new one."""

    def memory(self, worker: int) -> float:
        """Returns the GiB of memory that a worker holds; 0 where it does not run, or nobody can tell."""


class Trainers(Executor, Protocol):
    """An executor that trains experiments on a winner too."""

    def experiment(
        self, worker: int, config: Config, group: "Group", seeds: Sequence[int], path: Path
    ) -> "Future[Trained]":
        """Trains a group of experiments on a configuration in worker number `worker`: see
        `suite.running.pool.work.experiment`. What they gave is in the file `path` before the future is done.

        Returns:
            A future, which raises as that of `train`.
        """
