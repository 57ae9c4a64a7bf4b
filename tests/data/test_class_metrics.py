"""Metrics of a whole split: cases worked out by hand, and scikit-learn's figures."""

import numpy as np
import pytest
from sklearn import metrics

from suite.data.class_metrics import METRICS


def test_a_model_that_never_finds_the_rare_class():
    y, logits = np.array([0] * 9 + [1]), np.tile([3.0, -3.0], (10, 1))
    found = {name: metric(y, logits, 1) for name, metric in METRICS.items()}
    assert found["balanced_accuracy"] == 0.5
    assert found["macro_f1"] == pytest.approx((2 * 9 / 19 + 0) / 2)
    assert found["auc"] == 0.5  # every pair is a tie
    assert found["average_precision"] == pytest.approx(0.1)  # the share of the rare class


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_they_are_those_of_scikit_learn(classes):
    rng = np.random.default_rng(classes)
    y = np.minimum(rng.geometric(0.5, 400) - 1, classes - 1)
    logits = rng.normal(0, 1, (400, classes)) + 1.5 * np.eye(classes)[y]
    if classes == 2:
        logits = np.round(logits)  # with ties
    chance = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    rarest = int(np.bincount(y).argmin())
    called, odds = logits.argmax(axis=1), logits[:, 1] - logits[:, 0]
    expected = {
        "balanced_accuracy": metrics.balanced_accuracy_score(y, called),
        "macro_f1": metrics.f1_score(y, called, average="macro"),
        "auc": metrics.roc_auc_score(y, odds)
        if classes == 2
        else metrics.roc_auc_score(y, chance, multi_class="ovr"),
        "average_precision": metrics.average_precision_score(y == rarest, odds if rarest == 1 else -odds)
        if classes == 2
        else metrics.average_precision_score(np.eye(classes)[y], chance),
    }
    for name, metric in METRICS.items():
        assert metric(y, logits, rarest) == pytest.approx(expected[name], abs=1e-9), name


def test_what_is_sure_is_still_ordered():
    y = np.array([0, 0, 1, 1])
    logits = np.array([[0, 60.0], [0, 50], [0, 70], [0, 80]])  # every probability is 1 in float64
    assert METRICS["auc"](y, logits, 1) == METRICS["average_precision"](y, logits, 1) == 1.0


def test_one_class_alone_has_no_area():
    assert np.isnan(METRICS["auc"](np.zeros(3, int), np.zeros((3, 2)), 1))
