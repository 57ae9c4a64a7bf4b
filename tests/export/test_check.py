"""What the check of an export finds, in the outputs and in the loss."""

import numpy as np
import pytest
from served import as_read

from suite.export import check as checking
from suite.export.check import check, check_loss, loss_of
from suite.export.serving import forced_loss


@pytest.mark.parametrize(
    ("kind", "name", "change", "message"),
    [
        ("regression", "prediction", lambda x: x + 0.001 * x.std(), "difference of 0.001"),
        ("columns", "probabilities", lambda x: x[:, ::-1], "within 0.0001.*another class for [1-9]"),
        (
            "pairs",
            "text",
            lambda x: np.where(np.arange(len(x)) == 3, "A", x),
            "within 0.005. Received: a difference of 0.0312",
        ),
    ],
)
def test_other_outputs_are_detected(kind, name, change, message, served, monkeypatch):
    """Of a regression relative to the spread of its predictions, of texts by the share that differ."""
    case = served[kind]
    monkeypatch.setattr(checking, "read", lambda folder, inputs: as_read(case))
    check("", case.prepared.dataset, {name: case.outputs[name]}, 1e-4)
    with pytest.raises(RuntimeError, match=message):
        check("", case.prepared.dataset, {name: change(case.outputs[name])}, 1e-4)


@pytest.mark.parametrize("kind", ["images", "columns", "regression", "texts", "sequences"])
def test_the_loss_of_what_is_served_is_the_one_that_the_training_measured(kind, served):
    case = served[kind]
    measured = case.measured["test_loss"]
    assert loss_of(case.prepared, as_read(case)) == (pytest.approx(measured, rel=1e-4),) * 2


def test_of_texts_it_is_the_loss_of_the_model_inside(served):
    case = served["pairs"]
    expected = (pytest.approx(case.measured["test_loss"], rel=1e-4),) * 2
    assert forced_loss(case.model, case.prepared, 10) == expected
    assert forced_loss(case.model, case.prepared, 1000) == expected


def test_a_probability_of_0_says_no_more_than_how_large_the_loss_is_at_least(served):
    case = served["columns"]
    probabilities, y = case.outputs["probabilities"].copy(), case.prepared.dataset.test.y
    probabilities[0] = np.arange(2) != y[0]
    low, high = loss_of(case.prepared, {"probabilities": probabilities})
    others = -np.log(probabilities[np.arange(len(y)), y][1:])
    assert low == pytest.approx((37 * np.log(10) + others.sum()) / len(y)) and high == np.inf


@pytest.mark.parametrize(
    ("exported", "measured", "fine"),
    [
        ((0.5, 0.5), 0.51, True),  # a share of 0.01 of 1.51
        ((0.5, 0.5), 0.52, False),
        ((0.52, 0.52), 0.5, False),
        ((3.0, np.inf), 300.0, True),
        ((3.0, np.inf), 2.9, False),
        ((np.nan, np.nan), 0.5, False),
    ],
)
def test_another_loss_is_refused(exported, measured, fine):
    if fine:
        check_loss(exported, measured, 0.01)
        return
    with pytest.raises(
        RuntimeError, match=rf"measured in training, {measured}, within .*\. Received: {exported[0]:.4g}"
    ):
        check_loss(exported, measured, 0.01)
