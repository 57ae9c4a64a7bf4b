"""Curvatures of inputs that are known in closed form."""

import numpy as np
import pytest

from suite import Config
from suite.probes.inputs import curvatures, find, measure


def test_curvatures_by_hand():
    """The mean of x x' of (+-3, 0) and (0, +-1) with a bias is diagonal: 9/2, 1/2 and 1."""
    x = np.array([[3, 0], [-3, 0], [0, 1], [0, -1]])
    np.testing.assert_allclose(curvatures(x), [4.5, 1.0, 0.5])
    np.testing.assert_allclose(curvatures(np.column_stack([x, np.zeros(4)])), [4.5, 1.0, 0.5])  # a flat one


def test_standardising_evens_the_curvatures_of_wine():
    scalings = ("none", "min_max", "standardize")
    levels = {scaling: {"input_scaling": scaling} for scaling in scalings}
    base = Config(dataset="wine", depth=0, batch_size=16)
    measured = {name: [measure(base.replace(**levels[name]), (), None)] for name in scalings}
    section, measures = find(measured, levels)
    numbers = {
        each.at["input_scaling"]: each.point
        for each in measures
        if each.quantity == "inputs.condition_number"
    }
    assert numbers["none"] > 1e4 * numbers["min_max"] > 1e4 * numbers["standardize"]
    assert section.blocks[1].rows[0][0] == "none"


def test_tokens_are_refused():
    with pytest.raises(ValueError, match="`inputs` expects inputs that are numbers"):
        measure(Config(dataset="imdb", train_size=64, validation_size=32, batch_size=32), (), None)
