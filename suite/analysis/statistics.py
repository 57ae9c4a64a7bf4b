"""Estimators for few replicates: interquartile mean, bootstrap intervals, rank tests, expected best. NumPy
and SciPy only.

All work on costs: the less the better, infinite for a training that diverged.
"""

from collections.abc import Sequence
from math import comb

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from suite.analysis.estimate import Estimate

RESAMPLES = 10_000
"""Bootstrap resamples: the ends of a 95% interval then move by about 1% of its width from seed to seed."""

EXACT = 50
"""Largest sample whose rank test is exact; beyond it the normal approximation is within 1% of a p-value near
0.05."""

EACH = 128
"""Trials up to which the expected best of every number of trials is computed."""

AT_ONCE = 4_000_000
"""Most resampled costs that are held in memory together: 32 MiB."""


def costs(scores: ArrayLike, *, minimize: bool) -> np.ndarray:
    """`scores` as costs of the same shape: the sign turned unless `minimize`, what is not finite infinite."""
    given = np.asarray(scores, float)
    return np.where(np.isfinite(given), given if minimize else -given, np.inf)


def best_reached(curves: np.ndarray, *, minimize: bool) -> np.ndarray:
    """[n] lowest cost that each of the `curves` [n, t] came to; infinite for one without a finite value."""
    return costs(curves, minimize=minimize).min(axis=1, initial=np.inf)


def interquartile_mean(x: np.ndarray) -> np.ndarray:
    """Mean of the middle half along the last axis (as rliable); infinite where more than a quarter is
    infinite.

    Source: Agarwal et al. 2021 (arXiv:2108.13264).
    """
    return stats.trim_mean(x, 0.25, axis=-1)


def resample(n: int, rng: np.random.Generator, resamples: int = RESAMPLES) -> np.ndarray:
    """[resamples, n] indices drawn with replacement."""
    return rng.integers(0, n, (resamples, n))


