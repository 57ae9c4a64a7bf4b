"""Makes the records of the figures that show the replicates; `search_figures` makes those of the trials.

A record holds numbers and titles. `suite.report.figures` draws it, by its kind.
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from suite.analysis import figure_tables as tables
from suite.analysis.evaluation import Calibration, Evaluation
from suite.analysis.records import Comparison, Evidence, Figure
from suite.tasks import metric_label


def levels_of(evidence: Sequence[Evidence]) -> list[str]:
    """Labels in the order that gives each its colour, the same in every figure."""
    return [item.level for item in evidence]


def ranking(evidence: Sequence[Evidence], comparison: Comparison) -> Figure:
    """Shows the interquartile mean of each level with its interval over the single replicates, best first."""
    limits = tables.score_range(evidence, comparison)
    better = "left" if comparison.minimize else "right"
    return Figure(
        name="ranking",
        kind="ranking",
        title=(
            f"Ranking by {metric_label(comparison.metric)}: further {better} is better, overlaps are close"
            f" calls"
        ),
        caption=(
            f"Interquartile mean of the replicates with its {comparison.confidence:.0%} interval;"
            " faint: each replicate."
        ),
        data={"levels": tables.ranking(comparison, limits), "replicates": tables.scores(evidence)},
        options={
            "levels": levels_of(evidence),
            "order": [item.level for item in comparison.ranking],
            "limits": list(limits),
            "minimize": comparison.minimize,
            "x_title": metric_label(comparison.metric),
        },
    )


def improvement(comparison: Comparison, order: Sequence[str]) -> Figure:
    """Shows the probability of improvement of every pair."""
    data = tables.improvement(comparison)
    order = [level for level in order if level in set(data["row"])]
    cells = data.assign(
        x=data["column"],
        y=data["row"],
        value=data["probability"],
        text=[f"{x:.2f}" for x in data["probability"]],
        dark=(data["probability"] - 0.5).abs() > 0.33,
    )
    return Figure(
        name="improvement",
        kind="heatmap",
        title="Head to head: the bluer a row, the more surely its level wins",
        caption=(
            "Share of all pairs of replicates in which the row's is the better one (ties half): 0.5 means no"
            " difference."
        ),
        data={"cells": cells[["x", "y", "value", "text", "dark", "verdict"]]},
        options={
            "x_order": order,
            "y_order": order,
            "x_title": "… beats one of this level",
            "y_title": "how often a replicate of this level …",
            "domain": [0, 0.5, 1],
            "colors": ["#b2622a", "#ffffff", "#2f6f9f"],
            "x_on_top": True,
            "value_title": "probability",
        },
    )


def training_curves(evidence: Sequence[Evidence], comparison: Comparison, order: Sequence[str]) -> Figure:
    """Shows the replicates' median and quartiles at each epoch, of validation and training."""
    data = tables.curves(evidence, comparison.monitor)
    quantity = comparison.monitor.removeprefix("val_")
    limits = tables.drawn_range(data["median"], minimize=comparison.minimize)
    others = "; grey: the other levels' validation curves" if len(evidence) > 1 else ""
    return Figure(
        name="training_curves",
        kind="curves",
        title=f"Training curves: where validation {quantity} leaves training {quantity}, the model overfits",
        caption=(
            "Median over the replicates, band: their middle half, both curves measured at the same weights"
            f"{others}{tables.absent(data, 'median', limits, order)}."
        ),
        data={"curves": data},
        options={
            "levels": levels_of(evidence),
            "order": list(order),
            "limits": list(limits),
            "y_title": metric_label(quantity),
        },
    )


def one_at_a_time(figure: Figure, hyperparameter: str) -> Figure:
    """Shows the panels of a figure one at a time, under a slider.

    Args:
        figure: of several panels. hyperparameter: what they are levels of, in their order.
    """
    return replace(
        figure,
        name=f"{figure.name}_slider",
        kind="slider",
        title=f"Move the slider over {hyperparameter}",
        caption=f"{figure.caption} All of it was computed before: the page trains nothing.",
        options={**figure.options, "of": figure.kind, "slider": hyperparameter},
    )


def epochs_to_target(evidence: Sequence[Evidence], comparison: Comparison, order: Sequence[str]) -> Figure:
    """Shows when the replicates first reached the target; a circle's area is their number."""
    summary = tables.reached(comparison)
    summary = summary[summary["replicates"] > 0].reset_index(drop=True)
    summary["label"] = [f"{row.reached} of {row.replicates}" for row in summary.itertuples()]
    return Figure(
        name="epochs_to_target",
        kind="arrivals",
        title=f"Speed: epochs until {metric_label(comparison.monitor)} first reaches {comparison.target:.4g}",
        caption=(
            "A circle's area is the number of replicates that got there at that epoch, a bar is the median"
            " over all"
            " replicates, and the right column says how many ever did."
        ),
        data={"arrivals": tables.arrivals(comparison), "reached": summary},
        options={
            "levels": levels_of(evidence),
            "order": [level for level in order if level in set(summary["level"])],
            "last": max(float(item.steps[-1] / item.steps_per_epoch) for item in evidence if len(item.steps)),
        },
    )


def reliability(calibration: Calibration) -> Figure:
    """Shows how often the exported model is right, against how sure it is."""
    bins = pd.DataFrame(calibration.bins)
    model = pd.DataFrame({"x": bins["confidence"], "y": bins["accuracy"], "series": "model"})
    ideal = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0], "series": "as often as it says"})
    return Figure(
        name="reliability",
        kind="lines",
        title=(
            "How far its probabilities are from shares: expected calibration error"
            f" {calibration.expected_error:.2%}"
        ),
        caption=(
            "Of the test examples whose class has about such a probability, the share that is right; the"
            f" error is the mean distance over the examples, in {calibration.count} bins (Guo et al. 2017,"
            " arXiv:1706.04599)."
        ),
        data={"lines": pd.concat([model, ideal], ignore_index=True)},
        options={
            "x_title": "probability of the predicted class",
            "y_title": "share that is right",
            "series": ["model", "as often as it says"],
            "faint": ["as often as it says"],
            "points": True,
        },
    )


def confusion(evaluation: Evaluation) -> Figure:
    """Shows true classes in rows, predicted ones in columns, coloured by the share of the row."""
    data = tables.confusion(evaluation)
    names = [str(row["class"]) for row in evaluation.per_class]
    cells = data.assign(
        x=data["predicted"],
        y=data["true"],
        value=data["share"],
        text=data["examples"].astype(str) if len(names) <= 20 else "",
        dark=data["share"] > 0.5,
    )
    return Figure(
        name="confusion",
        kind="heatmap",
        title="Which classes the exported model takes for which",
        caption=(
            "Test examples by true class (rows) and predicted class (columns); the colour is the share of the"
            " row."
            " What lies off the diagonal is wrong."
        ),
        data={"cells": cells[["x", "y", "value", "text", "dark", "examples"]]},
        options={
            "x_order": names,
            "y_order": names,
            "x_title": "predicted class",
            "y_title": "true class",
            "domain": [0, 1],
            "scheme": "blues",
            "value_title": "share",
            "row_height": 24,
            "column_width": 36,
        },
    )
