"""Answers a grid of two hyperparameters: the best of one for each level of the other, the effects, their
interaction."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from suite.analysis import measures, sections
from suite.analysis.answer import first_look, not_borne_out, replicates_missing, score
from suite.analysis.failures import how_lost
from suite.analysis.grid import Column, Grid, read
from suite.analysis.records import Block, Comparison, Facts, Figure, Ranked, Section, Table, Text
from suite.analysis.shapes import grid_curves
from suite.analysis.shapes.records import Answered, Asked
from suite.analysis.words import listed, named
from suite.tasks import format_metric, metric_label

SURE = 0.05
"""A p-value below it is called an effect."""


def answered(asked: Asked) -> Answered:
    """Says what is best in each column, and whether it depends on the column."""
    verdict = asked.comparison
    grid = read(asked.evidence, verdict)
    curves, cells = grid_curves.figure(grid, asked.evidence, verdict), figure(grid, verdict)
    return Answered(
        answer=in_words(grid, verdict, asked.budget),
        figure=curves or cells,
        headline=_headline(grid, verdict),
        order=tuple(item.level for item in asked.evidence),
        sections=(_section(grid, verdict, cells if curves else None),),
        measures=tuple(measures.of_grid(grid)),
        summary={"grid": _summary(grid)},
    )


def _headline(grid: Grid, verdict: Comparison) -> Table:
    """The cells; a star marks the best of each column."""
    rows, columns = grid.levels
    best = {column.level: column.best for column in grid.columns if column.trains}
    return Table(
        columns=(f"{grid.names[0]} \\ {grid.names[1]}", *columns),
        rows=tuple(
            (row, *(_cell(grid, row, column, best.get(column) == row, verdict) for column in columns))
            for row in rows
        ),
        kinds=sections.numbers(len(columns)),
    )


def _cell(grid: Grid, row: str, column: str, leads: bool, verdict: Comparison) -> str | tuple[str, ...]:
    said = sections.score(grid.cells[row, column], verdict)
    first, *others = (said,) if isinstance(said, str) else said
    first = f"★ {first}" if leads else first
    return (first, *others) if others else first


def _section(grid: Grid, verdict: Comparison, cells: Figure | None) -> Section:
    """The effects, what is best per column, and the pairs behind it; `cells` where another figure leads."""
    effects = Table(
        columns=("effect", "share of the differences between cells", "p"),
        rows=tuple(
            (name, f"{effect.share:.0%}", p_text(effect.p_value).removeprefix("= "))
            for name, effect in zip((*grid.names, "interaction of both"), grid.effects, strict=True)
        ),
        kinds=sections.numbers(2),
    )
    explained = (
        "Effects are tested by the ANOVA-type statistic of Brunner, Dette and Munk 1997, each cell with its"
        " own spread: of several searches a cell on their mean scores; else, and where a cell diverged, on"
        " the ranks of the replicates, so that what diverged is no more than the worst. A share is of the"
        " variance between the cells. An interaction says that what one changes depends on the other."
    )
    columns = {found.level: f"{_best(grid, found, verdict)}." for found in grid.columns}
    blocks: tuple[Block, ...] = (
        *([cells] if cells else []),
        Text(("The best {} for each {}".format(*grid.names),), "heading"),
        Facts(columns),
        sections.every_pair(verdict),
        Text(("Effects",), "heading"),
        effects,
        Text((explained,), "soft"),
    )
    return Section("effects", "Which depends on which", blocks)


def _summary(grid: Grid) -> dict[str, Any]:
    named = zip((*grid.names, "interaction"), grid.effects, strict=True)
    return {
        "hyperparameters": list(grid.names),
        "effects": {name: {"share": each.share, "p_value": each.p_value} for name, each in named},
        "best": {found.level: found.best if found.trains else None for found in grid.columns},
        "same": {found.level: list(found.same) for found in grid.columns},
    }


def p_text(p_value: float) -> str:
    """A p-value with two digits, or its bound."""
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.2g}"


def in_words(grid: Grid, comparison: Comparison, budget: int) -> str:
    """Answers a grid in three sentences: the best cell, the best per column, and whether one depends on the
    other.

    Args:
        grid: as it was read. comparison: the verdict behind it.
        budget: trials a cell.
    """
    extreme = "lowest" if comparison.minimize else "highest"
    top = comparison.ranking[0]
    row, column = next(levels for levels, place in grid.cells.items() if place.level == top.level)
    lead = (
        f"Of the {len(grid.cells)} combinations, {named(grid.names[0], row)} with"
        f" {named(grid.names[1], column)} reaches the {extreme} {metric_label(comparison.metric)}."
    )
    best = "; ".join(
        f"with {named(grid.names[1], found.level)}, {_best(grid, found, comparison)}"
        for found in grid.columns
    )
    depends = _interaction(grid, telling=replicates_missing(comparison) is None)
    return " ".join(
        [
            lead,
            f"{best[0].upper()}{best[1:]}.",
            *first_look(comparison),
            depends,
            *_unsure(grid, budget),
        ]
    )


def _best(grid: Grid, column: Column, comparison: Comparison) -> str:
    """What is best in a column, and by what verdict."""
    if not column.trains:
        return "nothing trains reliably"
    said = f"{_rows(grid, [column.best])} is best ({score(column.place, comparison.metric)})"
    clauses = []
    if column.same and not replicates_missing(comparison):
        clauses.append(f"not told apart from {_rows(grid, column.same)}")
    behind = len(column.beaten) + len(column.unsure)
    if column.beaten and not (column.same or column.unsure or column.untrained):
        clauses.append(
            {1: "ahead of the other", 2: "ahead of both others"}.get(behind, f"ahead of all {behind} others")
        )
    elif column.beaten:
        clauses.append(f"ahead of {_rows(grid, column.beaten)}")
    if column.untrained:
        clauses.append(f"{_rows(grid, column.untrained)} did not train")
    return f"{said}, {', '.join(clauses)}" if clauses else said


def _rows(grid: Grid, levels: Sequence[str]) -> str:
    """Levels of the first hyperparameter within a sentence."""
    return listed([named(grid.names[0], level) for level in levels])


def _interaction(grid: Grid, *, telling: bool) -> str:
    """Whether which level of the first is best depends on the second; `telling`: whether the replicates are
    enough to tell what is best."""
    (first, second), effect = grid.names, grid.effects[2]
    p = f"p {p_text(effect.p_value)}"
    if effect.p_value >= SURE:
        return f"That the best {first} depends on the {second} cannot be seen (interaction {p})."
    if not telling:
        return f"How much {first} matters depends on the {second} (interaction {p})."
    if not grid.steady:
        return f"The best {first} depends on the {second} (interaction {p})."
    return (
        f"How much {first} matters depends on the {second} (interaction {p}), but {_rows(grid, grid.steady)}"
        f" {'is' if len(grid.steady) == 1 else 'are'} among the best whatever the {second}."
    )


def _unsure(grid: Grid, budget: int) -> Iterator[str]:
    """Which leads the budget does not bear out."""
    for column in grid.columns:
        if column.unsure:
            levels = [named(grid.names[0], level) for level in (column.best, *column.unsure)]
            text = not_borne_out(levels[0], levels[1:], column.unsure_pairs, budget)
            yield f"With {named(grid.names[1], column.level)}, {text}."


def figure(grid: Grid, comparison: Comparison) -> Figure:
    """Shows the cells as a heat map; the best of each column is marked."""
    first, second = grid.names
    label = metric_label(comparison.metric)
    best = {(column.best, column.level) for column in grid.columns if column.trains}
    rows = [
        {
            "x": column,
            "y": row,
            "value": grid.wins[row, column],
            "text": ("★ " if (row, column) in best else "") + _reached(place, comparison.metric),
            "dark": grid.wins[row, column] > 0.6,
            "low": place.ci_low,
            "high": place.ci_high,
        }
        for (row, column), place in grid.cells.items()
    ]
    return Figure(
        name="grid",
        kind="heatmap",
        title=f"{label[0].upper()}{label[1:]} of {first} by {second}: the bluer the better",
        caption=(
            "Interquartile mean of the replicates of each cell; the colour is how often one of them is better"
            " than one of any"
            f" cell. A star marks the best {first} for each {second}."
        ),
        data={"cells": pd.DataFrame(rows)},
        options={
            "x_order": list(grid.levels[1]),
            "y_order": list(grid.levels[0]),
            "x_title": second,
            "y_title": first,
            "domain": [0, 1],
            "colors": ["#f4f8fb", "#1f5f95"],
            "value_title": "how often better",
            "column_width": min(200, 800 // len(grid.levels[1])),
            "row_height": 40,
        },
    )


def _reached(place: Ranked, metric: str) -> str:
    if np.isfinite(place.iqm):
        return format_metric(metric, place.iqm)
    return how_lost(place) if place.replicates else "did not train"
