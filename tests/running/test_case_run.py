"""A case on its way: independent searches, their winners, and the replicates that are divided among them."""

from dataclasses import replace

import numpy as np
import pytest

from suite import Choice, Config, LogUniform, Study
from suite.running.cases import CaseRun
from suite.tasks import TASKS
from suite.training.result import Result

STUDY = Study(
    question="Which?",
    fixed=Config(epochs=2),
    scientific={"dropout": (0.0, 0.5)},
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
    budget=4,
    replicates=8,
)


def result(config: Config, loss: float) -> Result:
    if not np.isfinite(loss):
        return Result(config, "diverged", {}, np.arange(0), None, {}, 1.0, {})
    curves = dict.fromkeys(TASKS["classification"].curves, np.array([loss + 1, loss]))
    return Result(config, "completed", curves, np.array([1, 2]), 1, {"test_loss": loss}, 1.0, {})


def run(study: Study, folder, losses) -> CaseRun:
    """A case whose trainings cost what `losses(role, number, config)` says."""
    case = CaseRun(study, study.cases[0], folder)
    while case.phase != "done":
        assert not list(case.advance())  # nothing was finished before
        for job in list(case.todo.values()):
            case.take(job, result(job.config, losses(job.role, job.number, job.config)))
        case.todo.clear()
    return case


def far_from_a_hundredth(role, number, config) -> float:
    return (np.log10(config.learning_rate) + 2) ** 2


def test_searches_are_independent_and_each_has_its_winner(tmp_path):
    case = run(STUDY, tmp_path, far_from_a_hundredth)
    assert (len(case.searches), len(case.trials), len(case.replicates)) == (3, 12, 8)
    rates = [
        [case.trials[n].config.learning_rate for n in range(12) if n % 3 == search] for search in range(3)
    ]
    assert len({rate for each in rates for rate in each}) == 12  # no two searches share a point
    for search, each in enumerate(rates):
        winner = case.winners[search]
        assert winner % 3 == search
        assert case.trials[winner].config.learning_rate == min(each, key=lambda r: abs(np.log10(r) + 2))
    for number, replicate in case.replicates.items():
        assert replicate.config.learning_rate == case.trials[case.winners[number % 3]].config.learning_rate
    assert len({r.config.seed for r in (*case.trials.values(), *case.replicates.values())}) == 20


def test_the_first_search_of_several_has_the_points_of_a_single_one(tmp_path):
    several, single = (
        run(study, tmp_path / study.protocol, far_from_a_hundredth)
        for study in (STUDY, STUDY.replace(protocol="single"))
    )
    points = [several.trials[3 * n].config.learning_rate for n in range(4)]
    assert points == [single.trials[n].config.learning_rate for n in range(4)]


def test_a_larger_budget_keeps_the_trials_that_there_are(tmp_path):
    small = run(STUDY, tmp_path, far_from_a_hundredth)
    large = run(STUDY.replace(budget=6), tmp_path, far_from_a_hundredth)
    assert all(large.trials[number].config == trial.config for number, trial in small.trials.items())


def test_ideal_is_a_search_for_each_replicate(tmp_path):
    case = run(STUDY.replace(protocol="ideal"), tmp_path, far_from_a_hundredth)
    assert (len(case.searches), len(case.trials), len(case.replicates)) == (8, 32, 8)
    assert len({r.config.learning_rate for r in case.replicates.values()}) == 8


def test_a_search_of_which_no_trial_trained_has_no_replicates(tmp_path):
    case = run(STUDY, tmp_path, lambda role, number, config: np.inf if number % 3 == 1 else 1.0)
    assert case.winners[1] is None
    assert sorted(case.replicates) == [0, 2, 3, 5, 6]
    assert case.trainings == 12 + 5


@pytest.mark.parametrize(("lucky", "best"), [(0.1, 1), (0.9, 0)])
def test_the_best_winner_is_the_one_whose_replicates_bear_it_out(tmp_path, lucky, best):
    """Search 0 wins its trials by luck: its replicates cost 1; those of search 1 cost `lucky` and 0.6
    before."""

    def losses(role, number, config):
        search = number % 3
        if role == "trial":
            return (0.3, 0.6, 2.0)[search] + number / 1000
        return (1.0, 3 * lucky, 2.0)[search]

    case = run(STUDY, tmp_path, losses)
    assert case.winner == case.winners[best]


def test_trials_of_one_search_compete_and_those_known_still_count(tmp_path):
    """Of three searches of four trials; the second trial of the first search was finished before."""
    case = CaseRun(STUDY, STUDY.cases[0], tmp_path)
    assert not list(case.advance())
    case.take(case.todo[3], result(case.todo.pop(3).config, 0.7))
    jobs = case.together([case.todo[0], case.todo[1]])
    assert [job.number for job in jobs] == [0, 6, 9]
    rule = case.rule_for(jobs)
    assert (rule.size, rule.numbers) == (4, (0, 2, 3))
    assert rule.finished == {1: ("completed", (1.7, 0.7))}
    assert [job.number for job in case.together([case.todo[1]])] == [1, 4, 7, 10]


def test_trials_of_another_program_do_not_compete(tmp_path):
    study = STUDY.replace(pruner="successive_halving")
    study = study.model_copy(update={"nuisance": {"batch_size": Choice(32, 64)}})
    case = CaseRun(Study(**study.model_dump()), Study(**study.model_dump()).cases[0], tmp_path)
    assert not list(case.advance())
    for job in case.todo.values():
        together = case.together([job])
        assert {each.config.batch_size for each in together} == {job.config.batch_size}
        assert case.rule_for(together).size == len(together)


def test_replicates_do_not_compete(tmp_path):
    case = CaseRun(STUDY, STUDY.cases[0], tmp_path)
    while case.phase != "replicate":
        assert not list(case.advance())
        if case.phase == "trial":
            for job in list(case.todo.values()):
                case.take(job, result(job.config, 0.5))
            case.todo.clear()
    jobs = list(case.todo.values())
    assert case.together(jobs) == jobs
    assert case.rule_for(jobs) is None


def test_results_that_are_kept_share_what_is_equal(tmp_path):
    case = CaseRun(STUDY, STUDY.cases[0], tmp_path)
    list(case.advance())
    taken = []
    for job, xla in zip(list(case.todo.values()), (False, False, True), strict=False):
        came = replace(result(job.config.replace(), 1.0), program={"xla": xla})
        taken.append(case.take(job, came))
        assert taken[-1].config is job.config and taken[-1].steps.tolist() == [1, 2]
    first, second, third = taken
    assert second.program is first.program and second.steps is first.steps
    assert third.program == {"xla": True}
