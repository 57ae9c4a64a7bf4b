"""Draws lines over a numeric axis, with intervals where there are any."""

from typing import Any

import altair as alt

from suite.analysis.records import Figure
from suite.report.figures.style import PALETTE, WIDTH, number_tips, single

GREY = "#c8c8c8"


def draw(figure: Figure) -> Any:
    """Draws a line a series, in panels where there are several.

    Tables: `lines` (x, y, series; where there are intervals: low, high; where there are several panels:
        panel).
    Options: `x_title`, `y_title`; `series` in order; `panels` in order; `x_scale`, `y_scale` (`linear` or
        `log`); `ticks`: places that are marked on the axis; `rule`: a height that is marked across, such as
        what theory says; `points`: whether each point is marked; `faint`: series that are drawn thin and
        grey.
    """
    data, options = figure.data["lines"], figure.options
    series = options.get("series", list(dict.fromkeys(data["series"])))
    x_scale = alt.Scale(type=options.get("x_scale", "linear"), zero=False, nice=False)
    y_scale = alt.Scale(type=options.get("y_scale", "linear"), zero=False)
    ticks = {"values": options["ticks"], "format": "~g"} if "ticks" in options else {"tickCount": 6}
    x = alt.X("x:Q", title=options["x_title"], scale=x_scale, axis=alt.Axis(**ticks, labelOverlap="greedy"))
    y = alt.Y("y:Q", title=options["y_title"], scale=y_scale, axis=alt.Axis(tickCount=5))
    faint = options.get("faint", [])
    colors = [GREY if name in faint else PALETTE[n % len(PALETTE)] for n, name in enumerate(series)]
    legend = alt.Legend(symbolType="stroke", symbolOpacity=1) if len(series) > 1 else None
    color = alt.Color("series:N", scale=alt.Scale(domain=list(series), range=colors), legend=legend)
    thin = alt.condition(alt.FieldOneOfPredicate("series", faint), alt.value(1), alt.value(2))
    base = alt.Chart()
    layers = []
    if options.get("rule") is not None:
        layers.append(base.mark_rule(color="#888", strokeDash=[4, 3]).encode(alt.Y(datum=options["rule"])))
    tips = ["series:N", *number_tips("x", "y")]
    if "low" in data:
        low = alt.Y("low:Q", title=options["y_title"], scale=y_scale)
        layers.append(base.mark_area(opacity=0.2).encode(x, low, y2="high:Q", color=color))
        tips += number_tips("low", "high")
    size = 30 if options.get("points") else 0
    layers += [
        base.mark_line().encode(x, y, color=color, strokeWidth=thin),
        base.mark_point(filled=True, size=size or 60, opacity=1 if size else 0).encode(
            x, y, color=color, tooltip=tips
        ),
    ]
    chart = alt.layer(*layers, data=data)
    if "panel" not in data or data["panel"].nunique() == 1:
        return single(chart, 260)
    order = options.get("panels", list(dict.fromkeys(data["panel"])))
    columns = min(4, len(order))
    return chart.properties(width=(WIDTH - 60) // columns - 20, height=150).facet(
        alt.Facet("panel:N", sort=order, title=None), columns=columns, spacing=16
    )
