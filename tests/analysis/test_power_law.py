"""Power laws: exact ones by hand, and how often the interval holds the truth."""

import numpy as np
import pytest

from suite.analysis.power_law import DRAWS, MISSES, fit

SIZES = [100, 400, 1600, 6400]


def alike(means, spread=0.0, n=5):
    return [mean + spread * np.linspace(-1, 1, n) for mean in means]


def test_an_exact_law_by_hand():
    """0.1 + 2 / sqrt(n): 0.3, 0.2, 0.15, 0.125, and 0.1125 at four times the largest."""
    law = fit(SIZES, alike([0.3, 0.2, 0.15, 0.125]))
    assert law.exponent.point == pytest.approx(0.5, rel=0.01)
    assert law.floor.point == pytest.approx(0.1, abs=0.002)
    assert law.at(25_600).point == pytest.approx(0.1125, abs=0.001)
    assert law.at(100).point == pytest.approx(0.3, abs=1e-3)
    assert law.draws.shape == (1 + DRAWS, 3)


def test_a_law_without_a_floor_has_one_of_zero():
    """8 / n^0.75 falls by 2^1.5 with every fourfold; nothing less than 0 is fitted."""
    law = fit(SIZES, alike([8 * n**-0.75 for n in SIZES]))
    assert law.exponent.point == pytest.approx(0.75, rel=0.01)
    assert law.floor.point == pytest.approx(0, abs=2e-3) and law.floor.low >= 0


def test_a_flat_curve_has_no_slope():
    law = fit(SIZES, alike([0.3] * 4, 0.01))
    assert law.at(100).point == pytest.approx(law.at(10**6).point, abs=0.01)
    rising = fit(SIZES, alike([0.3, 0.31, 0.32, 0.33]))
    assert rising.at(100).point == rising.at(10**6).point  # it does not rise


def test_the_unit_of_the_examples_changes_nothing():
    rng = np.random.default_rng(0)
    losses = [0.1 + 2 / n**0.5 + rng.normal(0, 0.004, 6) for n in SIZES]
    one, thousand = fit(SIZES, losses), fit([1000 * n for n in SIZES], losses)
    assert one.exponent == pytest.approx(thousand.exponent)
    assert one.at(25_600) == pytest.approx(thousand.at(25_600_000))


def test_a_law_that_misses_the_means_is_less_sure():
    """Replicates that hardly vary, around means that no power law goes through."""
    sizes = [100 * 2**power for power in range(12)]
    exact = [0.1 + 2 / n**0.5 for n in sizes]
    missed = [mean * (1.1 if at % 2 else 0.9) for at, mean in enumerate(exact)]
    widths = [fit(sizes, alike(means, 0.001)).at(sizes[-1]) for means in (exact, missed)]
    assert widths[1].high - widths[1].low > 3 * (widths[0].high - widths[0].low)


def test_four_sizes_leave_it_open_whether_there_is_a_floor():
    """A law with a floor of 0.1 goes through them exactly; one without fits worse, and foretells less."""
    four = fit(SIZES, alike([0.3, 0.2, 0.15, 0.125], 0.001))
    assert four.floor.low == 0 and four.floor.point == pytest.approx(0.1, abs=0.002)
    assert four.at(25_600).low < 0.1 < 0.1125 < four.at(25_600).high
    sizes = [100 * 2**power for power in range(12)]
    many = fit(sizes, alike([0.1 + 2 / n**0.5 for n in sizes], 0.001))
    assert many.floor.low == pytest.approx(0.1, abs=0.005)


def test_what_is_foretold_is_less_sure_the_further_it_is():
    """Replicates that hardly vary, on a law: one to eight times the largest size is no doubling to three."""
    sizes = [100 * 2**power for power in range(12)]
    law = fit(sizes, alike([0.1 + 2 / n**0.5 for n in sizes], 1e-5))
    widths = [law.at(times * sizes[-1]).high - law.at(times * sizes[-1]).low for times in (1, 2, 8)]
    last = law.at(sizes[-1]).point
    each = 2 * 1.96 * MISSES * last  # of a normal error, 95%
    assert widths == pytest.approx([0, each, 3 * each], rel=0.1, abs=0.1 * each)
    gain = law.gain(sizes[-1], 2 * sizes[-1])
    assert gain.high - gain.low < 0.1 * each  # what the law itself says


def test_losses_of_nothing_stay_nothing():
    law = fit([100, 200, 400, 800], [np.zeros(4)] * 4)
    assert law.at(1600) == (0, 0, 0) and law.gain(800, 3200) == (0, 0, 0)


def test_the_interval_holds_the_truth():
    """Of 60 learning curves of six sizes and eight replicates, about 95% at twice the largest size; the bound
    is three standard errors below 90%, which is what resampling so few replicates gives."""
    rng, sizes = np.random.default_rng(1), [100, 200, 400, 800, 1600, 3200]
    held = 0

    def truth(n):
        return 0.1 + 2 / n**0.5

    for _ in range(60):
        law = fit(sizes, [truth(n) + rng.normal(0, 0.005, 8) for n in sizes])
        held += law.at(6400).low <= truth(6400) <= law.at(6400).high
    assert held / 60 > 0.9 - 3 * np.sqrt(0.9 * 0.1 / 60)


@pytest.mark.parametrize(
    ("sizes", "losses", "message"),
    [
        ([1, 2, 3], alike([1] * 3), r"`sizes` must be 4 or more positive numbers. Received: \[1, 2, 3\]"),
        ([0, 1, 2, 3], alike([1] * 4), "positive"),
        (SIZES, alike([1] * 3 + [np.nan]), "`losses` must be two or more finite numbers"),
        (SIZES, alike([1] * 4, n=1), "two or more"),
    ],
)
def test_what_cannot_be_fitted(sizes, losses, message):
    with pytest.raises(ValueError, match=message):
        fit(sizes, losses)
