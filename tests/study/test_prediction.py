"""Predictions: what they refuse, alone and in a study."""

import math
import re

import pytest
from pydantic import ValidationError

from suite import LogUniform, Prediction, Study
from suite.study import catalog

SOURCE = "He et al. 2015, arXiv:1502.01852, section 2.2"
QUANTITY = "activations.second_moment_ratio"
RELU = {"activation": "relu", "width": 8}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "exactly one of between, less_than, greater_than. Received: none, for 'It holds'"),
        ({"between": (0, 1), "less_than": {"width": 8}}, "exactly one of .* Received: between and less_than"),
        ({"between": (1, 0)}, r"`between` expects .*low < high. Received: \(1.0, 0.0\)"),
        ({"between": (0, math.nan)}, "low < high"),
        ({"between": (0, 1), "source": ""}, "`source` of a prediction expects who says so"),
        ({"between": (0, 1), "source": None}, "`source`: input should be a valid string"),
        ({"less_than": {"width": 16}}, r"another place than `at`.*Received: at=\{'width': 16\}"),
        ({"greater_than": {}}, "both to name levels"),
        ({"betwen": (0, 1)}, "`betwen` is not a field"),
    ],
    ids=str,
)
def test_a_prediction_refuses(settings, message):
    with pytest.raises(ValidationError) as error:
        Prediction("It holds", "test_loss", {"width": 16}, **{"source": SOURCE, **settings})
    text = catalog.explain(error.value)
    assert "\n" not in text
    assert re.search(message, text)


def test_a_source_must_be_given():
    with pytest.raises(ValidationError, match="`source` of a prediction expects who says so"):
        Prediction("It holds", "test_loss", between=(0, 1))


def test_one_bound_may_be_infinite():
    assert Prediction("Never", "test_loss", between=(2.3, math.inf), source=SOURCE).between == (2.3, math.inf)


def study(*predictions: Prediction, probes: tuple[str, ...] = ("activations",)) -> Study:
    return Study(
        question="Does it hold?",
        scientific={"activation": ("relu", "tanh"), "width": (8, 16)},
        nuisance={"learning_rate": LogUniform(1e-3, 1)},
        probes=probes,
        predictions=predictions,
    )


@pytest.mark.parametrize(
    ("at", "other", "quantity"),
    [
        ({"activation": "relu", "width": 8}, None, QUANTITY),
        ({}, None, "test_loss"),
        ({"activation": "relu", "width": 8}, {"activation": "tanh", "width": 8}, "test_loss"),
        ({}, None, "grid.interaction_p"),
    ],
)
def test_a_study_takes_predictions_of_what_it_measures(at, other, quantity):
    expected = {"less_than": other} if other else {"between": (0.8, 1.25)}
    prediction = Prediction("It holds", quantity, at, source=SOURCE, **expected)
    assert study(prediction).predictions == (prediction,)


@pytest.mark.parametrize(
    ("at", "other", "quantity", "message"),
    [
        (
            {"activaton": "relu"},
            None,
            QUANTITY,
            "`at` must be one of activation, width.*Did you mean 'activation'",
        ),
        ({"width": 32}, None, QUANTITY, "a level of width, one of 8, 16. Received: width=32"),
        ({"width": 8}, None, QUANTITY, r"a level of each of activation, width, or of none.*\{'width': 8\}"),
        (RELU, {"width": 32}, "test_loss", "a level of width, one of 8, 16. Received: width=32"),
        (RELU, None, "gradients.norm", "expects 'gradients' among .*`probes`. Received: activations, grid"),
        ({}, None, "curve.best", "expects 'curve' among"),
        (RELU, None, "tset_loss", "`quantity` must be one of test_loss, .*Did you mean 'test_loss'"),
        (RELU, None, "importance", "`quantity` must be one of test_loss"),
    ],
)
def test_a_study_refuses_predictions_of_what_it_does_not_measure(at, other, quantity, message):
    expected = {"less_than": other} if other else {"between": (0.8, 1.25)}
    with pytest.raises(ValidationError, match=message):
        study(Prediction("It holds", quantity, at, source=SOURCE, **expected))


def test_a_search_has_no_places():
    prediction = Prediction("It holds", "test_loss", {"width": 8}, between=(0, 1), source=SOURCE)
    with pytest.raises(ValidationError, match="asks about nothing"):
        Study(question="?", nuisance={"learning_rate": LogUniform(1e-3, 1)}, predictions=(prediction,))


@pytest.mark.parametrize(
    ("quantity", "at"),
    [("importance", {"hyperparameter": "learning_rate"}), ("best.learning_rate", {}), ("test_loss", {})],
)
def test_a_search_has_quantities_of_its_own(quantity, at):
    prediction = Prediction("It matters", quantity, at, between=(0.5, 1), source=SOURCE)
    found = Study(question="?", nuisance={"learning_rate": LogUniform(1e-3, 1)}, predictions=(prediction,))
    assert found.predictions == (prediction,)


def test_a_curve_has_a_best_level():
    prediction = Prediction("In between", "curve.best", between=(0.2, 0.6), source=SOURCE)
    assert Study(question="?", scientific={"dropout": (0.0, 0.2, 0.5)}, predictions=(prediction,))
