"""Holds what one run of a study works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from suite.running.outcome import Progress
from suite.running.pool.executor import Trainers
from suite.running.pool.workers import Workers
from suite.study.demonstration import Demonstration
from suite.study.study import Study
from suite.tracking import Tracker

Declared = TypeVar("Declared", Study, Demonstration)
T = TypeVar("T")


@dataclass(frozen=True)
class Session(Generic[Declared]):
    """What one run of a study works with.

    Attributes:
        study: what is run, as far as the data allow.
        name: what its results go by.
        folder: where its trainings and findings are kept.
        command: that runs it again.
        pool: processes of this machine, which check, probe and export.
        trainers: what trains: the same, or a cluster.
        tracker: what logs.
        progress: how far it is.
        show: called with the progress.
        failures: what could not be done, a sentence each.
    """

    study: Declared
    name: str
    folder: Path
    command: str
    pool: Workers
    trainers: Trainers
    tracker: Tracker
    progress: Progress
    show: Callable[[Progress], None]
    failures: list[str] = field(default_factory=list)

    def say(self, doing: str) -> None:
        """Shows what is being done."""
        self.progress.doing = doing
        self.show(self.progress)

    def attempt(self, what: str, work: Callable[[], T]) -> T | None:
        """Does what the answer does not depend on; if it fails for any reason, says so in the failures."""
        try:
            return work()
        except Exception as error:
            self.failed(what, error)
            return None

    def failed(self, what: str, error: Exception) -> None:
        """Adds to the failures."""
        self.failures.append(f"{what} failed: {type(error).__name__}: {last_line(error)}")


def last_line(error: Exception) -> str:
    """Returns what an error says; of a worker's traceback the line that names the reason."""
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
