"""Workers that are lost, played by an executor that trains nothing: what is tried again, how, and what
fails."""

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from itertools import chain

import numpy as np
import pytest

from suite import Config, LogUniform, Study
from suite.running.cases import CaseRun
from suite.running.dispatch import Dispatcher
from suite.running.outcome import Progress
from suite.running.pool import crew, work
from suite.tasks import TASKS
from suite.training.result import Result

STUDY = Study(
    question="Which?",
    fixed=Config(epochs=5),
    scientific={"dropout": (0.0, 0.5)},
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
    budget=8,
    replicates=4,
    protocol="single",
    pruner="successive_halving",
)
"""Of its first case there are 8 trials and 4 replicates."""

DIES, HANGS, FULL = "dies", "hangs", "takes 3 GiB"
LIMIT = 0.02
"""Seconds: what does not hang takes none here."""


class Played:
    """An executor of one worker, whose trainings do as `fate` says of a job: nothing, or one of the above.

    Attributes:
        given: numbers, role and rule of each stack that it was given.
    """

    count = 1

    def __init__(self, fate: Callable[[work.Job], str | None], starts: bool = True, seconds: float = 1.0):
        self.fate, self.starts, self.seconds, self.replaced = fate, starts, seconds, 0
        self.given: list[tuple[list[int], str, work.Rule | None]] = []
        self.running: Future | None = None
        self.held = 0.0

    def start(self, worker: int) -> Future:
        future: Future = Future()
        future.set_result(None) if self.starts else future.set_exception(BrokenExecutor())
        return future

    def train(self, worker: int, jobs, gradient_steps, rule) -> Future:
        future: Future = Future()
        if self.starts:
            self._train(future, jobs, rule)
        else:
            future.set_exception(BrokenExecutor())
        return future

    def _train(self, future: Future, jobs, rule) -> None:
        self.given.append(([job.number for job in jobs], jobs[0].role, rule))
        results = []
        for job in jobs:
            fate = self.fate(job)
            if fate == DIES:
                return future.set_exception(BrokenExecutor())
            if fate:
                self.running, self.held = future, 3.0 if fate == FULL else 0.5
                return None
            results.append(result(job, self.seconds))
            work.write(job.path, results[-1])
        return future.set_result(results)

    def finished(self):
        return iter(())

    def replace(self, worker: int) -> None:
        self.replaced += 1
        if self.running is not None:
            self.running.set_exception(BrokenExecutor())
        self.running, self.held = None, 0.5

    def memory(self, worker: int) -> float:
        return self.held


def result(job: work.Job, seconds: float = 1.0) -> Result:
    """Of a training that is the better the later its number."""
    losses = np.array([1.0, 0.9, 0.8, 0.7, 0.6]) - job.number / 100
    curves = dict.fromkeys(TASKS["classification"].curves, losses)
    weights = [np.zeros(1)] if job.role == "replicate" else None
    return Result(job.config, "completed", curves, np.arange(1, 6), 4, {}, seconds, {}, weights)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(crew, "EVERY", 0.0)
    monkeypatch.setattr(crew, "SIGNAL", 0.0)


def run(study: Study, folder, fate, **played) -> tuple[CaseRun, Played, Progress]:
    """The first case, trained to its end."""
    folder.mkdir(exist_ok=True)
    case, executor, progress = CaseRun(study, study.cases[0], folder), Played(fate, **played), Progress(0)
    Dispatcher([case], executor, None, None, {}, progress, lambda progress: None).run()
    return case, executor, progress


def only(number: int, what: str) -> Callable[[work.Job], str | None]:
    """A trial does this, and all others nothing."""
    return lambda job: what if (job.role, job.number) == ("trial", number) else None


def test_a_killer_is_found_and_costs_itself_only(tmp_path):
    study = STUDY.replace(pruner=None)
    case, executor, progress = run(study, tmp_path, only(2, DIES))
    # twice with those after it, then by itself, as are the others that were lost twice
    assert [numbers for numbers, _, _ in executor.given[:4]] == [[*range(8)], [*range(2, 8)], [2], [3]]
    assert {n: trial.status for n, trial in case.trials.items()} == {
        n: "failed" if n == 2 else "completed" for n in range(8)
    }
    assert case.winner == 7 and len(case.replicates) == 4
    assert len(progress.lost) == executor.replaced == 3
    kept = Result.load(case.path("trial", 2))
    assert (
        np.isnan(kept.objective) and kept.curves == {} and kept.failure.startswith("the worker process died")
    )


