"""Tests the effects of two factors and their interaction in the cells of a grid: of replicates by ranks, of a
few searches by their means."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from suite.analysis.searches import Repeated


@dataclass(frozen=True)
class Effect:
    """An effect of a two-way layout.

    Attributes:
        share: of the variance between the cells' relative effects, in [0, 1]; those of both factors and of
            the interaction add up to 1.
        statistic: ANOVA-type statistic. p_value: of one as large where there is no effect.
    """

    share: float
    statistic: float
    p_value: float


def effects(cells: Sequence[Sequence[np.ndarray]]) -> tuple[Effect, Effect, Effect]:
    """Tests the effect of the rows, of the columns, and the interaction of both.

    The relative effect of a cell is the probability that one of its costs is higher than one drawn from all
    cells. The tests ask whether these differ: between the rows, between the columns, and between cells by
    more than rows and columns say. They work on ranks, so a training that diverged is no more than the worst
    (those that did are tied), and the variance of each cell is its own: cells whose replicates are all alike,
    as of a network that never learns, sit beside noisy ones, and an analysis of variance of the losses
    themselves would be wrong about both. An interaction is one of ranks: which cell is better than which, not
    by how much.

    Args:
        cells: [rows][columns] arrays of costs, infinite for what diverged, with two or more in each.

    Source: Brunner, Dette and Munk 1997, Box-type approximations in nonparametric factorial designs, Journal
        of the American Statistical Association 92, 1494-1502.
    """
    ranks = _ranks(cells)
    sizes = np.array([len(rank) for rank in ranks])
    relative = relative_effects(cells).ravel()
    variances = np.array([rank.var(ddof=1) / sizes.sum() ** 2 for rank in ranks]) / sizes
    return _effects(relative, variances, sizes - 1, int(sum(sizes - 1)), (len(cells), len(cells[0])))


def effects_of_searches(cells: Sequence[Sequence[Repeated]]) -> tuple[Effect, Effect, Effect]:
    """Tests the same of the mean costs of repeated searches, whose variances are shrunk towards each other:
    the ranks of three searches a cell would tell nearly nothing.

    Args:
        cells: [rows][columns], all finite.
    """
    flat = [cell for row in cells for cell in row]
    means, variances, degrees = (
        np.array([getattr(cell, name) for cell in flat]) for name in ("mean", "variance", "degrees")
    )
    known = sum(cell.searches - 1 for cell in flat)
    return _effects(means, variances, degrees, known, (len(cells), len(cells[0])))


def _effects(
    points: np.ndarray, variances: np.ndarray, degrees: np.ndarray, known: int, shape: tuple[int, int]
) -> tuple[Effect, Effect, Effect]:
    """The effects of [cells] points with their variances and degrees of freedom, `known` of them in all."""
    a, b = shape
    mean_a, mean_b = np.full((a, a), 1 / a), np.full((b, b), 1 / b)
    left_a, left_b = np.eye(a) - mean_a, np.eye(b) - mean_b
    projections = (np.kron(left_a, mean_b), np.kron(mean_a, left_b), np.kron(left_a, left_b))
    sums = np.array([points @ projection @ points for projection in projections])
    shares = sums / sums.sum() if sums.sum() > 0 else np.zeros(3)
    rows, columns, interaction = (
        _test(projection, points, variances, degrees, known, float(share))
        for projection, share in zip(projections, shares, strict=True)
    )
    return rows, columns, interaction


def relative_effects(cells: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """[rows, columns] probability that a cost of the cell is higher than one drawn from all cells,
    ties half."""
    ranks = _ranks(cells)
    total = sum(len(rank) for rank in ranks)
    return np.reshape([(rank.mean() - 0.5) / total for rank in ranks], (len(cells), len(cells[0])))


def _ranks(cells: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
    """The ranks of all costs, cell by cell, row after row."""
    flat = [np.asarray(cell, float) for row in cells for cell in row]
    return np.split(stats.rankdata(np.concatenate(flat)), np.cumsum([len(cell) for cell in flat])[:-1])


def _test(
    projection: np.ndarray,
    points: np.ndarray,
    variances: np.ndarray,
    degrees: np.ndarray,
    known: int,
    share: float,
) -> Effect:
    """The ANOVA-type statistic with Box's approximation of its degrees of freedom.

    Args:
        projection: [cells, cells] onto the effect. points: [cells] relative effects, or mean costs.
        variances: [cells] of these. degrees: [cells] of freedom of the variances.
        known: most degrees of freedom that all variances together have.
    """
    spread = projection * variances  # projection @ diag(variances)
    trace = np.trace(spread)
    effect = float(points @ projection @ points)
    if trace <= 0:  # every cell is tied within itself: what differs, differs for sure
        sure = effect > 1e-12
        return Effect(share, np.inf if sure else 0.0, 0.0 if sure else 1.0)
    diagonal = np.diag(projection)
    numerator = trace**2 / np.trace(spread @ spread)
    denominator = (diagonal @ variances) ** 2 / (diagonal**2 @ (variances**2 / degrees))
    statistic = effect / trace
    return Effect(share, statistic, float(stats.f.sf(statistic, numerator, min(denominator, known))))
