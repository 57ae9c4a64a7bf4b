"""The figures of a study, one Altair chart each: the page embeds its specification, the PNG is drawn from it.

Here are those of the replicates; `search_figures` has those of the trials. All numbers come from `numbers`.
"""

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from suite.analysis.evaluation import Evaluation
from suite.analysis.records import Comparison, Evidence
from suite.report import numbers
from suite.report.chart import (
    WIDTH,
    Figure,
    absent,
    number_tips,
    other_lines,
    panels,
    ranked_values,
    single,
    value_color,
    value_rows,
    y_axis,
)
from suite.report.search_figures import expected_best, importances, main_nuisance, search, sensitivity
from suite.study.study import Study
from suite.tasks import metric_label


def draw(
    study: Study,
    evidence: Sequence[Evidence],
    comparison: Comparison,
    importance: dict[str, float] | None,
    evaluation: Evaluation | None = None,
) -> list[Figure]:
    """The figures that a study's data supports, in the order of the page."""
    figures = []
    if len(evidence) > 1:
        figures += [ranking(evidence, comparison), improvement(comparison)]
    if importance:
        figures.append(importances(importance))
    if study.scientific:
        figures += [sensitivity(study, evidence, comparison)] if main_nuisance(study) else []
    else:
        figures.append(search(study, evidence[0], comparison))
    figures.append(curves(evidence, comparison))
    if len(evidence) > 1 and numbers.reached(comparison)["reached"].any():
        figures.append(epochs_to_target(evidence, comparison))
    figures.append(expected_best(evidence, comparison))
    if evaluation and evaluation.confusion:
        figures.append(confusion(evaluation))
    return figures


def ranking(evidence: Sequence[Evidence], comparison: Comparison) -> Figure:
    """Interquartile mean with its interval over the single replicates, best first."""
    limits = numbers.score_range(evidence, comparison)
    data, points = numbers.ranking(comparison, limits), numbers.scores(evidence)
    rows, color = value_rows(comparison), value_color(evidence)
    tip = [*number_tips("iqm", "ci_low", "ci_high"), "replicates:Q", "diverged:Q"]

    def layer(data: pd.DataFrame, field: str, *tooltip) -> alt.Chart:
        scale = alt.Scale(domain=limits, nice=False, zero=False)
        x = alt.X(
            f"{field}:Q", title=metric_label(comparison.metric), scale=scale, axis=alt.Axis(tickCount=7)
        )
        return alt.Chart(data).encode(x, rows, color=color, tooltip=["level:N", *tooltip])

    inside, outside = data[data["note"] == ""], data[data["note"] != ""]
    outside = outside.assign(edge=limits[1] if comparison.minimize else limits[0])
    chart = alt.layer(
        layer(points, "score", "replicate:Q", *number_tips("score")).mark_circle(
            size=36, opacity=0.3, clip=True
        ),
        layer(inside, "ci_low", *tip).mark_rule(strokeWidth=3, clip=True).encode(x2="ci_high:Q"),
        layer(inside, "iqm", *tip).mark_point(size=90, filled=True, opacity=1, stroke="white", strokeWidth=1),
        layer(outside, "edge", *tip)
        .mark_text(align="right" if comparison.minimize else "left", fontSize=12)
        .encode(text="note:N"),
    )
    better = "left" if comparison.minimize else "right"
    return Figure(
        "ranking",
        f"Ranking by {metric_label(comparison.metric)}: further {better} is better, overlaps are close calls",
        f"Interquartile mean of the replicates with its {comparison.confidence:.0%} interval; faint: each replicate.",
        single(chart, 28 * len(data) + 20),
    )


def improvement(comparison: Comparison) -> Figure:
    """Matrix of the probability of improvement."""
    data, order = numbers.improvement(comparison), ranked_values(comparison)
    x = alt.X(
        "column:N",
        sort=order,
        title="… beats one of this value",
        axis=alt.Axis(labelAngle=-40, orient="top", labelFontSize=12),
    )
    y = alt.Y(
        "row:N", sort=order, title="how often a replicate of this value …", axis=alt.Axis(labelFontSize=12)
    )
    scale = alt.Scale(domain=[0, 0.5, 1], range=["#b2622a", "#ffffff", "#2f6f9f"], interpolate="lab")
    base = alt.Chart(data)
    color = alt.condition("abs(datum.probability - 0.5) > 0.33", alt.value("white"), alt.value("#222"))
    chart = alt.layer(
        base.mark_rect(stroke="white").encode(
            x,
            y,
            alt.Color("probability:Q", scale=scale, legend=None),
            tooltip=["row:N", "column:N", *number_tips("probability"), "verdict:N"],
        ),
        base.mark_text(fontSize=11).encode(x, y, text=alt.Text("probability:Q", format=".2f"), color=color),
    )
    return Figure(
        "improvement",
        "Head to head: the bluer a row, the more surely its value wins",
        "Share of all pairs of replicates in which the row's is the better one (ties half): 0.5 means no difference.",
        single(chart, 32 * len(order), min(WIDTH, 160 + 58 * len(order))),
    )


