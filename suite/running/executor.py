"""What the trainings of a study are given to: processes of this machine, or whatever has these methods."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Executor(Protocol):
    """Runs functions in workers, each of which does what it is given in order and keeps its programs.

    Attributes:
        count: number of workers, which are numbered from 0.
    """

    count: int

    def submit(
        self, worker: int, function: Callable[P, R], *arguments: P.args, **named: P.kwargs
    ) -> "Future[R]":
        """Runs `function(*arguments)` in worker number `worker`, which is started if it was not.

        Returns:
            A future, which raises `concurrent.futures.BrokenExecutor` where the worker died or was replaced.
        """

    def finished(self) -> Iterator[tuple[str, str, int]]:
        """Gives the places of the trainings that were finished since the last call, as far as it is known."""

    def replace(self, worker: int) -> None:
        """Ends a worker if it lives; what it is given from now on runs in a new one."""

    def memory(self, worker: int) -> float:
        """Returns the GiB of memory that a worker holds; 0 where it does not run, or nobody can tell."""
