"""Draws bars with the number beside each."""

from typing import Any

import altair as alt

from suite.analysis.records import Figure
from suite.report.figures.style import PALETTE, WIDTH, number_tips, rows, single


def draw(figure: Figure) -> Any:
    """Draws a bar a row, in the order of the table.

    Tables: `bars` (name, value; where there are intervals: low, high; where there are several panels: panel).
    Options: `x_title`; `format` of the numbers (d3); `order` of the panels, where there are several.
    """
    data, options = figure.data["bars"], figure.options
    place = rows(list(dict.fromkeys(data["name"])), "name")
    written = options.get("format", ".3~g")
    x = alt.X("value:Q", title=options["x_title"], axis=alt.Axis(format=written, tickCount=5))
    base = alt.Chart()
    layers = [
        base.mark_bar(color=PALETTE[4], height=18).encode(
            x, place, tooltip=["name:N", *number_tips("value")]
        ),
    ]
    if "low" in data:
        layers.append(base.mark_rule(color="#333").encode(alt.X("low:Q"), place, x2="high:Q"))
    end = alt.X("high:Q") if "low" in data else x
    layers.append(
        base.mark_text(align="left", dx=5, fontSize=12).encode(
            end, place, text=alt.Text("value:Q", format=written)
        )
    )
    chart, height = alt.layer(*layers, data=data), 28 * data["name"].nunique() + 20
    if "panel" not in data:
        return single(chart, height)
    columns = min(3, data["panel"].nunique())
    facet = alt.Facet("panel:N", sort=options.get("order", list(dict.fromkeys(data["panel"]))), title=None)
    return chart.properties(width=(WIDTH - 160) // columns - 30, height=height).facet(
        facet, columns=columns, spacing=24
    )
