"""Draws training curves: the replicates' median and quartiles at each epoch, training dashed."""

from typing import Any

import altair as alt

from suite.analysis.records import Figure
from suite.report.figures.style import level_color, number_tips, other_lines, panels, y_axis


def draw(figure: Figure) -> Any:
    """Draws a panel a level.

    Tables: `curves` (level, split `validation` or `training`, epoch, low, median, high, replicates).
    Options: `levels` and `order` of them, `limits` and `y_title` of the axis.
    """
    data, options = figure.data["curves"], figure.options
    limits, title = options["limits"], options["y_title"]
    x = alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickCount=5, tickMinStep=1))
    y = y_axis("median", title, limits)
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
    base, color = alt.Chart(), level_color(options["levels"])
    layers = [
        *other_lines(data[data["split"] == "validation"], x, y, ("epoch", "median"), limits),
        base.mark_area(opacity=0.25, clip=True).encode(
            x, y_axis("low", title, limits), y2="high:Q", color=color, detail="split:N"
        ),
        base.mark_line(clip=True).encode(x, y, color=color, strokeDash=dash),
        base.mark_point(size=60, opacity=0, clip=True).encode(x, y, tooltip=tooltip),
    ]
    return panels(data, layers, options["order"])
