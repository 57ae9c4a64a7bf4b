"""One scientific value on its way: batches of trials, then the replicates of the winner."""

import math
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from suite.running.search import Search, derive, storage
from suite.running.workers import Job
from suite.study.study import Case, Study
from suite.training.result import Result


class CaseRun:
    """What is done and what is to do for one scientific value.

    Attributes:
        trials, replicates: results by number. todo: jobs that no worker has. running: number of those that one has.
        rule: what prunes the running trials, if anything does. phase: `trial`, `replicate` or `done`.
    """

    def __init__(self, study: Study, case: Case, folder: Path):
        self.study, self.case, self.folder = study, case, folder
        self.search = Search(study, case, storage())
        self.trials: dict[int, Result] = {}
        self.replicates: dict[int, Result] = {}
        self.todo: deque[Job] = deque()
        self.running = 0
        self.rule = None
        self.phase = "trial"

    def advance(self) -> Iterator[tuple[Job, Result]]:
        """Goes on until there is something to train or all is done; yields what was finished before."""
        while not self.todo and not self.running and self.phase != "done":
            for job in self._next_jobs():
                if (result := finished(job)) is not None:
                    self.take(job, result)
                    yield job, result
                else:
                    self.todo.append(job)
            self.todo = deque(sorted(self.todo, key=lambda job: (job.shape, job.number)))

    def _next_jobs(self) -> list[Job]:
        if self.phase == "trial":
            self.search.tell(self.trials)
            if batch := [
                (number, values) for number, values in self.search.propose() if number not in self.trials
            ]:
                self.rule = self.search.pruning_rule()
                return [self._job("trial", number, values) for number, values in batch]
            self.phase, self.rule = "replicate", None
            if self.winner is not None:
                values = self.searched(self.trials[self.winner])
                return [self._job("replicate", number, values) for number in range(self.study.replicates)]
        self.phase = "done"
        return []

    @property
    def winner(self) -> int | None:
        """Number of the best trial that was trained to its end; None if there is none."""
        fine = {
            n: r.objective
            for n, r in self.trials.items()
            if r.status in ("completed", "stopped") and math.isfinite(r.objective)
        }
        sign = 1 if self.study.fixed.minimize else -1
        return min(fine, key=lambda number: (sign * fine[number], number)) if fine else None

    def take(self, job: Job, result: Result) -> None:
        (self.trials if job.role == "trial" else self.replicates)[job.number] = result

    def searched(self, result: Result) -> dict:
        """The values of the nuisances in a result."""
        return {name: getattr(result.config, name) for name in self.case.space}

    def _job(self, role: str, number: int, values: dict) -> Job:
        config = self.case.config.replace(**values, seed=derive(self.study.seed, role, number))
        return Job(self.case.label, role, number, config, self.path(role, number))

    def path(self, role: str, number: int) -> Path:
        """The file of a result."""
        return self.folder / f"{quote(self.case.label, safe='')}-{role}-{number:04d}.json"


def finished(job: Job) -> Result | None:
    """The result of a training that was finished before, if it is of this very configuration."""
    try:
        result = Result.load(job.path)
    except (OSError, ValueError, KeyError, TypeError):  # not there, or damaged
        return None
    weights = job.path.with_suffix(".npz").exists() or job.role == "trial"
    return result if result.config == job.config and weights else None
