"""Draws a grid whose first hyperparameter is a number as curves over it, one for each level of the second."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from suite.analysis.curve import is_wide
from suite.analysis.estimate import Estimate
from suite.analysis.grid import Grid
from suite.analysis.measures import of_training
from suite.analysis.records import Comparison, Evidence, Figure
from suite.tasks import metric_label

FEWEST = 4
"""Levels that make a curve."""


def figure(grid: Grid, evidence: Sequence[Evidence], comparison: Comparison) -> Figure | None:
    """Shows the metric on the test split, and beside it that of the training examples; None where the first
    hyperparameter has fewer than FEWEST levels, or some that are no numbers."""
    first, second = grid.names
    numbers = _numbers(evidence, first)
    if len(set(numbers.values())) < FEWEST:
        return None
    label = metric_label(comparison.metric)
    trained = comparison.metric.replace("test", "train")
    panels: dict[str, dict[str, Estimate | None]] = {label: {}, metric_label(trained): {}}
    for item in evidence:
        place = next(each for each in comparison.ranking if each.level == item.level)
        panels[label][item.level] = Estimate(place.iqm, place.ci_low, place.ci_high)
        panels[metric_label(trained)][item.level] = of_training(item, trained, comparison.confidence)
    rows = [
        (panel, f"{second} = {item.levels[second]}", numbers[item.level], *found)
        for panel, each in panels.items()
        for item in evidence
        if (found := each[item.level]) is not None and np.isfinite(found.point)
    ]
    data = pd.DataFrame(rows, columns=["panel", "series", "x", "y", "low", "high"])
    return Figure(
        name="grid_curves",
        kind="lines",
        title=f"{label[0].upper()}{label[1:]} over {first}, for each {second}",
        caption=(
            f"Interquartile mean of the replicates at each level with its {comparison.confidence:.0%}"
            " interval; beside it that of training examples at the same weights."
        ),
        data={"lines": data},
        options={
            "x_title": first,
            "y_title": label.removeprefix("test "),
            "x_scale": "log" if is_wide([*numbers.values()]) else "linear",
            "points": True,
            "ticks": sorted(set(numbers.values())),
            "panels": [*panels],
            "series": [f"{second} = {level}" for level in grid.levels[1]],
        },
    )


def _numbers(evidence: Sequence[Evidence], name: str) -> Mapping[str, float]:
    """Label of a cell -> its level of a hyperparameter; empty where one is no number."""
    levels = {item.level: item.levels[name] for item in evidence}
    if all(isinstance(x, int | float) and not isinstance(x, bool) for x in levels.values()):
        return {label: float(x) for label, x in levels.items()}
    return {}
