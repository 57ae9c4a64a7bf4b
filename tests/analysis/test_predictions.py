"""Predictions beside what was measured: by interval, by the study's own pairs, and where nothing was
measured."""

import math

import pytest
from made_up import pair, predicted

from suite.analysis.predictions import Compared, check
from suite.analysis.records import Measure

SURVIVES, REVERSES, UNSURE, MISSING = "survives", "reverses", "cannot be told apart", "not measured"


def one(prediction, measures, compared=None):
    (checked,) = check([prediction], measures, compared)
    return checked


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.85, 1.2, SURVIVES),
        (0.8, 1.25, SURVIVES),  # both ends are inside
        (0.7, 0.79, REVERSES),
        (1.3, 1.4, REVERSES),
        (0.7, 0.9, UNSURE),
        (1.2, 1.3, UNSURE),
        (0.5, 2.0, UNSURE),
        (1.0, 1.0, SURVIVES),  # no interval
        (1.3, 1.3, REVERSES),
        (1.0, math.inf, UNSURE),
        (math.inf, math.inf, REVERSES),
    ],
)
def test_within_bounds(low, high, verdict):
    prediction = predicted("ratio", {"activation": "relu"}, "He keeps it", between=(0.8, 1.25))
    measures = [
        Measure("ratio", {"activation": "tanh"}, 9, 9, 9),
        Measure("ratio", {"activation": "relu"}, low, low, high),
    ]
    checked = one(prediction, measures)
    assert (checked.claim, checked.source, checked.verdict) == ("He keeps it", "He et al. 2015", verdict)
    assert checked.expected == "ratio at activation=relu between 0.8 and 1.25"
    (counted,) = check([predicted("parameters", between=(3_593, 3_594.5))], [])
    assert counted.expected == "parameters between 3593 and 3.59e+03"


RELU, TANH = {"activation": "relu"}, {"activation": "tanh"}


@pytest.mark.parametrize(
    ("relu", "tanh", "less", "more"),
    [
        ((0.1, 0.2), (0.3, 0.4), SURVIVES, REVERSES),
        ((0.5, 0.6), (0.3, 0.4), REVERSES, SURVIVES),
        ((0.1, 0.35), (0.3, 0.4), UNSURE, UNSURE),
        ((0.1, 0.3), (0.3, 0.4), UNSURE, UNSURE),  # they touch
    ],
)
def test_more_or_less_than_elsewhere_by_intervals(relu, tanh, less, more):
    measures = [Measure("norm", RELU, sum(relu) / 2, *relu), Measure("norm", TANH, sum(tanh) / 2, *tanh)]
    assert one(predicted("norm", RELU, less_than=TANH), measures).verdict == less
    assert one(predicted("norm", RELU, greater_than=TANH), measures).verdict == more


LEVELS = {"relu": RELU, "tanh": TANH}
SCORES = [Measure("test_loss", RELU, 0.3, 0.29, 0.33), Measure("test_loss", TANH, 0.32, 0.31, 0.34)]


@pytest.mark.parametrize(
    ("verdict", "difference", "less", "more"),
    [
        ("beats", 0.02, SURVIVES, REVERSES),  # second minus first: relu's loss is less
        ("beats", -0.02, REVERSES, SURVIVES),  # of an accuracy, the first is the one that has more
        ("same", 0.02, UNSURE, UNSURE),
        ("budget", 0.02, UNSURE, UNSURE),
        ("did not train", math.inf, SURVIVES, REVERSES),
        ("did not train", -math.inf, REVERSES, SURVIVES),
        ("did not train", 0, UNSURE, UNSURE),  # neither trained
    ],
)
def test_the_pair_decides_where_the_study_compared_by_this_quantity(verdict, difference, less, more):
    """Although the intervals overlap: the pair is tested by its own difference. From either side."""
    compared = Compared("test_loss", [pair("relu", "tanh", verdict, difference=difference)], LEVELS)
    assert one(predicted("test_loss", RELU, less_than=TANH), SCORES, compared).verdict == less
    assert one(predicted("test_loss", RELU, greater_than=TANH), SCORES, compared).verdict == more
    assert one(predicted("test_loss", TANH, greater_than=RELU), SCORES, compared).verdict == less
    assert one(predicted("test_loss", TANH, less_than=RELU), SCORES, compared).verdict == more


def test_the_pair_says_nothing_of_another_quantity():
    compared = Compared("test_accuracy", [pair("relu", "tanh", "beats", difference=0.02)], LEVELS)
    assert one(predicted("test_loss", RELU, less_than=TANH), SCORES, compared).verdict == UNSURE


def test_what_did_not_train_is_said_so_although_there_is_no_measure_of_it():
    compared = Compared("test_loss", [pair("relu", "tanh", "did not train", difference=math.inf)], LEVELS)
    checked = one(predicted("test_loss", TANH, greater_than=RELU), SCORES[:1], compared)
    assert (checked.seen, checked.verdict) == (
        "activation=tanh did not train: no trial reached its end",
        SURVIVES,
    )


def test_what_is_said():
    checked = one(predicted("test_loss", RELU, less_than=TANH), SCORES)
    assert checked.expected == "test loss at activation=relu less than at activation=tanh"
    assert checked.seen == "0.300 [0.290, 0.330], against 0.320 [0.310, 0.340]"
    accuracy = Measure("test_accuracy", {}, 0.9, 0.89, 0.92)
    checked = one(predicted("test_accuracy", between=(0.8, 1)), [accuracy])
    assert (checked.expected, checked.seen) == ("test accuracy between 0.8 and 1", "90.0% [89.0%, 92.0%]")
    assert one(predicted("p", between=(0, 0.05)), [Measure("p", {}, 0.01, 0.01, 0.01)]).seen == "0.01"


@pytest.mark.parametrize(
    ("prediction", "seen"),
    [
        (
            predicted("nothing", RELU, between=(0, 1)),
            "nothing was not measured; what was: test_loss and norm",
        ),
        (
            predicted("test_loss", {"activation": "selu"}, between=(0, 1)),
            "test_loss was not measured of activation=selu, but of activation=relu and activation=tanh",
        ),
        (
            predicted("test_loss", between=(0, 1)),
            "test_loss was not measured of the whole study, but of activation=relu and activation=tanh",
        ),
        (
            predicted("norm", RELU, less_than=TANH),
            "norm was not measured of activation=tanh, but of activation=relu",
        ),
    ],
)
def test_what_was_not_measured_names_the_choices(prediction, seen):
    checked = one(prediction, [*SCORES, Measure("norm", RELU, 1, 1, 1)])
    assert (checked.verdict, checked.seen) == (MISSING, seen)


def test_levels_are_equal_as_numbers():
    measures = [Measure("test_loss", {"width": 64}, 0.3, 0.3, 0.3)]
    assert one(predicted("test_loss", {"width": 64.0}, between=(0, 1)), measures).verdict == SURVIVES
