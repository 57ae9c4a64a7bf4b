"""Draws planes of coloured cells with points on them."""

from typing import Any

import altair as alt
import pandas as pd

from suite.analysis.records import Figure
from suite.report.figures.style import PALETTE, WIDTH, number_tips

COLUMNS = 4
"""Panels beside each other."""

COLORS = (PALETTE[4], "#ffffff", PALETTE[1])
"""Of 0, 1/2 and 1."""


def draw(figure: Figure) -> Any:
    """Draws a plane a panel, the same points on each.

    Tables: `cells` (panel, left, right, bottom, top, value in [0, 1]), `points` (x, y, value: 0 or 1).
    Options: `x_title`, `y_title`; `panels` in order.
    """
    options, cells, points = figure.options, figure.data["cells"], figure.data["points"]
    order = list(options["panels"])
    # A facet has one table: points are rectangles without width.
    on_each = pd.concat([points.assign(panel=panel) for panel in order])
    data = pd.concat([cells, on_each], ignore_index=True)
    scale = alt.Scale(domain=[0, 0.5, 1], range=list(COLORS), interpolate="rgb")
    color = alt.Color("value:Q", scale=scale, legend=None)
    base = alt.Chart()
    fitted = alt.Scale(zero=False, nice=False)
    planes = base.mark_rect(strokeWidth=0.7).encode(
        alt.X("left:Q", title=options["x_title"], scale=fitted, axis=alt.Axis(tickCount=5, grid=False)),
        alt.Y("bottom:Q", title=options["y_title"], scale=fitted, axis=alt.Axis(tickCount=5, grid=False)),
        x2="right:Q",
        y2="top:Q",
        color=color,
        stroke=alt.Stroke("value:Q", scale=scale, legend=None),  # else rows show as seams
        tooltip=["panel:N", *number_tips("value")],
    )
    dots = base.mark_point(filled=True, size=16, opacity=0.9, stroke="#333", strokeWidth=0.6)
    dots = dots.encode(
        alt.X("x:Q", title=options["x_title"]), alt.Y("y:Q", title=options["y_title"]), fill=color
    )
    columns = min(COLUMNS, len(order))
    side = min(300, (WIDTH - 60) // columns - 34)
    return (
        alt.layer(
            planes.transform_filter("isValid(datum.left)"),
            dots.transform_filter("isValid(datum.x)"),
            data=data,
        )
        .properties(width=side, height=side)
        .facet(alt.Facet("panel:N", sort=order, title=None), columns=columns, spacing=22)
    )
