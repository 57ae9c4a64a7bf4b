"""Draws when replicates arrived at a target."""

import math
from typing import Any

import altair as alt

from suite.analysis.records import Figure
from suite.report.figures.style import level_color, rows, single


def draw(figure: Figure) -> Any:
    """Draws a row a level: a circle's area is a number of replicates, a bar the median over all of them.

    Tables: `arrivals` (level, epochs, replicates), `reached` (level, median, label).
    Options: `levels` and `order` of them, `last`: epochs of the longest training.
    """
    options, summary, last = figure.options, figure.data["reached"], figure.options["last"]
    end = 1.2 * last  # room for the column on the right
    scale = alt.Scale(domain=[0, end], nice=False)
    ticks = list(range(0, math.floor(last) + 1, math.ceil(last / 10)))
    x = alt.X("epochs:Q", title="epochs to target", scale=scale, axis=alt.Axis(values=ticks, format="d"))
    place, color = rows(options["order"]), level_color(options["levels"])
    area = alt.Size("replicates:Q", scale=alt.Scale(range=[20, 320], zero=True), legend=None)
    chart = alt.layer(
        alt.Chart(figure.data["arrivals"])
        .mark_circle(opacity=0.55)
        .encode(x, place, color=color, size=area, tooltip=["level:N", "epochs:Q", "replicates:Q"]),
        alt.Chart(summary)
        .mark_tick(thickness=3, size=20, opacity=1)
        .encode(alt.X("median:Q", scale=scale), place, color=color),
        alt.Chart(summary.assign(end=end))
        .mark_text(align="right", fontSize=12, color="#333")
        .encode(alt.X("end:Q", scale=scale), place, text="label:N"),
    )
    return single(chart, 28 * len(summary) + 20)
