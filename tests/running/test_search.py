"""Search: coverage, budget, and that neither order nor interruption changes what it finds."""

import json

import numpy as np
import optuna
import pytest
from scipy.stats import qmc

from suite import Choice, Config, Integer, LogUniform, NearOne, Study, Uniform
from suite.running.search import Search, derive, optuna_distribution, optuna_trial, sobol_point
from suite.tasks import TASKS
from suite.training.result import Record, Result

SPACE = {
    "learning_rate": LogUniform(1e-4, 1.0),
    "momentum": NearOne(0.5, 0.999),
    "dropout": Uniform(0.0, 0.5),
    "kernel_initializer": Choice("he_normal", "glorot_uniform"),
}
STUDY = Study(question="Which?", fixed=Config(optimizer="momentum", epochs=4), nuisance=SPACE, budget=32)


def loss(values: dict) -> float:
    """Depends on the learning rate above all, on dropout a little, on the initializer not at all."""
    return (np.log10(values["learning_rate"]) + 2) ** 2 + values["dropout"] * 0.5


def result(values: dict, status: str = "completed") -> Result:
    curve = loss(values) + np.array([1.0, 0.5, 0.25, 0.0])
    trained = status not in ("diverged", "failed")
    curves = dict.fromkeys(TASKS["classification"].curves, curve) if trained else {}
    best = 3 if trained else None
    return Result(STUDY.fixed.replace(**values), status, curves, np.arange(1, 5), best, {}, 1.0, {})


def run(study: Study, *, upside_down: bool = False) -> list[dict]:
    """Runs a whole search on `loss`; `upside_down` finishes each batch in reverse order."""
    search, done = Search(study, study.cases[0]), {}
    while batch := search.propose(done):
        done |= {number: result(values) for number, values in (reversed(batch) if upside_down else batch)}
    return [{name: getattr(done[n].config, name) for name in study.nuisance} for n in range(study.budget)]


@pytest.mark.parametrize("sampler", ["quasirandom", "tpe"])
def test_the_order_of_execution_changes_nothing(sampler):
    study = STUDY.replace(sampler=sampler)
    trials = run(study)
    assert len(trials) == 32
    assert trials == run(study, upside_down=True)
    assert trials != run(study.replace(seed=1))


@pytest.mark.parametrize(("changes", "first"), [
    ({}, 50), ({"pruner": "successive_halving"}, 50), ({"pruner": "median"}, 10), ({"sampler": "tpe"}, 10),
])  # fmt: skip
def test_only_what_depends_on_results_waits_for_them(changes, first):
    study = STUDY.replace(budget=50, **changes)
    assert [number for number, _ in Search(study, study.cases[0]).propose({})] == list(range(first))


@pytest.mark.parametrize("pruner", [None, "median"])
@pytest.mark.parametrize("sampler", ["quasirandom", "tpe"])
@pytest.mark.parametrize("stop_after", [0, 3, 10, 12, 22, 24])
def test_an_interrupted_search_ends_as_it_would_have(sampler, pruner, stop_after):
    """In the first batch of 10, at its end, in the second, and in the third, which is smaller."""
    study = STUDY.replace(sampler=sampler, pruner=pruner, budget=24)
    search, done = Search(study, study.cases[0]), {}
    while len(done) < stop_after:
        done |= {n: result(values) for n, values in search.propose(done) if n < stop_after}
    later = Search(study, study.cases[0])  # knows nothing but the finished trials
    while batch := later.propose(done):
        assert not {number for number, _ in batch} & set(done)
        done |= {number: result(values) for number, values in batch}
    trials = [{name: getattr(done[n].config, name) for name in SPACE} for n in range(24)]
    assert trials == run(study)


def test_every_trial_has_all_of_its_searched_hyperparameters():
    for sampler in ("quasirandom", "tpe"):
        search = Search(STUDY.replace(sampler=sampler), STUDY.cases[0])
        assert all(list(values) == list(SPACE) for _, values in search.propose({}))


def test_a_larger_budget_goes_on_from_the_smaller():
    assert run(STUDY)[:10] == run(STUDY.replace(budget=10))


def test_quasi_random_points_cover_every_hyperparameter_evenly():
    trials = run(STUDY)
    rates = np.log10([values["learning_rate"] for values in trials])
    counts = np.histogram(rates, bins=8, range=(-4, 0))[0]
    assert counts.tolist() == [4] * 8  # a Sobol sequence is balanced in every power-of-two partition
    assert [values["kernel_initializer"] for values in trials].count("he_normal") == 16
    distance = np.log(1 - np.array([values["momentum"] for values in trials]))
    assert np.histogram(distance, bins=4, range=(np.log(0.001), np.log(0.5)))[0].tolist() == [8] * 4


def test_sobol_points_do_not_depend_on_how_many_are_drawn():
    points = qmc.Sobol(3, scramble=True, rng=5).random(256)
    for number in (0, 7, 63, 64, 200):
        np.testing.assert_array_equal(sobol_point(3, 5, number), points[number])


