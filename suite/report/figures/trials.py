"""Draws trials over a hyperparameter: what the figures of the search share."""

import math
from typing import Any

import altair as alt
import pandas as pd

from suite.report.figures.style import number_tips

MANY = 1000
"""More trials of a level than this lie on each other."""

SHAPES = {  # mark of a trial -> its shape, the last an x
    "best": "diamond",
    "trial": "circle",
    "pruned": "square",
    "off the scale": "triangle-up",
    "failed": "cross",
    "diverged": "M-1,-.7L-.7,-1L0,-.3L.7,-1L1,-.7L.3,0L1,.7L.7,1L0,.3L-.7,1L-1,.7L-.3,0Z",
}


def trials(data: pd.DataFrame, x: alt.X, y: alt.Y, fill: Any, title: str) -> alt.Chart:
    """A point a trial, its shape saying how it ended; only what occurs is in the legend. Points are small and
    pale where a panel has many, so that one sees where they are dense."""
    occur = [mark for mark in SHAPES if mark in set(data["mark"])]
    shapes = alt.Scale(domain=occur, range=[SHAPES[mark] for mark in occur])
    shape = alt.Shape("mark:N", scale=shapes, legend=alt.Legend(symbolOpacity=0.7))
    best, many = "datum.mark === 'best'", data["level"].value_counts().max() > MANY
    return (
        alt.Chart()
        .mark_point(filled=True, strokeWidth=1.5)
        .encode(
            x,
            y,
            fill=fill,
            shape=shape,
            opacity=alt.condition(best, alt.value(0.7), alt.value(0.3 if many else 0.7)),
            size=alt.condition(best, alt.value(120), alt.value(12 if many else 35)),
            stroke=alt.condition(best, alt.value("black"), alt.value(None)),
            tooltip=["level:N", alt.Tooltip("x", title=title), *number_tips("objective"), "mark:N"],
        )
    )


def setting_axis(values: pd.Series, scale: str | None, title: str, field: str = "x") -> alt.X:
    """The axis of a hyperparameter: categories, linear, or logarithmic with a label at each power of ten."""
    if scale is None:
        angle = 0 if pd.api.types.is_numeric_dtype(values) else -30
        return alt.X(f"{field}:N", title=title, axis=alt.Axis(labelAngle=angle))
    if scale == "linear":
        return alt.X(f"{field}:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    first, last = (math.log10(end) for end in (values.min(), values.max()))
    powers = [10.0**k for k in range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)]
    label = "datum.value < 0.001 ? format(datum.value, '~e') : format(datum.value, '~g')"
    axis = (
        alt.Axis(values=powers, labelExpr=label, labelOverlap="greedy", labelSeparation=6)
        if len(powers) > 1
        else alt.Axis(tickCount=5, format="~g")
    )
    return alt.X(f"{field}:Q", title=title, scale=alt.Scale(type="log", nice=False), axis=axis)
