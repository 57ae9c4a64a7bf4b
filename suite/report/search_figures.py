"""Figures of the search: how the trials depend on what was searched, what mattered, and what the budget bought."""

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

from suite.analysis.records import Comparison, Evidence
from suite.report import numbers
from suite.report.chart import (
    PALETTE,
    WIDTH,
    Figure,
    absent,
    number_tips,
    other_lines,
    panels,
    ranked_values,
    single,
    value_color,
    y_axis,
)
from suite.study.space import Choice
from suite.study.study import Study
from suite.tasks import metric_label

SHAPES = {  # mark of a trial -> its shape, the last an x
    "best": "diamond",
    "trial": "circle",
    "pruned": "square",
    "off the scale": "triangle-up",
    "diverged": "M-1,-.7L-.7,-1L0,-.3L.7,-1L1,-.7L.3,0L1,.7L.7,1L0,.3L-.7,1L-1,.7L-.3,0Z",
}


def main_nuisance(study: Study) -> str | None:
    """The hyperparameter whose sensitivity is drawn: the learning rate, else the first numeric nuisance."""
    numeric = [n for case in study.cases for n, space in case.space.items() if not isinstance(space, Choice)]
    return "learning_rate" if "learning_rate" in numeric else next(iter(numeric), None)


def sensitivity(study: Study, evidence: Sequence[Evidence], comparison: Comparison) -> Figure:
    """Every trial against the learning rate (or the first numeric nuisance), one panel a value."""
    name = main_nuisance(study)
    data = numbers.sensitivity(evidence, name, minimize=comparison.minimize)
    searched = [item for item in evidence if name in item.space]
    scale = searched[0].space[name][2]
    title = f"1 − {name}" if scale == "near_one" else name
    edges = {
        item.level: sorted(1 - e if scale == "near_one" else e for e in item.space[name][:2])
        for item in searched
    }
    data["low"], data["high"] = (data["level"].map({v: e[i] for v, e in edges.items()}) for i in (0, 1))
    every = pd.concat([data["low"], data["high"]])
    x = _x(every, scale, title)
    y = y_axis(
        "shown",
        metric_label(comparison.monitor),
        numbers.drawn_range(data["objective"], minimize=comparison.minimize),
    )
    band = (
        alt.Chart()
        .transform_aggregate(low="min(low)", high="max(high)", groupby=["level"])
        .mark_rect(color="#f1f1f1")
        .encode(_x(every, scale, title, "low"), x2="high:Q")
    )
    return Figure(
        "sensitivity",
        f"Sensitivity to {name}: the wider and {'lower the valley' if comparison.minimize else 'higher the hill'}, "
        "the easier a value is to tune",
        "A point is a trial; the shaded range was searched, and a best trial at its edge says that it was too narrow.",
        panels(
            data,
            [band, _trials(data, x, y, value_color(evidence, alt.Fill), title)],
            ranked_values(comparison),
        ),
    )


