"""Brings the answers under several conditions together: one line for each, and performance profiles over all.

Source: Dolan and Moré 2002, doi:10.1007/s101070100263; Dahl et al. 2023 (AlgoPerf), arXiv:2306.07179, section
4.3, which sums a profile up by the area under it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from suite.analysis.failures import failures
from suite.analysis.findings import analyse
from suite.analysis.records import Block, Details, Figure, Findings, Measure, Measured, Section, Table, Text
from suite.analysis.sections import numbers
from suite.analysis.words import kinds_of, listed
from suite.study.study import Study
from suite.tasks import metric_label, minimized

FARTHEST = 4.0
"""Largest ratio to the best that a profile goes to, as AlgoPerf has it; less where none is as far off."""

CLOSE = 1.1
"""Ratio to the best that counts as close in the answer."""


def ratios(scores: Mapping[str, Sequence[float]], *, minimize: bool) -> dict[str, np.ndarray]:
    """How many times as bad as the best each level is under each condition.

    Args:
        scores: level -> score under each condition, above 0; infinite, on the worse side, where it did not
            train. minimize: whether less is better.

    Returns:
        Level -> [conditions] ratios, 1 or more.
    """
    costs = {level: np.asarray(each, float) for level, each in scores.items()}
    if not minimize:
        costs = {
            level: np.where(each > 0, 1 / np.where(each > 0, each, 1), np.inf)
            for level, each in costs.items()
        }
    best = np.min(list(costs.values()), axis=0)
    return {level: np.where(np.isfinite(each), each / best, np.inf) for level, each in costs.items()}


def farthest(of_levels: Mapping[str, np.ndarray]) -> float:
    """Where profiles end: the largest finite ratio, but at most FARTHEST."""
    finite = [ratio for each in of_levels.values() for ratio in each if np.isfinite(ratio)]
    return min(max(finite, default=1.0), FARTHEST)


def area(of_level: np.ndarray, end: float) -> float:
    """Area under a performance profile from 1 to `end`, as a share: 1 is the best under every condition.

    Args:
        of_level: [conditions] ratios to the best.
    """
    if end <= 1:
        return float(np.mean(of_level <= 1))
    return float(np.mean(np.clip(end - of_level, 0, None)) / (end - 1))


def analyse_all(study: Study, name: str, measured: Mapping[str, Measured]) -> Findings:
    """Answers under each condition, and over all.

    Args:
        study: what was asked. name: what its results go by.
        measured: condition -> what its trainings gave.
    """
    found = {condition: analyse(part, name, measured[condition]) for condition, part in study.parts.items()}
    if len(found) == 1:
        return next(iter(found.values()))
    metric = next(iter(found.values())).summary["levels"][0]["metric"]
    scores = _scores(found)
    relative = ratios(scores, minimize=minimized(metric))
    areas = {level: area(each, farthest(relative)) for level, each in relative.items()}
    order = sorted(areas, key=lambda level: (-areas[level], level))
    first = next(iter(found))
    ((asked,), (varied,)) = study.scientific, study.conditions
    lost = failures([item for each in measured.values() for item in each.evidence])
    return Findings(
        name=name,
        question=" ".join(study.question.split()),
        shape="profile",
        answer=" ".join(
            [_over_all(order, relative, asked, varied), *map(_line, found, found.values()), *lost]
        ),
        best=f"{order[0]}, {first}",
        warnings=tuple(f"{condition}: {text}" for condition, each in found.items() for text in each.warnings),
        predictions=(),
        figure=_figure(relative, order, metric, varied),
        headline=_headline(found, areas, order, asked),
        sections=tuple(_sections(found)),
        measures=(
            *(measure for each in found.values() for measure in each.measures),
            *(Measure("profile_area", {asked: level}, share, share, share) for level, share in areas.items()),
        ),
        summary=_summary(found, areas),
        facts=found[first].facts,
        trainings=sum(each.trainings for each in found.values()),
        seconds=found[first].seconds,
    )


def _scores(found: Mapping[str, Findings]) -> dict[str, list[float]]:
    """Level -> its score under each condition."""
    of_levels: dict[str, list[float]] = {}
    for each in found.values():
        for row in each.summary["levels"]:
            of_levels.setdefault(row["level"], []).append(row["iqm"])
    return of_levels


def _over_all(order: Sequence[str], relative: Mapping[str, np.ndarray], asked: str, varied: str) -> str:
    """Which level stays closest to the best, and how many are close how often."""
    count = len(next(iter(relative.values())))
    close = {level: int((relative[level] <= CLOSE).sum()) for level in order}
    everywhere = [level for level in order if close[level] == count]
    said = (
        f"{listed(everywhere)} {'is' if len(everywhere) == 1 else 'are'} within {CLOSE - 1:.0%} of the best"
        f" under all {count}"
        if everywhere
        else f"none is within {CLOSE - 1:.0%} of the best under all {count}"
    )
    kinds, conditions = kinds_of(asked, order), kinds_of(varied, [])
    return f"Of the {len(order)} {kinds}, {order[0]} stays closest to the best over the {conditions}; {said}."


def _line(condition: str, found: Findings) -> str:
    """What is best under a condition, and what cannot be told apart from it."""
    if found.best is None:
        return f"{condition}: nothing trains."
    standing = {
        pair["second"]: pair["verdict"] for pair in found.summary["pairs"] if pair["first"] == found.best
    }
    same, won = ([name for name in standing if standing[name] == verdict] for verdict in ("same", "beats"))
    clauses = [f"{found.best} is best"]
    if len(same) == len(standing) > 1:
        clauses.append(f"none of the {len(same)} others can be told apart from it")
    elif same:
        clauses.append(f"it can't be told apart from {listed(same)}")
    if won:
        clauses.append(f"it beats {listed(won)}")
    return f"{condition}: {'; '.join(clauses)}."


def _headline(
    found: Mapping[str, Findings], areas: Mapping[str, float], order: Sequence[str], asked: str
) -> Table:
    """The levels, with the area under the profile and the score under each condition; a star marks the
    best."""
    cells = {
        (condition, row[0]): row[1]
        for condition, each in found.items()
        if each.headline is not None
        for row in each.headline.rows
    }
    rows = tuple(
        (
            level,
            f"{areas[level]:.2f}",
            *(_cell(cells[condition, level], each.best == level) for condition, each in found.items()),
        )
        for level in order
    )
    return Table((asked, "profile", *found), rows, kinds=numbers(1 + len(found)))


def _cell(said: Any, leads: bool) -> Any:
    if not leads:
        return said
    return f"★ {said}" if isinstance(said, str) else (f"★ {said[0]}", *said[1:])


def _sections(found: Mapping[str, Findings]) -> Iterator[Section]:
    """What is said under each condition, a section each, and once what the words mean."""
    for place, (condition, each) in enumerate(found.items()):
        blocks: list[Block] = [Text((each.answer,))]
        if each.headline is not None:
            blocks.append(each.headline)
        if each.figure is not None:
            blocks.append(replace(each.figure, name=f"{each.figure.name}_{place + 1}"))
        for section in each.sections:
            if section.name in ("pairs", "diagnosis", "depends"):
                blocks.append(Details(section.title, section.blocks))
        yield Section(f"condition_{place + 1}", condition, tuple(blocks))
    yield from (section for section in each.sections if section.name == "notes")


def _figure(relative: Mapping[str, np.ndarray], order: Sequence[str], metric: str, varied: str) -> Figure:
    """Shows the share of the conditions under which each level is within a factor of the best."""
    end = max(farthest(relative), 1.0 + 1e-6)
    rows = []
    for level in order:
        steps = np.unique(np.concatenate([[1.0, end], relative[level][relative[level] <= end]]))
        for low, high in zip(steps, [*steps[1:], end], strict=True):
            share = float(np.mean(relative[level] <= low))
            rows += [{"x": x, "y": share, "series": level} for x in (float(low), float(high))]
    return Figure(
        name="profile",
        kind="lines",
        title=f"Performance profiles: {order[0]} stays closest to the best",
        caption=(
            f"Share of the {kinds_of(varied, [])} on which a level's {metric_label(metric)} is at most that"
            " many times as bad as that of the best (Dolan and Moré 2002). The ratios are to the best of"
            " these levels: with another one among them they may change."
        ),
        data={"lines": pd.DataFrame(rows).drop_duplicates(ignore_index=True)},
        options={
            "x_title": f"{metric_label(metric)}, times the best",
            "y_title": f"share of the {kinds_of(varied, [])}",
            "series": list(order),
            "points": False,
        },
    )


def _summary(found: Mapping[str, Findings], areas: Mapping[str, float]) -> dict[str, Any]:
    def under(key: str) -> list[dict[str, Any]]:
        return [{"condition": c, **row} for c, each in found.items() for row in each.summary[key]]

    return {
        "levels": under("levels"),
        "pairs": under("pairs"),
        "replicates": next(iter(found.values())).summary["replicates"],
        "diagnoses": {
            f"{level}, {condition}": diagnosis
            for condition, each in found.items()
            for level, diagnosis in each.summary["diagnoses"].items()
        },
        "profile": dict(areas),
        "exported": None,
    }