def test_tpe_proposes_what_optuna_does():
    """Over a study of Optuna's own that is asked for 10 trials before it is told of them."""
    space = {name: d for name, d in SPACE.items() if name != "momentum"}  # whose distance from one is rounded
    study = Study(question="Which?", fixed=STUDY.fixed, nuisance=space, budget=30, sampler="tpe")
    search, done, theirs = Search(study, study.cases[0]), {}, optuna.create_study()
    distributions = {name: optuna_distribution(d) for name, d in space.items()}
    for start in (0, 10, 20):
        asked = []
        for number in range(start, start + 10):
            theirs.sampler = optuna.samplers.TPESampler(seed=derive(search._seed, number), constant_liar=True)
            asked.append(theirs.ask(distributions))
        batch = search.propose(done)
        assert [values for _, values in batch] == [trial.params for trial in asked]
        done |= {number: result(values) for number, values in batch}
        for trial in asked:
            theirs.tell(trial, loss(trial.params))


def test_tpe_finds_a_better_loss_than_quasi_random_points():
    """On average over 5 searches, of an easy function."""
    best = {
        sampler: np.mean(
            [min(map(loss, run(STUDY.replace(sampler=sampler, seed=seed, budget=60)))) for seed in range(5)]
        )
        for sampler in ("quasirandom", "tpe")
    }
    assert best["tpe"] < best["quasirandom"]


def finished(study: Study, count: int | None = None) -> dict[int, Result]:
    """The results of the trials of a whole search, or of the first `count`."""
    trials = run(study)[:count]
    return {number: result(values) for number, values in enumerate(trials)}


def test_importance_names_what_matters():
    importance = Search(STUDY, STUDY.cases[0]).importance(finished(STUDY))
    assert next(iter(importance)) == "learning_rate"
    assert importance["learning_rate"] > 0.8
    assert sum(importance.values()) == pytest.approx(1)


def test_importance_of_many_trials_is_estimated_from_some(monkeypatch):
    study = STUDY.replace(budget=60)
    search, results = Search(study, study.cases[0]), finished(study)
    monkeypatch.setattr("suite.running.search.IMPORTANCE_TRIALS", 20)
    some = {n: results[n] for n in np.linspace(0, 59, 20).round().astype(int).tolist()}
    assert search.importance(results) == search.importance(some)


def test_diverged_trials_are_told_as_pruned_and_those_that_failed_as_such():
    case, statuses = STUDY.cases[0], ("completed", "diverged", "failed")
    results = [result(values, statuses[number % 3]) for number, values in Search(STUDY, case).propose({})]
    states = [optuna_trial(STUDY, case, each).state.name for each in results]
    assert states[:6] == ["COMPLETE", "PRUNED", "FAIL"] * 2


@pytest.mark.parametrize("pruner", [None, "median"])
def test_a_search_goes_on_past_trials_that_failed(pruner):
    """As one session, and as sessions that know what is finished only."""
    study = STUDY.replace(sampler="tpe", pruner=pruner, budget=24)
    case, done = study.cases[0], {}
    search = Search(study, case)
    while batch := search.propose(done):
        assert batch == Search(study, case).propose(done)
        done |= {n: result(values, "failed" if n % 4 == 1 else "completed") for n, values in batch}
    assert len(done) == 24


def test_derived_seeds_differ_by_every_part():
    seeds = {
        derive(seed, role, number)
        for seed in range(5)
        for role in ("trial", "replicate")
        for number in range(100)
    }
    assert len(seeds) == 1000
    assert derive(0, "trial", 3) == derive(0, "trial", 3)


@pytest.mark.parametrize("sampler", ["quasirandom", "tpe"])
def test_arguments_of_an_own_model_are_searched(sampler):
    """In three batches, each from what a session of its own read back of those before."""
    space = {"bottleneck": Integer(4, 64, log=True), "gate": Choice("sigmoid", None, True)}
    fixed = Config(model="net.py", epochs=4)
    study = Study(question="Which?", fixed=fixed, nuisance=space, budget=24, sampler=sampler)
    done, proposed = {}, {}
    while batch := Search(study, study.cases[0]).propose(done):
        proposed |= dict(batch)
        for number, values in batch:
            cost = abs(np.log2(values["bottleneck"]) - 4) + np.array([1.0, 0.5, 0.25, 0.0])
            curves, config = dict.fromkeys(TASKS["classification"].curves, cost), fixed.replace(**values)
            ended = Result(config, "completed", curves, np.arange(1, 5), 3, {}, 1.0, {})
            done[number] = Result._of(Record.model_validate_json(json.dumps(ended._record())))
            assert optuna_trial(study, study.cases[0], done[number]).params == values
    assert len(proposed) == 24
    assert {type(values["bottleneck"]) for values in proposed.values()} == {int}
    assert {values["gate"] for values in proposed.values()} == {"sigmoid", None, True}
