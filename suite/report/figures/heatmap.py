"""Draws a matrix of coloured cells with a text in each."""

from typing import Any

import altair as alt

from suite.analysis.records import Figure
from suite.report.figures.style import WIDTH

SHOWN = ("x", "y", "value", "text", "dark")
"""Columns that are drawn; what else a table has is shown where the reader points."""


def draw(figure: Figure) -> Any:
    """Draws a cell a row of the table.

    Tables: `cells` (x, y, value: NaN leaves the cell grey, text, dark: whether the text is white; others as
        tooltips).
    Options: `x_order`, `y_order`, `x_title`, `y_title`; `domain` of the colours with `scheme` (Vega's name)
        or `colors`; `value_title`; `x_on_top`; `row_height`, `column_width` in pixels (32 and 58).
    """
    data, options = figure.data["cells"], figure.options
    columns, places = options["x_order"], options["y_order"]
    x_axis = (
        alt.Axis(labelAngle=-40, orient="top", labelFontSize=12)
        if options.get("x_on_top")
        else alt.Axis(labelFontSize=12, labelAngle=0 if len(columns) <= 8 else -40)
    )
    x = alt.X("x:N", sort=columns, title=options["x_title"], axis=x_axis)
    y = alt.Y("y:N", sort=places, title=options["y_title"], axis=alt.Axis(labelFontSize=12, labelLimit=220))
    colors = (
        {"range": options["colors"], "interpolate": "lab"}
        if "colors" in options
        else {"scheme": options["scheme"]}
    )
    scale = alt.Scale(domain=options["domain"], clamp=True, **colors)
    others = [name for name in data if name not in SHOWN]
    tooltip = ["y:N", "x:N", alt.Tooltip("value:Q", title=options["value_title"], format=".4~g"), *others]
    base = alt.Chart(data)
    fill = alt.condition(
        "isValid(datum.value)", alt.Color("value:Q", scale=scale, legend=None), alt.value("#e4e4e4")
    )
    chart = alt.layer(
        base.mark_rect(stroke="white").encode(x, y, color=fill, tooltip=tooltip),
        base.mark_text(fontSize=11).encode(
            x, y, text="text:N", color=alt.condition("datum.dark", alt.value("white"), alt.value("#222"))
        ),
    )
    return chart.properties(
        width=min(WIDTH, 160 + options.get("column_width", 58) * len(columns)),
        height=options.get("row_height", 32) * len(places),
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )
