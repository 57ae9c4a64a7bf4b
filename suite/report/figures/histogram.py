"""Draws histograms, a panel each, in rows and columns where both are given."""

from typing import Any

import altair as alt

from suite.analysis.records import Figure
from suite.report.figures.style import PALETTE, WIDTH, number_tips


def draw(figure: Figure) -> Any:
    """Draws a bar a bin.

    Tables: `bins` (low, high: its ends, share: its height, column, row: which panel; row may be left out).
    Options: `x_title`, `y_title`; `columns` and `rows` in order; `independent`: whether each panel has axes
        of its own.
    """
    data, options = figure.data["bins"], figure.options
    columns = options.get("columns", list(dict.fromkeys(data["column"])))
    places = options.get("rows", list(dict.fromkeys(data["row"]))) if "row" in data else []
    chart = (
        alt.Chart(data)
        .mark_rect(color=PALETTE[4])
        .encode(
            alt.X("low:Q", title=options["x_title"], axis=alt.Axis(tickCount=3, format="~g")),
            alt.Y("zero:Q", title=options.get("y_title", "share"), axis=alt.Axis(tickCount=3)),
            x2="high:Q",
            y2="share:Q",
            tooltip=number_tips("low", "high", "share"),
        )
        .transform_calculate(zero="0")
        .properties(width=max(70, (WIDTH - 80) // min(8, len(columns)) - 16), height=90)
    )
    if places:
        down = alt.Row("row:N", sort=places, title=None, header=alt.Header(labelAngle=0, labelAlign="left"))
        across = alt.Column("column:N", sort=columns, title=None)
        drawn = chart.facet(column=across, row=down, spacing=8)
    else:
        facet = alt.Facet("column:N", sort=columns, title=None)
        drawn = chart.facet(facet, columns=min(8, len(columns)), spacing=8)
    if options.get("independent"):
        drawn = drawn.resolve_scale(x="independent", y="independent")
    return drawn
