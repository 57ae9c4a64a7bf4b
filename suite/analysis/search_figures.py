"""Makes the records of the figures of the search: how the trials depend on what was searched, what mattered,
and what the budget bought."""

from collections.abc import Mapping, Sequence

import pandas as pd

from suite.analysis import figure_tables as tables
from suite.analysis.figures import levels_of
from suite.analysis.records import Comparison, Evidence, Figure
from suite.tasks import metric_label

NOT_SEARCHED = ("number", "status", "objective")
"""Columns of the trials that are no hyperparameters."""


def main_nuisance(evidence: Sequence[Evidence]) -> str | None:
    """The hyperparameter whose sensitivity is drawn: the learning rate, else the first numeric one that was
    searched."""
    numeric = [name for item in evidence for name in item.space]
    return "learning_rate" if "learning_rate" in numeric else next(iter(numeric), None)


def sensitivity(
    evidence: Sequence[Evidence], comparison: Comparison, name: str, order: Sequence[str]
) -> Figure:
    """Shows every trial against one searched hyperparameter, one panel a level."""
    data = tables.sensitivity(evidence, name, minimize=comparison.minimize)
    searched = [item for item in evidence if name in item.space]
    scale = searched[0].space[name][2]
    edges = {
        item.level: sorted(1 - edge if scale == "near_one" else edge for edge in item.space[name][:2])
        for item in searched
    }
    data["low"], data["high"] = (
        data["level"].map({level: ends[i] for level, ends in edges.items()}) for i in (0, 1)
    )
    return Figure(
        name="sensitivity",
        kind="sensitivity",
        title=(
            f"Sensitivity to {name}: the wider and"
            f" {'lower the valley' if comparison.minimize else 'higher the hill'},"
            " the easier a level is to tune"
        ),
        caption=(
            "A point is a trial; the shaded range was searched, and a best trial at its edge says that it was"
            " too narrow."
        ),
        data={"trials": data},
        options={
            "levels": levels_of(evidence),
            "order": list(order),
            "x_title": _title(name, scale),
            "y_title": metric_label(comparison.monitor),
            "limits": list(tables.drawn_range(data["objective"], minimize=comparison.minimize)),
            "scale": scale,
        },
    )


def searched(item: Evidence) -> list[str]:
    """The hyperparameters that its trials differ in."""
    return [str(name) for name in item.trials if name not in NOT_SEARCHED]


def search(item: Evidence, comparison: Comparison) -> Figure:
    """Shows every trial of a search against each of its hyperparameters, a panel each."""
    names = searched(item)
    data = {name: tables.sensitivity([item], name, minimize=comparison.minimize) for name in names}
    scales = {name: item.space[name][2] if name in item.space else None for name in names}
    objectives = pd.concat([table["objective"] for table in data.values()])
    return Figure(
        name="sensitivity",
        kind="search",
        title=f"Sensitivity: how each hyperparameter moves the {metric_label(comparison.monitor)}",
        caption="Each point is a trial, with all other hyperparameters at whatever that trial had.",
        data=data,
        options={
            "levels": [item.level],
            "scales": scales,
            "titles": {name: _title(name, scale) for name, scale in scales.items()},
            "y_title": metric_label(comparison.monitor),
            "limits": list(tables.drawn_range(objectives, minimize=comparison.minimize)),
        },
    )


def _title(name: str, scale: str | None) -> str:
    return f"1 − {name}" if scale == "near_one" else name


def importances(importance: Mapping[str, float]) -> Figure:
    """Shows how much of the difference between trials each hyperparameter explains."""
    data = tables.importances(importance)
    return Figure(
        name="importance",
        kind="bars",
        title=f"Importance: {data['hyperparameter'][0]} mattered most",
        caption=(
            "Share of the objective's variance over this search space that each explains; other spaces give"
            " other shares."
        ),
        data={"bars": data.rename(columns={"hyperparameter": "name", "importance": "value"})},
        options={"x_title": "importance (share of the explained variance)", "format": ".0%"},
    )


def expected_best(evidence: Sequence[Evidence], comparison: Comparison, order: Sequence[str]) -> Figure:
    """Shows what a smaller search would have found (Dodge et al. 2019)."""
    data = tables.expected_best(comparison)
    limits = tables.drawn_range(data["expected"], minimize=comparison.minimize)
    title = f"best {metric_label(comparison.monitor)}"
    others = "; grey: the other levels" if len(evidence) > 1 else ""
    pruned = any((item.trials["status"] == "pruned").any() for item in evidence)
    counted = "; a trial that ended early counts with what it had reached" if pruned else ""
    return Figure(
        name="budget",
        kind="budget",
        title="Budget: a curve that still improves at its right end would gain from more trials",
        caption=(
            f"Expected {title} of a search with that many trials and its {comparison.confidence:.0%} interval"
            f"{others}{counted}{tables.absent(data, 'expected', limits, order)}."
        ),
        data={"expected": data},
        options={
            "levels": levels_of(evidence),
            "order": list(order),
            "limits": list(limits),
            "y_title": title,
        },
    )
