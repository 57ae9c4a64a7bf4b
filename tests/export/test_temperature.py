"""The temperature of a classifier."""

import numpy as np
import pytest

from suite.export.check import uncalibrated
from suite.export.temperature import COLDEST, fit, log_probabilities


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_logits_that_are_too_large_by_a_factor_are_divided_by_it(factor):
    """Classes drawn by the softmax of logits, which are then multiplied."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (50_000, 4))
    shares = np.exp(log_probabilities(logits))
    y = (shares.cumsum(1) > rng.random((50_000, 1))).argmax(1)
    assert fit(factor * logits, y) == pytest.approx(factor, rel=0.02)


def test_a_model_that_is_always_right_has_a_bound():
    logits = np.eye(3)
    assert fit(logits, np.arange(3)) == pytest.approx(COLDEST, rel=0.01)


def test_a_temperature_can_be_taken_back():
    logits = np.array([[1.0, 2.0, 4.0], [0.0, 0.0, -3.0]])
    warm = np.exp(log_probabilities(logits / 2.5))
    np.testing.assert_allclose(uncalibrated(warm, 2.5), log_probabilities(logits))
