"""Figures of a model on a test split: by hand, by their definitions, and against scikit-learn's
own report."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import classification_report

from suite.analysis.evaluation import calibration, classification, regression, sequences


def test_classification_by_hand():
    y, predicted = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 0, 1])
    found = classification(y, predicted, ("cat", "dog", "fish", "nowhere"))
    assert found.metrics == {"accuracy": 0.5}
    assert found.confusion == [[2, 1, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]  # true classes in rows
    rows = [
        {"class": "cat", "precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3, "examples": 3},
        {"class": "dog", "precision": 1 / 3, "recall": 1 / 2, "f1": 0.4, "examples": 2},
        {"class": "fish", "precision": 0, "recall": 0, "f1": 0, "examples": 1},  # never predicted
        {"class": "nowhere", "precision": 0, "recall": 0, "f1": 0, "examples": 0},
    ]
    assert found.per_class == [pytest.approx(row) for row in rows]


def test_classification_agrees_with_scikit_learn_s_report():
    rng = np.random.default_rng(0)
    names = ("c", "a", "b")  # not in the order of the alphabet
    y = rng.integers(0, 3, 200)
    predicted = np.where(rng.random(200) < 0.6, y, rng.integers(0, 3, 200))
    report = classification_report(y, predicted, target_names=names, output_dict=True)
    found = classification(y, predicted, names)
    assert found.metrics["accuracy"] == pytest.approx(report["accuracy"])
    for row in found.per_class:
        theirs = report[row["class"]]
        assert [row["precision"], row["recall"], row["f1"], row["examples"]] == pytest.approx(
            [theirs["precision"], theirs["recall"], theirs["f1-score"], theirs["support"]]
        )


def test_calibration_by_hand():
    """Four examples called with 0.9, three of them right; two with 0.6, one right; one with 0.35, wrong."""
    rows = [[0.9, 0.1, 0.0]] * 4 + [[0.2, 0.6, 0.2]] * 2 + [[0.3, 0.35, 0.35]]
    y = np.array([0, 0, 0, 1, 1, 2, 2])
    found = calibration(y, np.array(rows))
    assert found.expected_error == pytest.approx((4 * abs(0.75 - 0.9) + 2 * abs(0.5 - 0.6) + 0.35) / 7)
    expected = [
        {"low": 5 / 15, "high": 6 / 15, "confidence": 0.35, "accuracy": 0.0, "examples": 1},
        {"low": 8 / 15, "high": 9 / 15, "confidence": 0.6, "accuracy": 0.5, "examples": 2},
        {"low": 13 / 15, "high": 14 / 15, "confidence": 0.9, "accuracy": 0.75, "examples": 4},
    ]
    assert found.bins == [pytest.approx(row) for row in expected]
    assert found.count == 15


def test_calibration_of_a_sure_model_and_of_one_that_says_what_it_knows():
    """Always sure and half right: 0.5 too sure. Two equal classes called with 0.5: exactly right."""
    y = np.array([0, 1, 0, 1])
    sure = calibration(y, np.array([[1.0, 0.0]] * 4))
    assert sure.expected_error == 0.5
    assert sure.bins == [{"low": 14 / 15, "high": 1.0, "confidence": 1.0, "accuracy": 0.5, "examples": 4}]
    assert calibration(y, np.array([[0.5, 0.5]] * 4)).expected_error == 0.0
    names = ("no", "yes")
    assert classification(y, np.zeros(4, int), names, np.array([[1.0, 0.0]] * 4)).calibration == sure
    assert classification(y, np.zeros(4, int), names).calibration is None


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_the_figures_of_the_classes_follow_from_the_confusion_matrix(pairs):
    y, predicted = np.array(pairs).T
    found = classification(y, predicted, tuple("abcd"))
    counts = np.array(found.confusion)
    assert found.metrics["accuracy"] == pytest.approx(np.trace(counts) / len(pairs))
    for i, row in enumerate(found.per_class):
        assert row["examples"] == counts[i].sum()
        assert row["recall"] == pytest.approx(counts[i, i] / max(counts[i].sum(), 1))
        assert row["precision"] == pytest.approx(counts[i, i] / max(counts[:, i].sum(), 1))
        assert row["f1"] == pytest.approx(2 * counts[i, i] / max(counts[i].sum() + counts[:, i].sum(), 1))


def test_regression_by_hand():
    """Errors of 0, 90 and 90 dollars, of targets whose mean is 37."""
    y, predicted = np.array([1.0, 10.0, 100.0]), np.array([1.0, 100.0, 10.0])
    found = regression(y, predicted, log_target=False).metrics
    assert found == pytest.approx({"mae": 60, "rmse": 5400**0.5, "r2": 1 - 16200 / (36**2 + 27**2 + 63**2)})


def test_a_logarithmic_target_has_its_errors_in_its_own_unit_and_r2_on_the_logarithms():
    """As powers of ten: 0, 1, 2 for 0, 2, 1, so the squares of the errors are as large as those around the
    mean."""
    y, predicted = np.array([1.0, 10.0, 100.0]), np.array([1.0, 100.0, 10.0])
    assert regression(y, predicted, log_target=True).metrics == pytest.approx(
        {"mae": 60, "rmse": 5400**0.5, "r2": 0}, abs=1e-6
    )


@pytest.mark.parametrize(("log_target", "mean"), [(False, 37), (True, 10)])
def test_predicting_the_mean_on_the_scale_that_is_learned_has_an_r2_of_0(log_target, mean):
    y = np.array([1, 10, 100], "float64")
    assert regression(y, np.full(3, mean), log_target=log_target).metrics["r2"] == pytest.approx(0)
    assert regression(y, y, log_target=log_target).metrics == pytest.approx({"mae": 0, "rmse": 0, "r2": 1})


def test_sequences_name_the_figures_of_every_decoder():
    found = sequences(["A B | C", "D"], {"greedy": ["A", "D"], "beam": ["C", "D"]})
    # Of the first, A is one edit from either variant; C has the fewer tokens.
    expected = {
        "sequence_error_rate": 1 / 2,
        "token_error_rate": 1 / 2,
        "beam_sequence_error_rate": 0,
        "beam_token_error_rate": 0,
    }
    assert found.metrics == expected
    assert found.per_class == found.confusion == []
