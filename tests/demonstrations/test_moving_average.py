"""Exponentially weighted averages against closed forms and numbers worked out by hand."""

import numpy as np
import pytest

from suite.analysis.records import Figure
from suite.demonstrations import moving_average
from suite.demonstrations.moving_average import average, demonstrate, measured, steps_of_adam
from suite.report.figures import png


def test_three_steps_by_hand():
    """0.9 and 10, 20, 30: 1, 0.9 + 2, 2.61 + 3."""
    x = np.array([10.0, 20.0, 30.0])
    np.testing.assert_allclose(average(x, 0.9), [1, 2.9, 5.61])
    np.testing.assert_allclose(average(x, 0.9, corrected=True), [10, 2.9 / 0.19, 5.61 / 0.271])


def test_corrected_is_the_weighted_mean_of_what_was_seen():
    x, beta = np.random.default_rng(0).normal(size=12), 0.7
    weights = beta ** np.arange(11, -1, -1)
    assert average(x, beta, corrected=True)[-1] == pytest.approx(np.average(x, weights=weights))


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.99])
def test_closed_forms(beta):
    found = measured(beta, 20, np.random.default_rng(0))
    assert found.bias_error < 1e-12 and found.correction_error < 1e-12
    assert found.lag == pytest.approx(beta / (1 - beta))
    assert found.time_constant == pytest.approx(-1 / np.log(beta), abs=0.1)  # read off between two steps
    assert found.noise.mean() == pytest.approx((1 - beta) / (1 + beta), rel=0.05)


def test_adam_starts_with_a_step_of_one_learning_rate():
    """Without correction: (1 - 0.9) / sqrt(1 - 0.999)."""
    steps = steps_of_adam()
    np.testing.assert_allclose(steps["corrected"], 1, rtol=1e-3)
    assert steps["not corrected"][0] == pytest.approx(0.1 / 0.001**0.5)


def test_what_is_found():
    found = demonstrate(betas="0.8,0.95", steps=30, runs=8)
    at = {(each.quantity, each.at.get("beta")): each for each in found.measures}
    assert at["moving_average.lag_ratio", 0.8].point == pytest.approx(1)
    assert at["moving_average.time_constant_ratio", 0.95].point == pytest.approx(
        -0.05 / np.log(0.95), abs=0.01
    )
    noise = at["moving_average.noise_ratio", 0.95]
    assert noise.low < noise.point < noise.high and noise.point == pytest.approx(1, abs=0.1)
    assert "where the rule says 5 and 20" in found.answer
    assert "by the factor 1 - beta^t exactly" in found.answer
    assert found.warnings == ()
    figures = [found.figure, *(b for s in found.sections for b in s.blocks if isinstance(b, Figure))]
    assert all(png(figure).startswith(b"\x89PNG") for figure in figures)


def test_an_average_that_is_not_the_closed_form_is_said_to_be(monkeypatch):
    def wrong(x, beta, *, corrected=False):
        return average(x, beta, corrected=corrected) + 1e-6

    monkeypatch.setattr(moving_average, "average", wrong)
    found = demonstrate(betas="0.5", steps=10, runs=2)
    assert found.warnings == ("For beta 0.5 the average differs from its closed form by 1.0e-06.",)
    assert "Its bias is not that of the closed form" in found.answer


@pytest.mark.parametrize("betas", ["1.0", "0.5,-0.1", "0"])
def test_a_beta_outside_0_and_1_is_refused(betas):
    with pytest.raises(ValueError, match=r"`betas` must lie between 0 and 1\. Received"):
        demonstrate(betas=betas)
