"""Estimators against hand-worked values, enumeration and simulation."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from suite.analysis import statistics
from suite.analysis.statistics import (
    Estimate,
    best_of,
    best_reached,
    costs,
    expected_best,
    holm,
    improvement,
    interquartile_mean,
    mann_whitney,
    mean_estimate,
    minus,
    percentiles,
    replicates_needed,
    resample,
    reversal,
)

INF = np.inf
finite = st.floats(-100, 100, width=32)
samples = st.lists(finite, min_size=2, max_size=12).map(np.array)


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("x", "mean"),
    [
        (range(8), 3.5),  # 2, 3, 4, 5 remain
        ([0, 0, 10, 11, 12, 13, 1000, 1000], 11.5),
        ([7, 1, 100], 36.0),  # 0.75 of an element is cut to none: the plain mean
        ([1, 2, 3, 100], 2.5),
        ([1, 2, 3, INF], 2.5),  # one of four diverged: a quarter
        ([*range(8), INF, INF], 4.5),  # two of ten: 2 ... 7 remain
        ([*range(7), INF, INF, INF], INF),
        ([INF, INF], INF),
    ],
)
def test_interquartile_mean(x, mean):
    assert interquartile_mean(np.array(x, float)) == mean


def test_costs_make_less_better_and_divergence_the_worst():
    assert costs([1, np.nan, -INF], minimize=True).tolist() == [1, INF, INF]
    assert costs([0.9, np.nan, INF], minimize=False).tolist() == [-0.9, INF, INF]


def test_best_reached_ignores_what_is_missing():
    curves = np.array([[3, 1, 2], [5, np.nan, np.nan], [np.nan] * 3])
    assert best_reached(curves, minimize=True).tolist() == [1, 5, INF]
    assert best_reached(curves, minimize=False).tolist() == [-3, -5, INF]
    assert best_reached(np.empty((2, 0)), minimize=True).tolist() == [INF, INF]


@pytest.mark.parametrize(("a", "b", "difference"), [(3, 1, 2), (INF, 1, INF), (1, INF, -INF), (INF, INF, 0)])
def test_two_that_diverged_are_equally_bad(a, b, difference):
    assert minus(a, b) == difference


def test_percentiles_of_known_draws():
    assert percentiles(np.arange(1001.0), 0.95) == (25, 975)
    assert percentiles(np.array([INF, 1, 2, 3, INF] * 100), 0.95) == (1, INF)


@pytest.mark.parametrize(("n", "least"), [(5, 0.85), (10, 0.91), (20, 0.92)])
def test_coverage_of_the_interval(n, least, monkeypatch):
    """800 normal samples: the share that covers the true 0 has standard error 0.8%; too long is as wrong as
    too short."""
    monkeypatch.setattr(statistics, "RESAMPLES", 1000)
    draws = rng(n)
    covered = 0
    for x in draws.normal(size=(800, n)):
        low, high = percentiles(interquartile_mean(x[resample(n, draws)]), 0.95)
        covered += low <= 0 <= high
    assert least < covered / 800 < 0.97


@given(samples, st.floats(0.1, 10), finite)
def test_the_interval_scales_and_shifts_with_the_data(x, factor, shift):
    a, b = mean_estimate(x, 0.9, rng()), mean_estimate(factor * x + shift, 0.9, rng())
    assert b == pytest.approx([factor * value + shift for value in a], rel=1e-6, abs=1e-4)
    assert a.low <= a.point + 1e-9
    assert a.point <= a.high + 1e-9


@pytest.mark.parametrize(
    ("first", "second", "probability"),
    [
        ([1, 2], [3, 4], 1),
        ([3, 4], [1, 2], 0),
        ([1, 3], [2, 4], 3 / 4),
        ([1, 2], [2, 3], 3.5 / 4),
        ([1, 1], [1, 1], 1 / 2),
        ([1, INF], [2, INF], (1 + 1 + 0 + 0.5) / 4),
    ],
)
def test_probability_of_improvement(first, second, probability):
    first, second = np.array(first, float), np.array(second, float)
    drawn = resample(2, rng(1)), resample(2, rng(2))
    estimate = improvement(first, second, *drawn, 0.95)
    assert estimate.point == probability
    assert 0 <= estimate.low <= probability <= estimate.high <= 1


def test_the_interval_of_improvement_is_that_of_resampling_by_hand():
    first, second, drawn = (
        rng(1).normal(size=6),
        rng(2).normal(size=4),
        (resample(6, rng(3)), resample(4, rng(4))),
    )
    each = [np.mean(first[i][:, None] < second[j]) for i, j in zip(*drawn, strict=True)]
    estimate = improvement(first, second, *drawn, 0.9)
    assert estimate[1:] == pytest.approx(percentiles(np.array(each), 0.9))


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [
        (range(5), range(5, 10), 2 / 252),
        (range(10), range(10, 20), 2 / 184756),
        ([1, 2], [3, 4], 2 / 6),
        ([1, 4], [2, 3], 1),
        ([1, 1, 1], [1, 1, 1], 1),
        ([INF, INF], [INF, INF], 1),
    ],
)
def test_mann_whitney(first, second, p):
    assert mann_whitney(np.array(first, float), np.array(second, float)) == pytest.approx(p)


def test_mann_whitney_with_ties_and_divergence():
    from scipy.stats import norm

    first, second = np.array([1, 2, 3, 4.0]), np.array([5, 6, INF, INF])
    ties = (2**3 - 2) / (8 * 7)
    z = (16 - 8 - 0.5) / np.sqrt(
        4 * 4 / 12 * (9 - ties)
    )  # U = 16, mean 8, continuity correction, one pair tied
    assert mann_whitney(first, second) == pytest.approx(2 * norm.sf(z))


@pytest.mark.parametrize(
    ("p", "adjusted"),
    [
        ([], []),
        ([0.02], [0.02]),
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.5, 0.6, 0.01], [1, 1, 0.03]),
    ],
)
def test_holm_by_hand(p, adjusted):
    assert holm(p) == pytest.approx(adjusted)


@given(arrays(float, st.integers(1, 8), elements=st.floats(0, 1)))
def test_holm_keeps_the_order_and_lies_between_none_and_bonferroni(p):
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(len(p) * p, 1) + 1e-12).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()


@pytest.mark.parametrize(("pairs", "n"), [(1, 4), (2, 5), (6, 5), (7, 6), (28, 7), (85, 7), (86, 8)])
def test_replicates_needed(pairs, n):
    """The smallest p-value, 2 / C(2n, n), is 1/35, 1/126, 1/462, 1/1716, 1/6435 for n = 4 ... 8; 20 times the
    pairs fit."""
    assert replicates_needed(pairs, 0.95) == n


def enumerated(x, draws):
    """Mean of the lowest over every way to draw, as a fraction."""
    ways = list(itertools.product(x, repeat=draws))
    return Fraction(sum(min(way) for way in ways), len(ways))


@pytest.mark.parametrize("x", [(1, 2, 3), (5, 1, 1, 8), (4, 4), (9,), (7, 3, 10, 2, 5)])
def test_expected_best_equals_enumeration(x):
    expected, low, high = expected_best(np.array(x, float), 0.95, rng())
    assert expected == pytest.approx([float(enumerated(x, draws)) for draws in range(1, len(x) + 1)])
    assert (low <= high).all()


def test_best_of_is_a_distribution():
    assert best_of(1, 4) == pytest.approx([0.25] * 4)
    assert best_of(2, 3) == pytest.approx([5 / 9, 3 / 9, 1 / 9])
    assert best_of(20, 20).sum() == pytest.approx(1)


def test_expected_best_of_many_trials_lies_on_lines_between_exact_ones():
    x = rng().lognormal(size=1000)
    expected, low, high = expected_best(x, 0.95, rng())
    exact = np.array([np.sort(x) @ best_of(draws, 1000) for draws in range(1, 1001)])
    assert expected[:128] == pytest.approx(exact[:128], rel=1e-12)
    assert expected[-1] == pytest.approx(exact[-1], rel=1e-12)
    assert np.abs(expected - exact)[128:].max() < 0.01 * (high - low)[128:].min()


@given(samples)
def test_expected_best_starts_at_the_mean_falls_and_stays_above_the_lowest(x):
    expected, low, high = expected_best(x, 0.95, rng())
    assert expected[0] == pytest.approx(x.mean(), abs=1e-5)
    for curve in (expected, low, high):
        assert (np.diff(curve) <= 1e-9).all()
        assert (curve >= x.min() - 1e-9).all()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((1, 2, 3), (4, 5, 6)),
        ((4, 5, 6), (1, 2, 3)),
        ((1, 4, 6), (2, 3, 5)),
        ((1, 2), (1, 3)),
        ((INF, 1), (2, INF)),
    ],
)
def test_reversal_equals_enumeration(first, second):
    ways = itertools.product(*[itertools.product(x, repeat=len(x)) for x in (first, second)])
    turned = [min(b) <= min(a) for a, b in ways]
    assert reversal(np.array(first, float), np.array(second, float)) == pytest.approx(np.mean(turned))


@pytest.mark.parametrize("n", [2, 3, 5, 10, 20, 60])
def test_reversal_separates_a_win_by_one_trial_from_one_by_two(n):
    """The bounds that comparison.REVERSAL is justified by."""
    from suite.analysis.comparison import REVERSAL

    rest = np.arange(10.0, 10 + n)
    by_one, by_two = rest.copy(), rest.copy()
    by_one[0], by_two[:2] = 0, (0, 1)
    second = rest - 5  # its best, 5, lies between
    assert reversal(by_one, np.append(second[:1], rest[1:] + n)) > REVERSAL
    assert reversal(by_two, second) < REVERSAL


@given(samples, samples)
def test_reversal_both_ways_adds_to_one_and_a_tie(first, second):
    assume(not set(first) & set(second))
    assert reversal(first, second) + reversal(second, first) == pytest.approx(1)


@pytest.mark.parametrize(
    ("estimate", "percent", "text"),
    [
        (Estimate(0.33123, 0.32912, 0.33345), False, "0.331 [0.329, 0.333]"),
        (Estimate(0.33123, 0.33012, 0.33245), False, "0.3312 [0.3301, 0.3325]"),
        (Estimate(12.345, 12.1, 13), False, "12.3 [12.1, 13.0]"),
        (Estimate(1234.5, 1200, 1300), False, "1234 [1200, 1300]"),
        (Estimate(0.8831, 0.8809, 0.8862), True, "88.3% [88.1%, 88.6%]"),
        (Estimate(0.88312, 0.88252, 0.88421), True, "88.31% [88.25%, 88.42%]"),
        (Estimate(0.331, 0.32, INF), False, "0.331 [0.320, ∞]"),
        (Estimate(0.00801, -0.0361, 0.0702), False, "0.0080 [-0.0361, 0.0702]"),
        (Estimate(0.1, 0.0003, 0.3), False, "0.1 [0.0003, 0.3]"),
        (Estimate(0.1, 1e-9, 0.3), False, "0.100 [0.000, 0.300]"),
        (Estimate(1234.5, 0.1, 1300), False, "1234 [0, 1300]"),
        (Estimate(INF, INF, INF), False, "∞ [∞, ∞]"),
        (Estimate(0.0, 0.0, 0.0), False, "0.0000 [0.0000, 0.0000]"),
    ],
)
def test_estimates_as_text(estimate, percent, text):
    assert estimate.text(percent=percent) == text


def test_an_estimate_turns_its_ends_with_its_sign():
    assert Estimate(-0.9, -0.95, -0.8).signed(False) == Estimate(0.9, 0.8, 0.95)
    assert Estimate(0.3, 0.2, 0.4).signed(True) == Estimate(0.3, 0.2, 0.4)
