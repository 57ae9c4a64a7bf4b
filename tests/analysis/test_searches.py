"""Repeated searches: hand-worked cases, coverage, and the rate of claims where nothing differs."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from suite.analysis.comparison import compare
from suite.analysis.records import Comparison, Evidence
from suite.analysis.searches import benjamini_hochberg, difference, repeated, searches_needed


def test_hand_worked_shrinkage():
    """Variances 1 and 4 with 2 degrees each: 2.5 in common; shrunk (2 * 2.5 + 2 * 1) / 4 = 1.75 and 3.25.

    That is 3/4 of the own variance and 1/4 of the other: 2 / (9/16 + 1/16) = 3.2 degrees. The variances of
    both add up to the pooled one, so their difference has 4 degrees, as in Student's test.
    """
    first, second = repeated([np.array([1.0, 2.0, 3.0]), np.array([3.0, 5.0, 7.0])])
    assert (first.mean, first.variance, first.degrees) == (2.0, pytest.approx(1.75 / 3), pytest.approx(3.2))
    assert (second.mean, second.variance) == (5.0, pytest.approx(3.25 / 3))
    low, high = first.estimate(0.95)[1:]
    assert high - 2 == pytest.approx(stats.t.ppf(0.975, 3.2) * (1.75 / 3) ** 0.5) == pytest.approx(2 - low)
    found = difference(first, second, 0.95, 4.0)
    assert found.estimate.point == 3.0
    assert found.probability == pytest.approx(stats.norm.cdf(1.5))
    assert found.p_value == pytest.approx(2 * stats.t.sf(3 / (5 / 3) ** 0.5, 4))


@pytest.mark.parametrize("levels", [2, 3, 8])
def test_two_equal_levels_among_any_number_are_told_apart_at_the_nominal_rate(levels):
    rng, claims = np.random.default_rng(0), 0
    for _ in range(2_000):
        first, second, *_ = repeated(list(rng.normal(size=(levels, 3))))
        claims += difference(first, second, 0.95, 1.0).p_value <= 0.05
    assert abs(claims / 2_000 - 0.05) < 3 * (0.05 * 0.95 / 2_000) ** 0.5


def test_one_wild_level_leaves_the_others_intervals_alone():
    """Variances 1, 1, 1 and 10,000: 1 over the median of chi-square / 2 in common, not 2,500.75."""
    quiet, *_, wild = repeated([*[np.array([1.0, 2.0, 3.0])] * 3, np.array([100.0, 200.0, 300.0])])
    assert quiet.variance == pytest.approx((2 / np.log(2) + 2) / 4 / 3)
    assert wild.variance == pytest.approx((2 / np.log(2) + 20_000) / 4 / 3)


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


# --- the verdict over searches
# -----------------------------------------------------------------------------------


def level(name: str, scores: np.ndarray) -> Evidence:
    """A level of [searches, seeds] scores, each search of eight trials that are as good as its winner or
    worse."""
    searches, seeds = scores.shape
    rates = np.tile(np.geomspace(1e-3, 1e-1, 8), searches)
    objectives = np.repeat(scores.mean(axis=1), 8) + np.tile(np.arange(8.0), searches) / 100
    trials = {
        "number": range(len(rates)),
        "status": "completed",
        "objective": objectives,
        "learning_rate": rates,
    }
    return Evidence(
        level=name,
        trials=pd.DataFrame(trials),
        space={"learning_rate": (1e-3, 1e-1, "log")},
        best_config={"learning_rate": 1e-3},
        scores=scores.ravel(),
        tested={"test_loss": scores.ravel()},
        curves={name: scores.ravel()[:, None] for name in ("val_loss", "train_loss")},
        steps=np.array([10]),
        steps_per_epoch=10,
        searches=np.repeat(np.arange(searches), seeds),
        budget=8,
    )


def verdict(*levels: Evidence) -> Comparison:
    return compare(levels, metric="test_loss", monitor="val_loss", minimize=True)


def test_a_lead_that_the_searches_bear_out():
    first, second = (
        np.add.outer([0.30, 0.31, 0.30], [0, 0.001, 0.002]),
        np.add.outer([0.40, 0.41, 0.42], [0, 0.001, 0.002]),
    )
    found = verdict(level("a", first), level("b", second))
    (pair,) = found.pairs
    assert (pair.first, pair.second, pair.verdict) == ("a", "b", "beats")
    assert found.ranking[0].iqm == pytest.approx(first.mean())
    assert found.ranking[0].searches == 3
    assert pair.difference == pytest.approx(second.mean() - first.mean())
    assert pair.ci_low < pair.difference < pair.ci_high
    assert pair.probability > 0.99 and pair.reversal < 0.01


def test_replicates_that_differ_where_searches_do_not_bear_it_out():
    """One search of `b` was lucky, two were not: each winner's seeds agree, and the level's mean may be
    anything."""
    first, second = (
        np.add.outer([0.30, 0.35, 0.34], np.arange(4) / 1000),
        np.add.outer([0.37, 0.36, 0.42], np.arange(4) / 1000),
    )
    (pair,) = verdict(level("a", first), level("b", second)).pairs
    assert pair.verdict == "budget"
    assert pair.p_value > 0.05 and pair.ci_low < 0 < pair.ci_high
    assert 0.02 < pair.reversal < 0.3
    assert pair.searches_needed > 3


def test_levels_that_are_one():
    scores = np.add.outer([0.30, 0.32, 0.31], np.arange(4) / 100)
    (pair,) = verdict(level("a", scores), level("b", scores)).pairs
    assert (pair.verdict, pair.difference, pair.probability) == ("same", 0.0, 0.5)


def test_one_replicate_of_four_may_diverge():
    """The middle half of a search's four replicates stays finite; two that diverged leave nothing to count
    on."""
    scores = np.add.outer([0.30, 0.32, 0.31], np.arange(4) / 100)
    once, twice = scores.copy(), scores.copy()
    once[0, 0], twice[0, :2] = np.nan, np.nan
    ranking = {item.level: item for item in verdict(level("once", once), level("twice", twice)).ranking}
    assert ranking["once"].iqm == pytest.approx((np.mean([0.32, 0.33]) + 0.335 + 0.325) / 3, abs=0.006)
    assert (ranking["once"].diverged, ranking["twice"].iqm) == (1, np.inf)


def test_the_budget_of_a_search_is_not_that_of_all():
    scores = np.add.outer([0.30, 0.32, 0.31], np.arange(4) / 100)
    assert len(verdict(level("a", scores)).ranking[0].expected_best) == 8
