"""Draws bars with the number beside each."""

from typing import Any

import altair as alt

from suite.analysis.records import Figure
from suite.report.figures.style import PALETTE, WIDTH, number_tips, rows, single


def draw(figure: Figure) -> Any:
    """Draws a bar a row, in the order of the table; on a logarithmic scale, which has no 0 to begin at, a
    point.

    Tables: `bars` (name, value; where there are intervals: low, high; where there are several panels: panel).
    Options: `x_title`; `format` of the numbers (d3); `order` of the panels, where there are several;
        `x_scale` (`linear` or `log`, on which what is not above 0 is not drawn); `rule`: a value that is
        marked.
    """
    data, options = figure.data["bars"], figure.options
    logarithmic = options.get("x_scale") == "log"
    place = rows(list(dict.fromkeys(data["name"])), "name")
    written = options.get("format", ".3~g")
    scale = alt.Scale(type="log") if logarithmic else alt.Scale()
    x = alt.X("value:Q", title=options["x_title"], scale=scale, axis=alt.Axis(format=written, tickCount=5))
    base = alt.Chart()
    mark = base.mark_point(filled=True, size=80, opacity=1) if logarithmic else base.mark_bar(height=18)
    layers = [mark.encode(x, place, color=alt.value(PALETTE[4]), tooltip=["name:N", *number_tips("value")])]
    if "low" in data:
        layers.append(base.mark_rule(color="#333").encode(alt.X("low:Q"), place, x2="high:Q"))
    end = alt.X("high:Q") if "low" in data else x
    text = base.mark_text(align="left", dx=8 if logarithmic else 5, fontSize=12)
    layers.append(text.encode(end, place, text=alt.Text("value:Q", format=written)))
    if options.get("rule") is not None:
        layers.append(base.mark_rule(color="#888", strokeDash=[4, 3]).encode(alt.X(datum=options["rule"])))
    drawn = data[data["value"] > 0] if logarithmic else data
    chart, height = alt.layer(*layers, data=drawn), (20 if logarithmic else 28) * data["name"].nunique() + 20
    if "panel" not in data:
        return single(chart, height)
    panels = data["panel"].nunique()
    columns = 2 if panels == 4 else min(3, panels)
    facet = alt.Facet("panel:N", sort=options.get("order", list(dict.fromkeys(data["panel"]))), title=None)
    return chart.properties(width=(WIDTH - 160) // columns - 30, height=height).facet(
        facet, columns=columns, spacing=24
    )
