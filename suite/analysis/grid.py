"""Reads a grid of two hyperparameters: its cells, its effects, and what is best in each column."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suite.analysis.comparison import by_search, trained
from suite.analysis.factorial import Effect, effects, effects_of_searches, relative_effects
from suite.analysis.records import Comparison, Evidence, Pair, Ranked
from suite.analysis.searches import repeated
from suite.analysis.statistics import costs, interquartile_mean


@dataclass(frozen=True)
class Column:
    """What is best under one level of the second hyperparameter.

    Attributes:
        level: of the second hyperparameter.
        best: level of the first whose cell is ranked first here. place: of that cell.
        same: levels of the first that cannot be told apart from it. beaten: those that it beats.
        unsure: those behind it by a lead that the budget does not bear out, with their `unsure_pairs`.
        untrained: those of which no trial trained.
        trains: whether the best cell trains reliably: at most a quarter of its replicates diverged.
    """

    level: str
    best: str
    place: Ranked
    same: tuple[str, ...]
    beaten: tuple[str, ...]
    unsure: tuple[str, ...]
    unsure_pairs: tuple[Pair, ...]
    untrained: tuple[str, ...]
    trains: bool


@dataclass(frozen=True)
class Grid:
    """The cells of two hyperparameters, and what each of them changes.

    Attributes:
        names: of both hyperparameters, the one that is asked about first.
        levels: of each, in the study's order.
        cells: levels of both -> place in the ranking.
        wins: levels of both -> how often a replicate of the cell is better than one drawn from all cells.
        effects: of the first, of the second, of their interaction.
        columns: for each level of the second what is best.
    """

    names: tuple[str, str]
    levels: tuple[tuple[str, ...], tuple[str, ...]]
    cells: dict[tuple[str, str], Ranked]
    wins: dict[tuple[str, str], float]
    effects: tuple[Effect, Effect, Effect]
    columns: tuple[Column, ...]

    @property
    def steady(self) -> tuple[str, ...]:
        """Levels of the first that are among the best under every level of the second that trains."""
        leaders = [{column.best, *column.same, *column.unsure} for column in self.columns if column.trains]
        return tuple(level for level in self.levels[0] if all(level in group for group in leaders))


def conditions(evidence: Sequence[Evidence]) -> dict[str, str]:
    """Label of a cell -> level of the second hyperparameter: cells of one column are compared."""
    return {item.level: str(list(item.levels.values())[1]) for item in evidence}


def read(evidence: Sequence[Evidence], comparison: Comparison) -> Grid:
    """Arranges the cells and tests the effects.

    A cell of which no trial trained counts as one whose replicates all diverged.

    Args:
        evidence: of each cell, with two `levels`. comparison: the verdict on them, by `conditions`.
    """
    first, second = evidence[0].levels
    at = {item.level: (str(item.levels[first]), str(item.levels[second])) for item in evidence}
    rows, columns = (tuple(dict.fromkeys(place[i] for place in at.values())) for i in (0, 1))
    cells = {at[place.level]: place for place in comparison.ranking}
    values = {at[item.level]: _repeats(item, comparison.minimize) for item in evidence}
    lost = max(2, *map(len, values.values()))
    scores = {place: repeats if len(repeats) else np.full(lost, np.inf) for place, repeats in values.items()}
    layout = [[scores[row, column] for column in columns] for row in rows]
    losing = relative_effects(layout)
    return Grid(
        names=(first, second),
        levels=(rows, columns),
        cells=cells,
        wins={
            (row, column): 1 - float(losing[i, j])
            for i, row in enumerate(rows)
            for j, column in enumerate(columns)
        },
        effects=_effects(layout, evidence),
        columns=tuple(_column(column, rows, cells, at, comparison) for column in columns),
    )


def _effects(
    layout: Sequence[Sequence[np.ndarray]], evidence: Sequence[Evidence]
) -> tuple[Effect, Effect, Effect]:
    """By the costs themselves where every cell has several searches that trained, else by ranks."""
    searched = all(len(by_search(item, item.scores)) > 1 for item in evidence)
    if not searched or not all(np.isfinite(cell).all() for row in layout for cell in row):
        return effects(layout)
    found = iter(repeated([cell for row in layout for cell in row]))
    return effects_of_searches([[next(found) for _ in row] for row in layout])


def _repeats(item: Evidence, minimize: bool) -> np.ndarray:
    """The costs of what was repeated: of searches their interquartile means, of one search its replicates."""
    if not trained(item):
        return np.empty(0)
    replicates = costs(item.scores, minimize=minimize)
    searches = by_search(item, replicates)
    return replicates if len(searches) < 2 else np.array([interquartile_mean(x) for x in searches])


def _column(
    column: str,
    rows: Sequence[str],
    cells: dict[tuple[str, str], Ranked],
    at: dict[str, tuple[str, str]],
    comparison: Comparison,
) -> Column:
    order = {place.level: rank for rank, place in enumerate(comparison.ranking)}
    best = min(rows, key=lambda row: order[cells[row, column].level])
    place = cells[best, column]
    against = [pair for pair in comparison.pairs if pair.first == place.level]

    def those(verdict: str) -> tuple[str, ...]:
        return tuple(at[pair.second][0] for pair in against if pair.verdict == verdict)

    return Column(
        level=column,
        best=best,
        place=place,
        same=those("same"),
        beaten=those("beats"),
        unsure=those("budget"),
        unsure_pairs=tuple(pair for pair in against if pair.verdict == "budget"),
        untrained=those("did not train"),
        trains=bool(np.isfinite(place.iqm)),
    )
