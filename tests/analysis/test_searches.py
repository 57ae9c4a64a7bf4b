"""Repeated searches: hand-worked cases, coverage, and the rate of claims where nothing differs."""

import numpy as np
import pytest
from scipy import stats

from suite.analysis.searches import benjamini_hochberg, difference, repeated, searches_needed


def test_hand_worked_shrinkage():
    """Variances 1 and 4 with 2 degrees each: 2.5 in common; shrunk (2 * 2.5 + 2 * 1) / 4 = 1.75 and 3.25."""
    first, second = repeated([np.array([1.0, 2.0, 3.0]), np.array([3.0, 5.0, 7.0])])
    assert (first.mean, first.variance, first.degrees) == (2.0, pytest.approx(1.75 / 3), 4.0)
    assert (second.mean, second.variance) == (5.0, pytest.approx(3.25 / 3))
    low, high = first.estimate(0.95)[1:]
    assert high - 2 == pytest.approx(stats.t.ppf(0.975, 4) * (1.75 / 3) ** 0.5) == pytest.approx(2 - low)
    found = difference(first, second, 0.95, 4.0)
    assert found.estimate.point == 3.0
    assert found.probability == pytest.approx(stats.norm.cdf(1.5))
    assert found.p_value == pytest.approx(
        2 * stats.t.sf(3 / (5 / 3) ** 0.5, (5 / 3) ** 2 / ((1.75 / 3) ** 2 + (3.25 / 3) ** 2) * 4)
    )


def test_a_single_level_is_not_shrunk():
    (only,) = repeated([np.array([1.0, 2.0, 3.0])])
    assert (only.variance, only.degrees) == (pytest.approx(1 / 3), 2.0)


def test_one_search_is_refused():
    with pytest.raises(ValueError, match=r"two or more searches a level. Received: 1\."):
        repeated([np.array([1.0])])


def test_levels_that_diverged_are_behind_all_others_and_equal_to_each_other():
    fine, lost, gone = repeated([np.array([1.0, 2.0]), np.array([1.0, np.inf]), np.array([np.inf, np.inf])])
    assert difference(fine, lost, 0.95, 1.0).estimate.point == np.inf
    assert difference(fine, lost, 0.95, 1.0).p_value == 0.0
    assert difference(lost, fine, 0.95, 1.0).probability == 0.0
    assert difference(lost, gone, 0.95, 1.0)[1:] == (1.0, 0.5)
    assert fine.variance == pytest.approx(0.25)  # the lost ones take no part in the common variance


def test_equal_results_differ_by_nothing():
    first, second = repeated([np.array([1.0, 1.0]), np.array([1.0, 1.0])])
    assert difference(first, second, 0.95, 0.0) == ((0.0, 0.0, 0.0), 1.0, 0.5)


def test_adjusted_p_values_by_hand():
    """Of 4: 0.01 * 4 / 1, 0.02 * 4 / 2, 0.03 * 4 / 3, 0.5 * 4 / 4; no later one below an earlier."""
    assert benjamini_hochberg([0.5, 0.01, 0.03, 0.02]).tolist() == pytest.approx([0.5, 0.04, 0.04, 0.04])
    assert benjamini_hochberg([]).size == 0


SEEDS = np.array([0.0070, 0.0069, 0.0051, 0.0072, 0.0049, 0.0061, 0.0060, 0.0031])
BETWEEN = np.array([0.0022, 0.0, 0.0030, 0.0, 0.0046, 0.0047, 0.0081, 0.0019])
"""Standard deviations of eight optimizers' test loss over seeds and between searches, from six runs of the
study."""


def draw(rng: np.random.Generator, means: np.ndarray, searches: int = 3, seeds: int = 4) -> np.ndarray:
    """[8, searches] means of searches."""
    between = BETWEEN[:, None] * rng.normal(size=(8, searches))
    return means[:, None] + between + SEEDS[:, None] / seeds**0.5 * rng.normal(size=(8, searches))


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng, held = np.random.default_rng(0), []
    for _ in range(600):
        for level in repeated(list(draw(rng, np.zeros(8)))):
            _, low, high = level.estimate(0.95)
            held.append(low <= 0 <= high)
    assert 0.95 <= np.mean(held) <= 0.99


def test_where_nothing_differs_few_families_have_a_claim():
    rng, claims = np.random.default_rng(1), 0
    for _ in range(300):
        levels = repeated(list(draw(rng, np.zeros(8))))
        p_values = [
            difference(a, b, 0.95, 1.0).p_value for i, a in enumerate(levels) for b in levels[i + 1 :]
        ]
        claims += min(benjamini_hochberg(p_values)) <= 0.05
    assert claims / 300 <= 0.05 + 2 * (0.05 * 0.95 / 300) ** 0.5


def test_more_searches_are_needed_for_smaller_differences():
    first, second = repeated([np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])])
    needed = [searches_needed(size, first, second, 0.95) for size in (4.0, 2.0, 1.0, 0.5)]
    assert needed == sorted(needed) and needed[0] < needed[-1]
    assert needed[2] == 17  # two groups of variance 1, 80% power (Cohen 1988, table 2.4.1)


def test_no_spread_needs_no_more_than_two_searches():
    first, second = repeated([np.array([1.0, 1.0]), np.array([2.0, 2.0])])
    assert searches_needed(0.1, first, second, 0.95) == 2
