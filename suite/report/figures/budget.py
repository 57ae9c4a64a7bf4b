"""Draws what a search of every smaller budget would have found."""

from typing import Any

import altair as alt

from suite.analysis.records import Figure
from suite.report.figures.style import level_color, number_tips, other_lines, panels, y_axis


def draw(figure: Figure) -> Any:
    """Draws a panel a level.

    Tables: `expected` (level, trials, expected, low, high).
    Options: `levels` and `order` of them, `limits` and `y_title` of the axis.
    """
    data, options = figure.data["expected"], figure.options
    limits, title = options["limits"], options["y_title"]
    scale = alt.Scale(domain=[1, int(data["trials"].max())], nice=False) if len(data) else alt.Undefined
    x = alt.X("trials:Q", title="budget (trials)", scale=scale, axis=alt.Axis(tickCount=5, tickMinStep=1))
    y, color, base = y_axis("expected", title, limits), level_color(options["levels"]), alt.Chart()
    tooltip = ["level:N", "trials:Q", *number_tips("expected", "low", "high")]
    layers = [
        *other_lines(data, x, y, ("trials", "expected"), limits),
        base.mark_area(opacity=0.18, clip=True).encode(
            x, y_axis("low", title, limits), y2="high:Q", color=color
        ),
        base.mark_line(clip=True).encode(x, y, color=color),
        base.mark_point(size=60, opacity=0, clip=True).encode(x, y, tooltip=tooltip),
    ]
    return panels(data, layers, options["order"])
