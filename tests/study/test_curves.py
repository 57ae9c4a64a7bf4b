"""Levels of a learning curve and of a validation curve: a study of their own, declared like any other."""

import re

import pytest

from suite.study.compare import comparison
from suite.study.config import Config
from suite.study.curves import fixed, learning_curve, validation_curve


def test_each_size_has_half_of_the_next_and_holds_a_batch():
    config = Config(dataset="iris", batch_size=20)
    assert learning_curve(160, config, 3) == "train_size=20,40,80,160"
    assert learning_curve(100_000, config, 10) == "train_size=3125,6250,12500,25000,50000,100000"
    assert learning_curve(160, config, 20) == "train_size=40,80,160"  # two of each class
    with pytest.raises(ValueError, match=r"three sizes or more.*Received: 60 examples, batch_size=20"):
        learning_curve(60, config, 3)


def test_a_learning_curve_is_a_study():
    _, study = comparison(["train_size=40,80,160"], {"dataset": "iris", "batch_size": "16"})
    assert study.shape == "curve"
    assert study.question == "How does the loss fall with the number of training examples of iris?"


@pytest.mark.parametrize(
    ("what", "value", "levels"),
    [
        ("width=2,4,8", 128, "width=2,4,8"),
        ("width", 64, "width=16,32,64,128,256"),
        ("depth", 1, "depth=1,2,4"),  # whole numbers from 1 on
        ("dropout", 0.0, "dropout=0,0.1,0.2,0.35,0.5"),
        ("l2", 0.0, "l2=0,1e-05,0.0001,0.001,0.01"),
        ("learning_rate", 0.001, "learning_rate=0.00025,0.0005,0.001,0.002,0.004"),
    ],
)
def test_levels_lie_around_what_the_configuration_has(what, value, levels):
    assert validation_curve(what, value) == levels


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match=re.escape("Received: 'optimizer', which is 'adam'.")):
        validation_curve("optimizer", "adam")


def test_what_is_held_still_is_what_a_comparison_holds_still():
    for settings in ({}, {"dataset": "mnist"}, {"dataset": "wine", "epochs": "3"}):
        _, study = comparison(["dropout=0,0.1,0.2"], settings)
        expected = study.fixed
        found = fixed(settings)
        for name in ("dataset", "train_size", "validation_size", "batch_size"):
            assert getattr(found, name) == getattr(expected, name)
