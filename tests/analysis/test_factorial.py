"""Effects and interaction of two factors: by hand, by their definitions, and their error rates."""

import numpy as np
import pytest
from scipy import stats

from suite.analysis.factorial import effects, effects_of_searches
from suite.analysis.searches import Repeated, repeated


def cells(means, n=5, width=0.1):
    """[rows][columns] replicates evenly around each mean."""
    return [[mean + width * np.linspace(-1, 1, n) for mean in row] for row in means]


def test_relative_effects_and_shares_by_hand():
    """Four cells that nowhere overlap, in the order 0 < 1 < 2 < 3: relative effects 1/8, 3/8, 5/8, 7/8.

    Rows explain (1/4)^2 of each, columns (1/8)^2, and nothing is left: shares of 4/5 and 1/5.
    """
    rows, columns, interaction = effects(cells([[0, 1], [2, 3]]))
    assert [rows.share, columns.share, interaction.share] == pytest.approx([0.8, 0.2, 0], abs=1e-12)
    assert rows.p_value < columns.p_value < 1e-3 and interaction.p_value > 0.99


def test_crossed_cells_are_mostly_interaction():
    """Relative effects 1/8, 5/8 over 7/8, 3/8: rows differ by 1/4, columns do not, and the diagonals
    by 1/2."""
    rows, columns, interaction = effects(cells([[0, 2], [3, 1]]))
    assert [rows.share, columns.share, interaction.share] == pytest.approx([0.2, 0, 0.8], abs=1e-12)
    assert columns.p_value > 0.99 and interaction.p_value < 1e-6


def test_with_two_levels_each_it_is_welch_s_test_on_ranks():
    """A contrast of four means with variances of their own: F = (c m)^2 / sum(s^2 / n), Satterthwaite's
    degrees of freedom."""
    rng = np.random.default_rng(0)
    made = [[rng.normal(0.3, 1, 6), rng.normal(0, 3, 5)], [rng.normal(1, 0.5, 7), rng.normal(0.2, 1, 6)]]
    flat = [cell for row in made for cell in row]
    sizes = np.array([len(cell) for cell in flat])
    ranks = np.split(stats.rankdata(np.concatenate(flat)), np.cumsum(sizes)[:-1])
    means, variances = (np.array([f(rank) for rank in ranks]) for f in (np.mean, lambda x: x.var(ddof=1)))
    for effect, contrast in zip(effects(made), ([1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]), strict=True):
        spread = variances / sizes
        statistic = (means @ contrast) ** 2 / spread.sum()
        freedom = spread.sum() ** 2 / (spread**2 / (sizes - 1)).sum()
        assert effect.statistic == pytest.approx(statistic)
        assert effect.p_value == pytest.approx(2 * stats.t.sf(np.sqrt(statistic), freedom))


def test_what_diverged_is_no_more_than_the_worst():
    """Infinity ranks as any number that is larger than all others."""
    made = cells([[0, 1], [2, 3]])
    made[1][1] = np.array([np.inf] * 5)
    worst = cells([[0, 1], [2, 3]])
    worst[1][1] = np.full(5, 1e6)
    with np.errstate(all="raise"):
        assert effects(made) == effects(worst)


def test_cells_that_are_tied_throughout():
    same = [[np.ones(4), np.ones(4)], [np.ones(4), np.ones(4)]]
    assert [effect.p_value for effect in effects(same)] == [1, 1, 1]
    assert [effect.share for effect in effects(same)] == [0, 0, 0]
    apart = [[np.ones(4), np.ones(4)], [np.full(4, 2.0), np.full(4, 2.0)]]
    assert [effect.p_value for effect in effects(apart)] == [0, 1, 1]


def test_no_effect_is_named_at_the_nominal_rate_whatever_the_cells_spreads():
    """Of 400 grids of 4 x 3 cells without any difference and spreads that differ by 30; the bound adds three
    standard errors, and the approximation's own excess for five replicates (7% where 5% are nominal)."""
    rng = np.random.default_rng(1)
    spreads = np.geomspace(0.1, 3, 12).reshape(4, 3)
    wrong = np.zeros(3)
    for _ in range(400):
        made = [[spread * rng.normal(size=5) for spread in row] for row in spreads]
        wrong += [effect.p_value < 0.05 for effect in effects(made)]
    assert (wrong > 0).all() and (wrong / 400 < 0.07 + 3 * np.sqrt(0.07 * 0.93 / 400)).all()


def test_an_interaction_is_found_beside_strong_main_effects():
    rng = np.random.default_rng(2)
    means = np.add.outer([0, 0.3, 0.6], [0, 1.0])
    means[2, 1] -= 0.9
    found = sum(
        effects([[rng.normal(mean, 0.1, 8) for mean in row] for row in means])[2].p_value < 0.05
        for _ in range(50)
    )
    assert found == 50


def test_effects_of_searches_by_hand():
    """Means 0 and 1 over 1 and 6, each with a variance of 1 and 4 degrees of freedom: the contrast of the
    interaction is (0 - 1 - 1 + 6) / 2 = 2 with a variance of 1, so F(1, 16) = 4."""
    made = [[Repeated(mean, 1.0, 4.0, 3) for mean in row] for row in ((0.0, 1.0), (1.0, 6.0))]
    *_, interaction = effects_of_searches(made)
    assert interaction.statistic == pytest.approx(4)
    assert interaction.p_value == pytest.approx(stats.f.sf(4, 1, 8))


def test_effects_of_three_searches_are_told_at_most_at_the_nominal_rate_and_large_ones_found():
    rng = np.random.default_rng(0)
    wrong, found = [], 0
    for _ in range(300):
        spread = rng.uniform(0.5, 2, (3, 2))
        costs = [rng.normal(0, s, 3) for s in spread.ravel()]
        wrong += [effect.p_value < 0.05 for effect in effects_of_searches(_cells(costs))]
        costs[5] = costs[5] + 8
        found += effects_of_searches(_cells(costs))[2].p_value < 0.05
    assert np.mean(wrong) < 0.07
    assert found > 270


def _cells(costs):
    """[3][2] of six levels."""
    made = repeated(costs)
    return [made[0:2], made[2:4], made[4:6]]
