"""Search: coverage, budget, and that neither order nor interruption changes what it finds."""

import numpy as np
import optuna
import pytest
from scipy.stats import qmc

from suite import Choice, Config, LogUniform, NearOne, Study, Uniform
from suite.running.search import BATCH, Search, derive, sobol_point
from suite.tasks import TASKS
from suite.training.result import Result

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
    curves = {} if status == "diverged" else dict.fromkeys(TASKS["classification"].curves, curve)
    best = None if status == "diverged" else 3
    return Result(STUDY.fixed.replace(**values), status, curves, np.arange(1, 5), best, {}, 1.0, {})


def run(study: Study, storage, *, upside_down: bool = False) -> list[dict]:
    """Runs a whole search on `loss`; `upside_down` finishes each batch in reverse order."""
    search, done = Search(study, study.cases[0], storage), {}
    while batch := [(number, values) for number, values in search.propose() if number not in done]:
        done |= {number: result(values) for number, values in (reversed(batch) if upside_down else batch)}
        search.tell(done)
    return [values for _, values in search.propose()]


def memory():
    return optuna.storages.InMemoryStorage()


@pytest.mark.parametrize("sampler", ["quasirandom", "tpe"])
def test_the_order_of_execution_changes_nothing(sampler):
    study = STUDY.replace(sampler=sampler)
    trials = run(study, memory())
    assert len(trials) == 32
    assert trials == run(study, memory(), upside_down=True)
    assert trials != run(study.replace(seed=1), memory())


@pytest.mark.parametrize(("sampler", "stop_after"), [("quasirandom", 12), ("tpe", 3), ("tpe", 22)])
def test_an_interrupted_search_ends_as_it_would_have(sampler, stop_after, tmp_path):
    """In the first batch of 10, in the second, and in the third, which is smaller."""
    study = STUDY.replace(sampler=sampler, budget=24)
    url = f"sqlite:///{tmp_path}/optuna.db"
    search, done = Search(study, study.cases[0], optuna.storages.RDBStorage(url)), {}
    while len(done) < stop_after:
        done |= {n: result(values) for n, values in search.propose() if n not in done and n < stop_after}
        if len(done) % BATCH == 0 or len(done) == study.budget:
            search.tell(done)
    search.propose()
    assert run(study, optuna.storages.RDBStorage(url)) == run(study, memory())


def test_a_batch_that_was_torn_while_asking_is_completed():
    study, storage = STUDY.replace(sampler="tpe"), memory()
    search = Search(study, study.cases[0], storage)
    for number in range(4):  # as `propose` does, but killed after 4 of 10
        search._optuna.sampler = search._sampler(number)
        search._optuna.ask(search._distributions)
    assert run(study, storage) == run(study, memory())


def test_a_larger_budget_goes_on_from_the_smaller():
    storage = memory()
    few = run(STUDY.replace(budget=10), storage)
    assert run(STUDY, storage) == run(STUDY, memory())
    assert run(STUDY, memory())[:10] == few


def test_quasi_random_points_cover_every_hyperparameter_evenly():
    trials = run(STUDY, memory())
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


def test_tpe_finds_a_better_loss_than_quasi_random_points():
    """On average over 5 searches, of an easy function."""
    best = {
        sampler: np.mean(
            [
                min(map(loss, run(STUDY.replace(sampler=sampler, seed=seed, budget=60), memory())))
                for seed in range(5)
            ]
        )
        for sampler in ("quasirandom", "tpe")
    }
    assert best["tpe"] < best["quasirandom"]


def test_importance_names_what_matters():
    storage = memory()
    run(STUDY, storage)
    importance = Search(STUDY, STUDY.cases[0], storage).importance()
    assert next(iter(importance)) == "learning_rate"
    assert importance["learning_rate"] > 0.8
    assert sum(importance.values()) == pytest.approx(1)


def test_diverged_trials_are_told_as_pruned_and_do_not_win():
    search = Search(STUDY, STUDY.cases[0], memory())
    results = {n: result(values, "diverged" if n % 2 else "completed") for n, values in search.propose()}
    search.tell(results)
    states = [trial.state.name for trial in search.trials]
    assert states[:4] == ["COMPLETE", "PRUNED", "COMPLETE", "PRUNED"]


def test_pruning_looks_at_finished_batches_only():
    study = STUDY.replace(pruner="median", sampler="tpe", budget=20)
    search = Search(study, study.cases[0], memory())
    assert not search.pruning_rule()([1e6, 1e6])  # nothing to compare with yet
    first = {n: result(values) for n, values in search.propose()}
    search.tell(first)
    rule = search.pruning_rule()
    finals = [r.objective for r in first.values()]
    assert rule([1e6, 1e6])
    assert not rule([min(finals) - 1, min(finals) - 2])
    assert rule([1.0, float("nan")])


def test_derived_seeds_differ_by_every_part():
    seeds = {
        derive(seed, role, number)
        for seed in range(5)
        for role in ("trial", "replicate")
        for number in range(100)
    }
    assert len(seeds) == 1000
    assert derive(0, "trial", 3) == derive(0, "trial", 3)
