"""The pinball loss: by hand, as scikit-learn has it, and least at the quantile."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_pinball_loss

from suite.data.pinball import pinball_loss


def test_too_low_costs_the_quantile_and_too_high_the_rest():
    found = pinball_loss(np.array([1.0, 1.0]), np.array([[0.0, 0.0], [3.0, 3.0]]), (0.1, 0.9))
    assert np.allclose(found, [[0.1, 0.9], [0.9 * 2, 0.1 * 2]])


@given(
    y=st.lists(st.floats(-100, 100), min_size=1, max_size=30), quantile=st.floats(0.01, 0.99),
    other=st.floats(-100, 100),
)  # fmt: skip
def test_nothing_costs_less_than_the_quantile(y, quantile, other):
    values = np.array(y)
    best, else_ = (
        pinball_loss(values, np.array([guess]), (quantile,)).mean()
        for guess in (np.quantile(values, quantile, method="inverted_cdf"), other)
    )
    assert best <= else_ + 1e-9
    assert else_ == pytest.approx(mean_pinball_loss(values, np.full(len(y), other), alpha=quantile), abs=1e-9)