def search(study: Study, item: Evidence, comparison: Comparison) -> Figure:
    """A pure search: every trial against each of its hyperparameters, a panel each."""
    panels = []
    for name in study.cases[0].space:
        if name not in item.trials:
            continue
        data = numbers.sensitivity([item], name, minimize=comparison.minimize)
        scale = item.space[name][2] if name in item.space else None
        title = f"1 − {name}" if scale == "near_one" else name
        y = y_axis(
            "shown",
            metric_label(comparison.monitor),
            numbers.drawn_range(data["objective"], minimize=comparison.minimize),
        )
        size = {"width": WIDTH // 2 - 80, "height": 180}
        panels.append(
            _trials(data, _x(data["x"], scale, title), y, value_color([item], alt.Fill), title).properties(
                **size, data=data
            )
        )
    return Figure(
        "sensitivity",
        f"Sensitivity: how each hyperparameter moves the {metric_label(comparison.monitor)}",
        "Each point is a trial, with all other hyperparameters at whatever that trial had.",
        alt.concat(*panels, columns=min(2, len(panels))),
    )


def _trials(data: pd.DataFrame, x: alt.X, y: alt.Y, fill: alt.Fill, title: str) -> alt.Chart:
    """A point a trial, its shape telling how it ended; only what occurs is in the legend."""
    occur = [mark for mark in SHAPES if mark in set(data["mark"])]
    shape = alt.Shape("mark:N", scale=alt.Scale(domain=occur, range=[SHAPES[mark] for mark in occur]))
    best = "datum.mark === 'best'"
    return (
        alt.Chart()
        .mark_point(filled=True, strokeWidth=1.5, opacity=0.7)
        .encode(
            x,
            y,
            fill=fill,
            shape=shape,
            size=alt.condition(best, alt.value(120), alt.value(35)),
            stroke=alt.condition(best, alt.value("black"), alt.value(None)),
            tooltip=["level:N", alt.Tooltip("x", title=title), *number_tips("objective"), "mark:N"],
        )
    )


def _x(values: pd.Series, scale: str | None, title: str, field: str = "x") -> alt.X:
    """The axis of a hyperparameter: categories, linear, or logarithmic with a label at each power of ten."""
    if scale is None:
        angle = 0 if pd.api.types.is_numeric_dtype(values) else -30
        return alt.X(f"{field}:N", title=title, axis=alt.Axis(labelAngle=angle))
    if scale == "linear":
        return alt.X(f"{field}:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    powers = [
        10.0**k
        for k in range(
            math.ceil(math.log10(values.min()) - 1e-9), math.floor(math.log10(values.max()) + 1e-9) + 1
        )
    ]
    label = "datum.value < 0.001 ? format(datum.value, '~e') : format(datum.value, '~g')"
    axis = (
        alt.Axis(values=powers, labelExpr=label, labelOverlap="greedy", labelSeparation=6)
        if len(powers) > 1
        else alt.Axis(tickCount=5, format="~g")
    )
    return alt.X(f"{field}:Q", title=title, scale=alt.Scale(type="log", nice=False), axis=axis)


def importances(importance: dict[str, float]) -> Figure:
    """Bars of the hyperparameters' importance."""
    data = numbers.importances(importance)
    rows = alt.Y(
        "hyperparameter:N",
        sort=list(data["hyperparameter"]),
        title=None,
        axis=alt.Axis(labelFontSize=13, labelLimit=220),
    )
    x = alt.X(
        "importance:Q",
        title="importance (share of the explained variance)",
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    base = alt.Chart(data)
    chart = alt.layer(
        base.mark_bar(color=PALETTE[4], height=18).encode(
            x, rows, tooltip=["hyperparameter:N", *number_tips("importance")]
        ),
        base.mark_text(align="left", dx=5, fontSize=12).encode(
            x, rows, text=alt.Text("importance:Q", format=".0%")
        ),
    )
    return Figure(
        "importance",
        f"Importance: {data['hyperparameter'][0]} mattered most",
        "Share of the objective's variance over this search space that each explains; other spaces give other shares.",
        single(chart, 28 * len(data) + 20),
    )


def expected_best(evidence: Sequence[Evidence], comparison: Comparison) -> Figure:
    """What a smaller search would have found (Dodge et al. 2019)."""
    data = numbers.expected_best(comparison)
    limits = numbers.drawn_range(data["expected"], minimize=comparison.minimize)
    title = f"best {metric_label(comparison.monitor)}"
    scale = alt.Scale(domain=[1, int(data["trials"].max())], nice=False) if len(data) else alt.Undefined
    x = alt.X("trials:Q", title="budget (trials)", scale=scale, axis=alt.Axis(tickCount=5, tickMinStep=1))
    y, color, base = y_axis("expected", title, limits), value_color(evidence), alt.Chart()
    layers = [
        *other_lines(data, x, y),
        base.mark_area(opacity=0.18, clip=True).encode(
            x, y_axis("low", title, limits), y2="high:Q", color=color
        ),
        base.mark_line(clip=True).encode(x, y, color=color),
        base.mark_point(size=60, opacity=0, clip=True).encode(
            x, y, tooltip=["level:N", "trials:Q", *number_tips("expected", "low", "high")]
        ),
    ]
    rest = "; grey: the other values" if len(evidence) > 1 else ""
    rest += absent(data, "expected", limits, ranked_values(comparison))
    return Figure(
        "budget",
        "Budget: a curve that still improves at its right end would gain from more trials",
        f"Expected {title} of a search with that many trials and its {comparison.confidence:.0%} interval{rest}.",
        panels(data, layers, ranked_values(comparison)),
    )
