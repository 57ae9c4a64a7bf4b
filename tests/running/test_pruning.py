"""Pruning: the rule decides as Optuna's median pruner does, by finished batches only."""

import math

import numpy as np
import optuna
import pytest

from suite import Config, LogUniform, Study
from suite.running.pruning import MedianRule
from suite.running.search import Search
from suite.training.result import Result

NAN = math.nan


def test_looks_at_finished_batches_only():
    study = Study(
        question="Which?", fixed=Config(epochs=2), nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
        pruner="median", sampler="tpe", budget=20,
    )  # fmt: skip
    search = Search(study, study.cases[0])

    def result(values: dict, loss: float) -> Result:
        curves = {"val_loss": np.array([loss + 0.5, loss])}
        return Result(study.fixed.replace(**values), "completed", curves, np.arange(1, 3), 1, {}, 1.0, {})

    assert not search.median_rule({})([1e6, 1e6])  # nothing to compare with yet
    batch = search.propose({})
    some = {number: result(values, 0.1 * number) for number, values in batch[:9]}
    assert not search.median_rule(some)([1e6, 1e6])  # the batch is not finished
    rule = search.median_rule(some | {9: result(batch[9][1], 0.9)})
    assert rule([1e6, 1e6])
    assert not rule([0.1, 0.0])
    assert rule([1.0, NAN])


def rule(curves: list, *, minimize: bool = True, pruned: tuple[int, ...] = ()) -> MedianRule:
    return MedianRule(minimize, tuple(tuple(c) for number, c in enumerate(curves) if number not in pruned))


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([4.4], False),  # the median at the first evaluation is 4.5
        ([4.6], True),
        ([9.0, 3.4], False),  # at the second it is 3.5
        ([9.0, 3.6], True),
        ([3.0, 9.0], False),  # its best so far counts
        ([9.0, 9.0, 9.0], False),  # no trial came as far
    ],
)
def test_the_median_of_completed_trials(values, ends):
    curves = [[number, number - 1] for number in range(1, 9)]  # 1 to 8, then 0 to 7
    assert rule(curves)(values) == ends
    mirrored = [[-value for value in curve] for curve in curves]
    assert rule(mirrored, minimize=False)([-value for value in values]) == ends
    assert not rule(curves, pruned=(0,))(values)  # seven are too few


@pytest.mark.parametrize("minimize", [True, False])
def test_decides_as_optuna_does(minimize):
    """40 random trials one after the other, each evaluated up to 17 times."""
    rng = np.random.default_rng(0)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=8, n_warmup_steps=1)
    study = optuna.create_study(direction="minimize" if minimize else "maximize", pruner=pruner)
    curves, pruned, decisions = [], [], []
    for number in range(40):
        trial, values = study.ask(), []
        ours = rule(curves, minimize=minimize, pruned=tuple(pruned))
        for evaluation, value in enumerate((rng.normal() + 1 / np.arange(1, 18)).tolist(), start=1):
            values.append(value)
            trial.report(value, evaluation)
            decisions.append(trial.should_prune())
            assert ours(values) == decisions[-1]
            if decisions[-1]:
                pruned.append(number)
                break
        state = optuna.trial.TrialState.PRUNED if decisions[-1] else optuna.trial.TrialState.COMPLETE
        study.tell(trial, None if decisions[-1] else values[-1], state=state)
        curves.append(values)
    assert 0.1 < len(pruned) / 40 < 0.9