def percentiles(draws: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """The two ends of the percentile interval along the first axis, without interpolation: draws may be
    infinite.

    For the interquartile mean the 95% interval covered the truth in 93-95% of 600 simulations at n = 10 and
    20, and in 89-92% at n = 5 (normal, log-normal, t3, exponential and uniform data). BCa covered no more (1%
    less at n = 5) and cannot take infinite values, so the simpler interval stays.
    """
    ordered = np.sort(draws, axis=0)
    cut = (1 - confidence) / 2 * (len(draws) - 1)
    return ordered[int(np.floor(cut))], ordered[len(draws) - 1 - int(np.floor(cut))]


def mean_estimate(x: np.ndarray, confidence: float, rng: np.random.Generator) -> Estimate:
    """Interquartile mean of `x` [n] with its bootstrap interval."""
    low, high = percentiles(interquartile_mean(x[resample(len(x), rng)]), confidence)
    return Estimate(float(interquartile_mean(x)), float(low), float(high))


def share_estimate(count: int, n: int, confidence: float) -> Estimate:
    """Share `count` of `n` with Wilson's interval (1927, doi:10.1080/01621459.1927.10502953), which is no
    point where all or none are counted. Of nothing it is NaN."""
    if not n:
        return Estimate(np.nan, np.nan, np.nan)
    low, high = stats.binomtest(count, n).proportion_ci(confidence, method="wilson")
    return Estimate(count / n, float(low), float(high))


def minus(a: np.ndarray | float, b: np.ndarray | float) -> np.ndarray:
    """a - b, where infinite minus infinite is 0: two that diverged are equally bad."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    return np.subtract(a, b, out=np.zeros(a.shape), where=~(np.isinf(a) & np.isinf(b)))


def improvement(
    first: np.ndarray,
    second: np.ndarray,
    first_drawn: np.ndarray,
    second_drawn: np.ndarray,
    confidence: float,
) -> Estimate:
    """Probability that one of `first` [n] costs less than one of `second` [m], ties half, with its bootstrap
    interval.

    The interval is [1, 1] where every one of `first` is better: no resample can show otherwise.

    Args:
        first_drawn, second_drawn: [resamples, n] and [resamples, m] indices of independent resamples.

    Source: Agarwal et al. 2021 (arXiv:2108.13264), section 4.3.
    """
    wins = (first[:, None] < second) + 0.5 * (first[:, None] == second)
    times_first, times_second = _counts(first_drawn), _counts(second_drawn)
    low, high = percentiles(np.sum(times_first @ wins * times_second, axis=1) / wins.size, confidence)
    return Estimate(float(wins.mean()), float(low), float(high))


def _counts(drawn: np.ndarray) -> np.ndarray:
    """[resamples, n] how often each of n was drawn."""
    resamples, n = drawn.shape
    flat = drawn + n * np.arange(resamples)[:, None]
    return np.bincount(flat.ravel(), minlength=resamples * n).reshape(resamples, n).astype(float)


def mann_whitney(first: np.ndarray, second: np.ndarray) -> float:
    """Two-sided p-value that both samples come from one distribution: exact unless there are ties or more
    than EXACT."""
    both = np.concatenate([first, second])
    distinct = len(np.unique(both))
    if distinct == 1:
        return 1.0
    exact = distinct == len(both) and max(len(first), len(second)) <= EXACT
    return float(stats.mannwhitneyu(first, second, method="exact" if exact else "asymptotic").pvalue)


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Adjusted p-values: all that are at most alpha hold together with probability 1 - alpha (Holm 1979)."""
    p = np.asarray(p_values, float)
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted


def replicates_needed(pairs: int, confidence: float) -> int:
    """Fewest replicates with which two values that do not overlap at all are told apart among so many
    pairs."""
    n = 2
    while pairs * 2 / comb(2 * n, n) > 1 - confidence:
        n += 1
    return n


def best_of(draws: int, n: int) -> np.ndarray:
    """[n] probability that the best of `draws`, with replacement from n, is the 1st, 2nd, ... of them in
    order."""
    at_least = (np.arange(n, -1, -1) / n) ** draws
    return at_least[:-1] - at_least[1:]


def computed_draws(most: int) -> np.ndarray:
    """Returns the numbers of draws, up to `most`, for which `expected_best` computes; ascending."""
    return np.union1d(np.arange(1, min(most, EACH) + 1), np.geomspace(1, most, EACH).round().astype(int))


def expected_best(
    x: np.ndarray, confidence: float, rng: np.random.Generator, *, draws: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the lowest of 1, 2, ..., `draws` draws from finite costs to expect, and its interval: three
    arrays.

    Beyond EACH draws they are computed for so many numbers of draws, each the same factor more than the one
    before, and lie on straight lines in between.

    Args:
        x: [n] finite costs of trials.
        confidence: of the interval, which resamples the trials.
        rng: of the resamples.
        draws: trials of one search; None: n.

    Source: Dodge et al. 2019 (arXiv:1909.03004), equation 4.
    """
    n, every = len(x), np.arange(1, (draws or len(x)) + 1)
    computed = computed_draws(len(every))
    weights = np.stack([best_of(count, n) for count in computed], axis=1)
    blocks = np.array_split(np.arange(RESAMPLES), -(-RESAMPLES * n // AT_ONCE))
    drawn = [np.sort(x[resample(n, rng, len(block))], axis=1) @ weights for block in blocks]
    ends = percentiles(np.concatenate(drawn), confidence)
    expected, low, high = (np.interp(every, computed, curve) for curve in (np.sort(x) @ weights, *ends))
    return expected, low, high


def reversal(first: np.ndarray, second: np.ndarray) -> float:
    """Probability that `second`'s best is no worse than `first`'s when both searches are redrawn from their
    own trials.

    As many draws, with replacement, as there were trials. Computed exactly from the distribution of the best.
    """
    first, second = np.sort(first), np.sort(second)
    no_worse = np.cumsum(best_of(len(second), len(second)))
    count = np.searchsorted(second, first, side="right")
    return float(best_of(len(first), len(first)) @ np.concatenate([[0.0], no_worse])[count])


def padded(curves: Sequence[np.ndarray]) -> np.ndarray:
    """[n, t] Gives curves with NaN after their ends."""
    length = max(map(len, curves), default=0)
    rows = [np.pad(curve, (0, length - len(curve)), constant_values=np.nan) for curve in curves]
    return np.array(rows).reshape(len(curves), length)
