"""Draws paths over the contours of a surface, a panel each."""

from typing import Any

import altair as alt

from suite.analysis.records import Figure
from suite.report.figures.style import PALETTE, WIDTH, number_tips

COLUMNS = 2
"""Panels beside each other."""


def draw(figure: Figure) -> Any:
    """Draws a path a panel, its points joined in the order of their steps, and marks its end.

    Tables: `paths` (panel, step, x, y); `contours` (line, step, x, y), which are drawn in every panel.
    Options: `x_title`, `y_title`; `x_domain`, `y_domain`: ends of the axes, beyond which nothing is drawn;
        `panels` in order.
    """
    paths, contours, options = figure.data["paths"], figure.data["contours"], figure.options
    x, y = (
        alt.X("x:Q", title=options["x_title"], scale=alt.Scale(domain=options["x_domain"], nice=False)),
        alt.Y("y:Q", title=options["y_title"], scale=alt.Scale(domain=options["y_domain"], nice=False)),
    )
    lines = alt.Chart(contours).mark_line(color="#d8d8d8", strokeWidth=1, clip=True)
    lines = lines.encode(x, y, order="step:Q", detail="line:N")
    columns, panels = min(COLUMNS, len(options["panels"])), []
    for place, name in enumerate(options["panels"]):
        path, color = paths[paths["panel"] == name], PALETTE[place % len(PALETTE)]
        base = alt.Chart(path).encode(x, y, tooltip=["panel:N", *number_tips("step", "x", "y")])
        end = alt.Chart(path.tail(1)).mark_point(
            shape="cross", filled=True, size=110, color="#222", clip=True
        )
        chart = alt.layer(
            lines,
            base.mark_line(color=color, strokeWidth=1.5, clip=True).encode(order="step:Q"),
            base.mark_circle(color=color, size=22, opacity=1, clip=True),
            end.encode(x, y),
        )
        title = alt.TitleParams(name, fontSize=13, offset=6)
        panels.append(chart.properties(title=title, width=(WIDTH - 60) // columns - 60, height=230))
    return alt.concat(*panels, columns=columns)
