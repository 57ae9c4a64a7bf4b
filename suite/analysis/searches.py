"""Statistics of repeated searches: what a level reaches when the whole procedure is repeated, luck of the
search included.

A level is tuned by several independent searches, and each search's winner is trained with seeds of its own.
The means of the searches are what varies when the procedure is repeated (Bouthillier et al. 2021,
arXiv:2103.03098), so every interval and test here rests on them. There are few of them, so the variance of
each level is shrunk towards what the levels have in common (Smyth 2004, doi:10.2202/1544-6115.1027). NumPy
and SciPy only; all work on costs: the less the better.
"""

import bisect
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from suite.analysis.statistics import Estimate

PRIOR_DEGREES = 2.0
"""Degrees of freedom that the common variance of the levels counts for.

In 4,000 simulations of the eight optimizers of the study (standard deviations as measured, between searches 0
to 1.35 times that of the seeds) the intervals of 3 searches of 3 seeds each held the true mean in 96% of all
cases and in 90% of the level with the largest spread between searches; with 1 degree that was 97% and 92%, at
intervals longer by an eighth.
"""

POWER = 0.8
"""Probability with which a difference is to be found, for the number of searches that would find it."""

MOST_SEARCHES = 1000
"""Searches a level: where looking for how many are needed ends, and the page says 'or more'."""


class Repeated(NamedTuple):
    """What repeating the procedure of one level gave.

    Attributes:
        mean: of the searches' means; infinite where a search diverged.
        variance: of that mean, shrunk towards the other levels'.
        degrees: of freedom of the variance.
        searches: number of searches.
        of_difference: most degrees of freedom of a difference from another level: what the two have in
            common they cannot both count.
    """

    mean: float
    variance: float
    degrees: float
    searches: int
    of_difference: float = np.inf

    def estimate(self, confidence: float) -> Estimate:
        """The mean with its interval (Student's t)."""
        if not np.isfinite(self.mean):
            return Estimate(np.inf, np.inf, np.inf)
        half = stats.t.ppf((1 + confidence) / 2, self.degrees) * self.variance**0.5
        return Estimate(self.mean, self.mean - half, self.mean + half)


def repeated(means: Sequence[np.ndarray]) -> list[Repeated]:
    """What repeating gave for each level.

    What the levels have in common is the mean of their variances, or their median (each over the median of
    its distribution) where that is less: one level that trains in some searches only must not make the
    intervals of all others long.

    Args:
        means: for each level [searches] mean cost of the replicates of each search; two searches or more.

    Raises:
        ValueError: a level with fewer than two searches.
    """
    for searched in means:
        if len(searched) < 2:
            raise ValueError(f"`means` must hold two or more searches a level. Received: {len(searched)}.")
    finite = [np.asarray(x, float) for x in means if np.isfinite(x).all()]
    variances = [(np.var(x, ddof=1), len(x) - 1) for x in finite]
    common = 0.0
    if finite:
        mean = np.average([v for v, _ in variances], weights=[df for _, df in variances])
        median = np.median([v * df / stats.chi2.median(df) for v, df in variances])
        common = float(min(mean, median))
    prior = PRIOR_DEGREES if len(finite) > 1 else 0.0  # a single level has nothing in common with others
    found = []
    for searched in means:
        count, own = len(searched), len(searched) - 1
        if not np.isfinite(searched).all():
            found.append(Repeated(np.inf, 0.0, float(own), count))
            continue
        shrunk = (prior * common + own * np.var(searched, ddof=1)) / (prior + own)
        degrees, of_difference = _degrees(own, prior, len(finite))
        found.append(Repeated(float(np.mean(searched)), float(shrunk) / count, degrees, count, of_difference))
    return found


def _degrees(own: int, prior: float, levels: int) -> tuple[float, float]:
    """Degrees of freedom of a shrunk variance, and most of a difference of two levels.

    A variance has those that it counts for, or fewer where the levels are so few that what they have in
    common is in good part its own (Satterthwaite's, of equal variances).
    """
    shared = prior / (prior + own) / levels
    itself = own / (prior + own) + shared
    alone = own / (itself**2 + (levels - 1) * shared**2)
    both = 4 * own / (2 * (itself + shared) ** 2 + (levels - 2) * (2 * shared) ** 2)
    return min(prior + own, alone), both


class Difference(NamedTuple):
    """How much more `second` costs than `first`.

    Attributes:
        estimate: the difference and its interval.
        p_value: two-sided, that both cost the same.
        probability: that one run of the procedure with `first` costs less than one with `second`.
    """

    estimate: Estimate
    p_value: float
    probability: float


def difference(first: Repeated, second: Repeated, confidence: float, spread: float) -> Difference:
    """Compares two levels by Welch's t-test on the means of their searches.

    Args:
        first, second: as `repeated` gives them.
        confidence: of the interval.
        spread: variance of a single run of the procedure around the mean of its level, of both levels
            together.
    """
    infinite = np.isinf(first.mean), np.isinf(second.mean)
    if any(infinite):
        gap = 0.0 if all(infinite) else np.inf if infinite[1] else -np.inf
        return Difference(Estimate(gap, gap, gap), float(all(infinite)), 0.5 + 0.5 * float(np.sign(gap)))
    gap, variance = second.mean - first.mean, first.variance + second.variance
    if not variance:
        return Difference(Estimate(gap, gap, gap), float(gap == 0), 0.5 + 0.5 * float(np.sign(gap)))
    degrees = variance**2 / (first.variance**2 / first.degrees + second.variance**2 / second.degrees)
    degrees = min(degrees, first.of_difference, second.of_difference)
    half = stats.t.ppf((1 + confidence) / 2, degrees) * variance**0.5
    p_value = 2 * float(stats.t.sf(abs(gap) / variance**0.5, degrees))
    chance = float(stats.norm.cdf(gap / max(spread, variance) ** 0.5))
    return Difference(Estimate(gap, gap - half, gap + half), p_value, chance)


def benjamini_hochberg(p_values: Sequence[float]) -> np.ndarray:
    """Adjusted p-values: of all differences that are claimed at alpha, at most that share is wrong on
    average.

    Holm's bound on any error at all would leave most differences of 3% among eight levels untold (55% found
    in simulation, 88% with this one, 3% of families without any difference having a claim).

    Source: Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    return stats.false_discovery_control(p_values) if len(p_values) else np.zeros(0)


def searches_needed(size: float, first: Repeated, second: Repeated, confidence: float) -> int:
    """Fewest searches a level that would find a difference of `size` between two levels with probability
    POWER; MOST_SEARCHES if fewer would not.

    Args:
        size: of the difference, > 0, in the units of the costs.
    """
    each = first.variance * first.searches + second.variance * second.searches

    def is_found(count: int) -> bool:
        degrees = 2 * (count - 1 + PRIOR_DEGREES)
        bound = stats.t.ppf((1 + confidence) / 2, degrees)
        return bool(stats.nct.sf(bound, degrees, size / (each / count) ** 0.5) >= POWER)

    return 2 + bisect.bisect_left(range(2, MOST_SEARCHES), True, key=is_found) if each else 2
