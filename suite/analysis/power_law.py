"""Fits a power law to a learning curve: the loss falls as c + a n^-b with the number n of training examples.

Sources: Cortes et al. 1994, Learning curves: asymptotic values and rate of convergence; Hestness et al. 2017
(arXiv:1712.00409). Arrays in, values out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suite.analysis.estimate import Estimate
from suite.analysis.statistics import percentiles

FEWEST = 4
"""Sizes that a fit needs: three of them any three parameters go through."""

EXPONENTS = np.geomspace(0.02, 4, 400)
"""Exponents that are tried: they differ by 1.3%."""

MISSES = 0.03
"""What a law is off by beyond the largest size for each doubling, as a share of the loss there: standard
deviation. Measured on published learning curves of odd OpenML ids (`suite.validation.public_curves`)."""

TINY = 1e-12
"""Least standard error of a mean, where all losses are 0."""

DRAWS = 1000
"""Bootstrap resamples of the replicates."""


@dataclass(frozen=True)
class PowerLaw:
    """A fitted power law.

    Attributes:
        exponent: b, how fast the loss falls. floor: c, what it falls to; both with their intervals.
        confidence: of the intervals.
        smallest, largest: the least and the greatest number of examples; the draws are in units of the least.
        draws: [1 + DRAWS, 3] a, b and c: of the fit, then of each resample.
    """

    exponent: Estimate
    floor: Estimate
    confidence: float
    smallest: float
    largest: float
    draws: np.ndarray

    def at(self, examples: float) -> Estimate:
        """The loss that it gives for a number of examples, with its interval.

        Beyond the largest size the interval is longer by MISSES: a law may hold no further.
        """
        losses = self._losses(examples)
        off = MISSES * max(np.log2(examples / self.largest), 0) * self._losses(self.largest)[0]
        losses[1:] += np.random.default_rng(0).normal(0, off, len(losses) - 1)
        return _estimate(np.maximum(losses, 0), self.confidence)

    def _losses(self, examples: float) -> np.ndarray:
        """[1 + DRAWS] the loss that each draw gives."""
        a, b, c = self.draws.T
        return c + a * (examples / self.smallest) ** -b

    def gain(self, examples: float, more: float) -> Estimate:
        """How much lower the loss is at `more` examples, with its interval, if the law holds so far."""
        return _estimate(self._losses(examples) - self._losses(more), self.confidence)


def fit(
    sizes: Sequence[float], losses: Sequence[np.ndarray], *, confidence: float = 0.95, seed: int = 0
) -> PowerLaw:
    """Fits by least squares, each size weighted by how well its mean is known; c and a are not negative.

    For each exponent the best a and c are linear and exact, so the fit finds the best of all EXPONENTS.
    The intervals come from resampling the replicates, widened where the law misses the means by more than
    they vary. A share of the draws, see `_floorless`, has no floor: few sizes do not show whether the loss
    falls to one or beyond it. Whether a power law holds beyond the largest size they do not say, see
    `PowerLaw.at`.

    Args:
        sizes: numbers of training examples. losses: for each size [n] of its replicates, finite, two or more.
        confidence: of the intervals. seed: of the bootstrap.

    Raises:
        ValueError: fewer than FEWEST sizes, a size that is not positive, or a loss that is not finite.
    """
    n, found = np.asarray(sizes, float), [np.asarray(each, float) for each in losses]
    if len(n) < FEWEST or len(n) != len(found) or not (n > 0).all():
        raise ValueError(f"`sizes` must be {FEWEST} or more positive numbers. Received: {list(sizes)}.")
    if not all(len(each) > 1 and np.isfinite(each).all() for each in found):
        raise ValueError("`losses` must be two or more finite numbers a size. Received: others.")
    rng = np.random.default_rng(seed)
    drawn = [each[rng.integers(0, len(each), (DRAWS, len(each)))].mean(axis=1) for each in found]
    means = np.array([each.mean() for each in found])
    errors = np.array([each.std(ddof=1) / len(each) ** 0.5 for each in found])
    errors = np.maximum(errors, max(1e-6 * abs(means).max(), TINY))  # replicates that are all alike
    best = _solve(n / n.min(), means[None], errors**-2.0)[0]
    without = _solve_floorless(n / n.min(), means[None], errors**-2.0)[0]
    missed, missed_without = (
        float(np.sum(((means - _value(law, n / n.min())) / errors) ** 2)) for law in (best, without)
    )
    widened = max(1.0, (missed / (len(n) - 3)) ** 0.5)
    resampled = means + widened * (np.stack(drawn, axis=1) - means)
    floorless = round(_floorless(missed, missed_without, len(n)) * DRAWS)
    draws = np.vstack(
        [
            best,
            _solve_floorless(n / n.min(), resampled[:floorless], errors**-2.0),
            _solve(n / n.min(), resampled[floorless:], errors**-2.0),
        ]
    )
    return PowerLaw(
        exponent=_estimate(draws[:, 1], confidence),
        floor=_estimate(draws[:, 2], confidence),
        confidence=confidence,
        smallest=float(n.min()),
        largest=float(n.max()),
        draws=draws,
    )


def _value(law: np.ndarray, n: np.ndarray) -> np.ndarray:
    a, b, c = law
    return c + a * n**-b


def _floorless(missed: float, missed_without: float, sizes: int) -> float:
    """Share of the draws that have no floor.

    It is a half where a floor fits no better. It is less the better a floor fits and the more sizes say so,
    and never nothing. The weights are those of two models in Bayesian model averaging (Raftery 1995,
    doi:10.2307/271063), but that the log-likelihood ratio, sizes / 2 times log(missed_without / missed), is
    replaced by a bounded one: a law of three parameters may go through four means by chance. Measured with
    `suite.validation.extrapolation`.
    """
    gained = 1 - missed / missed_without if missed_without > missed else 0.0
    return float(1 / (1 + np.exp((sizes - 2) / 2 * gained)))


def _solve_floorless(n: np.ndarray, means: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """[r, 3] a, b and c that fit each of the `means` [r, sizes] best where c is 0; b may be 0."""
    share = weights / weights.sum()
    exponents = np.append(0, EXPONENTS)
    x = n ** -exponents[:, None]  # [exponents, sizes]
    xy, xx = means @ (share * x).T, (x * x) @ share  # [r, exponents], [exponents]
    rows, best = np.arange(len(means)), (xy**2 / xx).argmax(axis=1)
    return np.stack([(xy / xx)[rows, best], exponents[best], np.zeros(len(means))], axis=1)


def _solve(n: np.ndarray, means: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """[r, 3] a, b and c that fit each of the `means` [r, sizes] best."""
    share = weights / weights.sum()
    x = n ** -EXPONENTS[:, None]  # [exponents, sizes]
    x_mean, y_mean = x @ share, means @ share  # [exponents], [r]
    xy, xx = means @ (share * x).T, (x * x) @ share  # [r, exponents], [exponents]
    a = np.maximum((xy - y_mean[:, None] * x_mean) / (xx - x_mean**2), 0)
    c = y_mean[:, None] - a * x_mean
    a, c = np.where(c < 0, xy / xx, a), np.maximum(c, 0)
    errors = (
        (means**2 @ share)[:, None]
        - 2 * (a * xy + c * y_mean[:, None])
        + a * a * xx
        + 2 * a * c * x_mean
        + c * c
    )
    rows, best = np.arange(len(means)), errors.argmin(axis=1)
    return np.stack([a[rows, best], EXPONENTS[best], c[rows, best]], axis=1)


def _estimate(draws: np.ndarray, confidence: float) -> Estimate:
    """The first of the draws, which is the fit itself, with the interval of the others."""
    low, high = percentiles(draws[1:], confidence)
    point = float(draws[0])
    return Estimate(point, min(float(low), point), max(float(high), point))
