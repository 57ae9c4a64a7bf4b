"""Draws a ranking: the interquartile mean of each level with its interval, over its single replicates."""

from typing import Any

import altair as alt
import pandas as pd

from suite.analysis.records import Figure
from suite.report.figures.style import level_color, number_tips, rows, single


def draw(figure: Figure) -> Any:
    """Draws a row a level, best on top.

    Tables: `levels` (level, iqm, ci_low, ci_high, replicates, diverged, failed, note), `replicates` (level,
        replicate, score).
    Options: `levels` and `order` of them, `limits` and `x_title` of the axis, `minimize`.
    """
    options, minimize = figure.options, figure.options["minimize"]
    place, color, limits = rows(options["order"]), level_color(options["levels"]), list(options["limits"])
    tip = [*number_tips("iqm", "ci_low", "ci_high"), "replicates:Q", "diverged:Q", "failed:Q"]

    def layer(data: pd.DataFrame, field: str, *tooltip: Any) -> alt.Chart:
        scale = alt.Scale(domain=limits, nice=False, zero=False)
        x = alt.X(f"{field}:Q", title=options["x_title"], scale=scale, axis=alt.Axis(tickCount=7))
        return alt.Chart(data).encode(x, place, color=color, tooltip=["level:N", *tooltip])

    data = figure.data["levels"]
    data = data.assign(
        low=data["ci_low"].clip(*limits), high=data["ci_high"].clip(*limits)
    )  # may be infinite
    inside, outside = data[data["note"] == ""], data[data["note"] != ""]
    outside = outside.assign(edge=limits[1] if minimize else limits[0])
    chart = alt.layer(
        layer(figure.data["replicates"], "score", "replicate:Q", *number_tips("score")).mark_circle(
            size=36, opacity=0.3, clip=True
        ),
        layer(inside, "low", *tip).mark_rule(strokeWidth=3, clip=True).encode(x2="high:Q"),
        layer(inside, "iqm", *tip).mark_point(size=90, filled=True, opacity=1, stroke="white", strokeWidth=1),
        layer(outside, "edge", *tip)
        .mark_text(align="right" if minimize else "left", fontSize=12)
        .encode(text="note:N"),
    )
    return single(chart, 28 * len(data) + 20)