def curves(evidence: Sequence[Evidence], comparison: Comparison) -> Figure:
    """Training curves: the replicates' median and quartiles, training dashed."""
    data = numbers.curves(evidence, comparison.monitor)
    quantity = comparison.monitor.removeprefix("val_")
    x = alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickCount=5, tickMinStep=1))
    limits = numbers.drawn_range(data["median"], minimize=comparison.minimize)
    y = y_axis("median", metric_label(quantity), limits)
    dash = alt.StrokeDash(
        "split:N",
        scale=alt.Scale(domain=["validation", "training"], range=[[1, 0], [4, 3]]),
        legend=alt.Legend(symbolStrokeColor="#333"),
    )
    tooltip = [
        "level:N",
        "split:N",
        alt.Tooltip("epoch:Q", format=".3~g"),
        *number_tips("median", "low", "high"),
        "replicates:Q",
    ]
    base, color = alt.Chart(), value_color(evidence)
    layers = [
        *other_lines(data[data["split"] == "validation"], x, y),
        base.mark_area(opacity=0.25, clip=True).encode(
            x, y_axis("low", metric_label(quantity), limits), y2="high:Q", color=color, detail="split:N"
        ),
        base.mark_line(clip=True).encode(x, y, color=color, strokeDash=dash),
        base.mark_point(size=60, opacity=0, clip=True).encode(x, y, tooltip=tooltip),
    ]
    rest = "; grey: the other values' validation curves" if len(evidence) > 1 else ""
    rest += absent(data, "median", limits, ranked_values(comparison))
    return Figure(
        "training_curves",
        f"Training curves: where validation {quantity} leaves training {quantity}, the model overfits",
        f"Median over the replicates, band: their middle half, both curves measured at the same weights{rest}.",
        panels(data, layers, ranked_values(comparison)),
    )


def epochs_to_target(evidence: Sequence[Evidence], comparison: Comparison) -> Figure:
    """When the replicates first reached the target; a circle's area is their number."""
    data, summary = numbers.arrivals(comparison), numbers.reached(comparison)
    summary["label"] = [f"{row.reached} of {row.replicates}" for row in summary.itertuples()]
    last = max(item.steps[-1] / item.steps_per_epoch for item in evidence if len(item.steps))
    end = 1.2 * last  # room for the column on the right
    scale = alt.Scale(domain=[0, end], nice=False)
    ticks = list(range(0, math.floor(last) + 1, math.ceil(last / 10)))
    x = alt.X("epochs:Q", title="epochs to target", scale=scale, axis=alt.Axis(values=ticks, format="d"))
    rows, color = value_rows(comparison), value_color(evidence)
    chart = alt.layer(
        alt.Chart(data)
        .mark_circle(opacity=0.55)
        .encode(
            x,
            rows,
            color=color,
            size=alt.Size("replicates:Q", scale=alt.Scale(range=[20, 320], zero=True), legend=None),
            tooltip=["level:N", "epochs:Q", "replicates:Q"],
        ),
        alt.Chart(summary)
        .mark_tick(thickness=3, size=20, opacity=1)
        .encode(alt.X("median:Q", scale=scale), rows, color=color),
        alt.Chart(summary.assign(end=end))
        .mark_text(align="right", fontSize=12, color="#333")
        .encode(alt.X("end:Q", scale=scale), rows, text="label:N"),
    )
    return Figure(
        "epochs_to_target",
        f"Speed: epochs until {metric_label(comparison.monitor)} first reaches {comparison.target:.4g}",
        "A circle's area is the number of replicates that got there at that epoch, a bar is the median over all "
        "replicates, and the right column says how many ever did.",
        single(chart, 28 * len(summary) + 20),
    )


def confusion(evaluation: Evaluation) -> Figure:
    """True classes in rows, predicted ones in columns, colour by the share of the row."""
    data = numbers.confusion(evaluation)
    names = [row["class"] for row in evaluation.per_class]
    side = min(WIDTH - 200, 36 * len(names) + 60)
    base = alt.Chart(data, width=side, height=min(side, 24 * len(names))).encode(
        alt.X("predicted:N", sort=names, title="predicted class"),
        alt.Y("true:N", sort=names, title="true class"),
        tooltip=["true:N", "predicted:N", "examples:Q", alt.Tooltip("share:Q", format=".1%")],
    )
    scale = alt.Scale(domain=[0, 1], scheme="blues")
    chart = base.mark_rect().encode(alt.Color("share:Q", scale=scale, legend=None))
    if len(names) <= 20:
        dark = alt.condition("datum.share > 0.5", alt.value("white"), alt.value("#333"))
        chart = chart + base.mark_text(fontSize=11).encode(text="examples:Q", color=dark)
    return Figure(
        "confusion",
        "Which classes the exported model takes for which",
        "Test examples by true class (rows) and predicted class (columns); the colour is the share of the row. What lies off"
        " the diagonal is wrong.",
        chart,
    )