def test_a_worker_that_dies_once_costs_nothing(tmp_path):
    deaths = iter([DIES])
    fate = lambda job: next(deaths, None) if job.number == 4 else None  # noqa: E731
    case, executor, progress = run(STUDY, tmp_path, fate)
    assert {r.status for r in (*case.trials.values(), *case.replicates.values())} == {"completed"}
    assert len(progress.lost) == 1
    again, _, rule = executor.given[1]  # its bracket is whole again: what was finished counts
    assert again == [4, 5, 6, 7]
    assert (rule.size, sorted(rule.finished)) == (8, [0, 1, 2, 3])


def test_a_trial_by_itself_competes_in_its_whole_bracket(tmp_path):
    _, executor, _ = run(STUDY, tmp_path, only(2, DIES))
    alone = [(numbers, rule) for numbers, role, rule in executor.given if role == "trial"][2:]
    assert [numbers for numbers, _ in alone] == [[2], [3], [4], [5], [6], [7]]
    assert {rule.size for _, rule in alone} == {8}
    assert [len(rule.finished) for _, rule in alone] == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("what", "limit", "reason"),
    [
        (HANGS, {"time_limit": LIMIT}, "over the time limit of 0.02 s"),
        (FULL, {"memory_limit": 2.0}, "over the memory limit of 2 GiB"),
    ],
)
def test_a_limit_is_held_by_what_exceeds_it_alone(what, limit, reason, tmp_path):
    study = STUDY.replace(pruner=None, **limit)
    case, executor, progress = run(study, tmp_path, only(2, what))
    assert [numbers for numbers, _, _ in executor.given[:3]] == [[*range(8)], [2], [3]]
    assert [n for n, trial in case.trials.items() if trial.status == "failed"] == [2]
    assert case.trials[2].failure == reason
    assert len(progress.lost) == 2 and all(reason in said for said in progress.lost)

    _, executor, _ = run(study, tmp_path, only(2, what))
    assert executor.given == []  # it stays as it is
    lower = {name: value / 2 for name, value in limit.items()}
    _, executor, _ = run(study.replace(**lower), tmp_path, only(2, what))
    assert executor.given == []
    higher = {name: 2 * value for name, value in limit.items()}
    case, executor, _ = run(study.replace(**higher), tmp_path, lambda job: None)
    assert [numbers for numbers, _, _ in executor.given] == [[2]]
    assert case.trials[2].status == "completed"


def test_one_that_died_is_tried_again_under_other_limits(tmp_path):
    study = STUDY.replace(pruner=None)
    run(study, tmp_path, only(2, DIES))
    case, executor, _ = run(study.replace(memory_limit=4), tmp_path, lambda job: None)
    assert [numbers for numbers, _, _ in executor.given] == [[2]]
    assert case.trials[2].status == "completed"


def test_workers_that_do_not_start_end_the_study(tmp_path):
    with pytest.raises(OSError, match="3 worker processes in a row died as they started"):
        run(STUDY, tmp_path, lambda job: None, starts=False)


@pytest.mark.parametrize(
    ("pruner", "seconds", "sizes"),
    [
        (None, 0.001, [8, 64, 64, 64]),
        (None, 0.04, [8, *[24] * 8]),
        (None, 0.2, [8] * 25),
        ("median", 0.001, [8, 2] * 20),
    ],
)
def test_many_short_trainings_are_given_at_once(tmp_path, pruner, seconds, sizes):
    """What takes a second, in full stacks, once it is known how long one takes."""
    study = STUDY.replace(pruner=pruner, budget=200)
    _, executor, _ = run(study, tmp_path, lambda job: None, seconds=seconds)
    given = [numbers for numbers, role, _ in executor.given if role == "trial"]
    assert [len(numbers) for numbers in given] == sizes
    assert sorted(chain(*given)) == [*range(200)]
