"""What the rules of a range test suggest, of curves whose answer is known."""

import numpy as np
import pytest

from suite.demonstrations.learning_rate_finder import WINDOW, smoothed, suggest

RATES = np.logspace(-5, 1, 61)  # ten a decade


def test_rules_by_hand():
    """A loss that falls along a tanh around 0.01 and rises from 0.1 on: fastest at 0.01, lowest at 0.1."""
    losses = -np.tanh(2 * (np.log10(RATES) + 2)) + np.maximum(np.log10(RATES) + 1, 0)
    found = suggest(RATES, losses)
    assert found["steepest descent"] == pytest.approx(0.01)
    assert found["a tenth of the minimum"] == pytest.approx(0.01, rel=0.3)


def test_what_comes_after_a_divergence_does_not_count():
    losses = np.where(RATES < 0.05, -np.log10(RATES), np.nan)
    assert suggest(RATES, losses)["a tenth of the minimum"] == pytest.approx(RATES[RATES < 0.05][-1] / 10)


def test_a_loss_that_only_rises_suggests_the_first_rate():
    assert suggest(RATES, RATES)["steepest descent"] == RATES[0]


def test_smoothing_averages_what_there_is():
    assert WINDOW == 5
    found = smoothed(np.array([1.0, 2.0, 3.0, 4.0, 10.0, np.nan]))
    np.testing.assert_allclose(found, [2, 2.5, 4, 4.75, 17 / 3, np.nan])
