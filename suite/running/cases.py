"""Follows one case on its way: the trials of its searches, then the replicates of their winners."""

import math
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from suite.names import safe
from suite.running.pool.lost_work import may_succeed
from suite.running.pool.work import Job, Role, Rule
from suite.running.search import Search, derive, is_complete
from suite.study.identity import shape_key
from suite.study.study import Case, Study
from suite.training.halving import Halving
from suite.training.result import Result

DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile)
"""What reading a result or its weights raises if they are not whole, or no such files."""


class CaseRun:
    """Knows what is done and what is to do for one case.

    Attributes:
        study, case: what is run.
        folder: where results are kept.
        searches: independent searches of the case. Of several, search s has the trials and replicates whose
            number leaves the rest s when it is divided by how many there are.
        trials: results of the searches by number.
        replicates: results of the winners' replicates by number.
        todo: jobs by number that no worker has, those of one shape in a row.
        running: jobs by number that a worker has.
        phase: `trial`, `replicate` or `done`.
    """

    def __init__(self, study: Study, case: Case, folder: Path):
        self.study, self.case, self.folder = study, case, folder
        self.searches = [Search(study, case, number) for number in range(study.searches_of(case))]
        self.trials: dict[int, Result] = {}
        self.replicates: dict[int, Result] = {}
        self.todo: dict[int, Job] = {}
        self.running: dict[int, Job] = {}
        self.phase: Role | Literal["done"] = "trial"
        self._replicates = study.replicates

    def advance(self) -> Iterator[tuple[Job, Result]]:
        """Goes on until there is something to train or all is done; yields what was finished before."""
        while not self.todo and not self.running and self.phase != "done":
            missing = []
            for job in self._next_jobs():
                if (result := self.finished(job)) is not None:
                    yield job, self.take(job, result)
                else:
                    missing.append(job)
            self.todo = {job.number: job for job in sorted(missing, key=lambda job: (job.shape, job.number))}

    def _next_jobs(self) -> list[Job]:
        if self.phase == "trial":
            batches = [search.propose(self._trials_of(place)) for place, search in enumerate(self.searches)]
            if jobs := self._trial_jobs(batches):
                return jobs
            self.phase = "replicate"
            return self._replicate_jobs()
        self.phase = "done"
        return []

    def declared(self) -> list[Job]:
        """Returns every trial of quasi-random searches, whatever is finished."""
        return self._trial_jobs([search.declared() for search in self.searches])

    def _trial_jobs(self, proposed: Sequence[Sequence[tuple[int, dict[str, Any]]]]) -> list[Job]:
        """The trials that each search proposes, in the order of their numbers."""
        count = len(self.searches)
        by_number = {
            point * count + place: values for place, each in enumerate(proposed) for point, values in each
        }
        return [self.job("trial", number, values) for number, values in sorted(by_number.items())]

    def _replicate_jobs(self) -> list[Job]:
        """The replicates of the winners: all trials are finished."""
        winners = self.winners
        jobs = [
            self.job("replicate", number, self.searched(self.trials[winner]))
            for number in range(self.study.replicates)
            if (winner := winners[self.search_of(number)]) is not None
        ]
        self._replicates = len(jobs)
        return jobs

    def together(self, jobs: Sequence[Job]) -> list[Job]:
        """Returns those of `jobs`, which are of one shape, that one worker takes with the first of them.

        Trials that compete under successive halving stay together: those of one batch and one search.
        """
        if jobs[0].alone:
            return [jobs[0]]
        if self.bracket(jobs[0]) is None:
            return [job for job in jobs if not job.alone]
        waiting = [self.todo[number] for number in self._batch(jobs[0]) if number in self.todo]
        return [job for job in waiting if job.shape == jobs[0].shape and not job.alone]

    def give(self, jobs: Sequence[Job]) -> None:
        """Takes down that a worker has these jobs."""
        for job in jobs:
            self.running[job.number] = self.todo.pop(job.number)

    def put_back(self, job: Job) -> None:
        """Takes back a job whose worker was lost."""
        del self.running[job.number]
        self.todo[job.number] = job

    def bracket(self, job: Job) -> tuple[str, int, int] | None:
        """Names the trials that compete with a job under successive halving, by their shape, their search and
        the first trial of their batch; None if nothing does."""
        if job.role != "trial" or self.study.prunes != "successive_halving":
            return None
        search = self.search_of(job.number)
        return job.shape, search, self.searches[search].batch_of(job.number // len(self.searches)).start

    def _batch(self, job: Job) -> list[int]:
        """The numbers of the trials that the search of a job proposes with it, in order."""
        count, place = len(self.searches), self.search_of(job.number)
        return [point * count + place for point in self.searches[place].batch_of(job.number // count)]

    def rule_for(self, jobs: Sequence[Job]) -> Rule | None:
        """Returns what ends trials early among `jobs`, as `together` gives them; None if nothing does.

        One that is tried alone is compared with those of its bracket that are finished. It goes on where it
        would have gone on among all: its rank among some is no worse.
        """
        if self.phase != "trial":
            return None
        if self.bracket(jobs[0]) is None:
            return self.searches[0].median_rule(self.trials)
        count, batch, shape = len(self.searches), self._batch(jobs[0]), jobs[0].shape
        finished = {
            number // count: (trial.status, tuple(trial.monitored))
            for number in batch
            if (trial := self.trials.get(number)) and shape_key(trial.config) == shape
        }
        unfinished = [self.todo.get(number) or self.running.get(number) for number in batch]
        left = sum(job is not None and job.shape == shape for job in unfinished)
        numbers = tuple(job.number // count for job in jobs)
        return Halving(self.study.fixed.minimize, len(finished) + left, numbers, finished)

    def search_of(self, number: int) -> int:
        """Returns the search that a trial or replicate is of."""
        return number % len(self.searches)

    def _trials_of(self, search: int) -> dict[int, Result]:
        """The results of one search, by the number of its point."""
        count = len(self.searches)
        return {n // count: result for n, result in self.trials.items() if self.search_of(n) == search}

    @property
    def winners(self) -> list[int | None]:
        """Number of the best trial of each search that was trained to its end; None if there is none."""
        complete = {number: result.objective for number, result in self.trials.items() if is_complete(result)}
        found: list[int | None] = []
        for search in range(len(self.searches)):
            of_search = [number for number in complete if self.search_of(number) == search]
            best = min(of_search, key=lambda n: (self._sign * complete[n], n), default=None)
            found.append(best)
        return found

    @property
    def winner(self) -> int | None:
        """Number of the winner whose replicates are best by validation, the trial itself among them; None if
        there is none."""
        found = {number: self._mean_objective(number) for number in self.winners if number is not None}
        return min(found, key=lambda number: (found[number], number)) if found else None

    def _mean_objective(self, winner: int) -> float:
        """Mean cost of a winner's trial and replicates; infinite if one diverged or failed."""
        again = [r for n, r in self.replicates.items() if self.search_of(n) == self.search_of(winner)]
        costs = [self._sign * result.objective for result in (self.trials[winner], *again)]
        return math.fsum(costs) / len(costs) if all(map(math.isfinite, costs)) else math.inf

    @property
    def best_replicate(self) -> int | None:
        """Number of the replicate that is best by validation; None if there is none with a result."""
        finite = {n: r.objective for n, r in self.replicates.items() if math.isfinite(r.objective)}
        return min(finite, key=lambda number: (self._sign * finite[number], number)) if finite else None

    @property
    def weighed(self) -> list[tuple[Result, Path | None]]:
        """The replicates in order that did not fail, each with the file of its weights; None where it kept
        none."""
        return [
            (result, self.path("replicate", number).with_suffix(".npz") if result.best is not None else None)
            for number, result in sorted(self.replicates.items())
            if result.status != "failed"
        ]

    @property
    def _sign(self) -> int:
        return 1 if self.study.fixed.minimize else -1

    @property
    def trainings(self) -> int:
        """Number of trainings: trials, and the replicates unless no trial of their search trained."""
        return len(self.searches) * self.study.trials_of(self.case) + self._replicates

    def finished(self, job: Job) -> Result | None:
        """Reads the result of a job as `finished` does; None also of one that failed and may succeed now."""
        result = finished(job)
        again = result is not None and result.status == "failed" and may_succeed(result, self.study)
        return None if again else result

    def take(self, job: Job, result: Result) -> Result:
        """Takes in the result of a job, and gives it with the job's own configuration, and with the steps and
        the program of the result before where they are equal: copies that came from another process or a
        file take four times the memory of all else in a result."""
        self.running.pop(job.number, None)
        results = self.trials if job.role == "trial" else self.replicates
        before = next(reversed(results.values()), result)
        shared: dict[str, Any] = {"config": job.config}
        if before.program == result.program:
            shared["program"] = before.program
        if np.array_equal(before.steps, result.steps):
            shared["steps"] = before.steps
        results[job.number] = replace(result, **shared)
        return results[job.number]

    def searched(self, result: Result) -> dict[str, Any]:
        """Returns the values of the nuisances in a result."""
        return {name: getattr(result.config, name) for name in self.case.space}

    def job(self, role: Role, number: int, values: dict[str, Any]) -> Job:
        """Returns a training of this case with these values of the nuisances."""
        config = self.case.config.replace(**values, **self._seeds(role, number))
        return Job(self.case.label, role, number, config, self.path(role, number))

    def _seeds(self, role: Role, number: int) -> dict[str, int]:
        """Seeds of a training: those of replicates vary as the study says."""
        if role == "trial":
            return {"seed": derive(self.study.seed, role, number)}
        vary = self.study.replicates_vary
        seeds = {"seed": derive(self.study.seed, role, number if "seed" in vary else 0)}
        return seeds | ({"data_seed": derive(self.study.seed, "data", number)} if "data_seed" in vary else {})

    def path(self, role: Role, number: int) -> Path:
        """Returns the file of a result."""
        return self.folder / f"{safe(self.case.label)}-{role}-{number:04d}.json"


def finished(job: Job) -> Result | None:
    """Reads the result of a training that is finished, if it is whole and of this very configuration."""
    try:
        result = Result.load(job.path)
        if job.role == "replicate" and result.best is not None:  # its weights may be torn by a loss of power
            zipfile.ZipFile(job.path.with_suffix(".npz")).close()
    except DAMAGED:
        return None
    return result if result.config == job.config else None
