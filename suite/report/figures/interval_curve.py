"""Draws a validation or learning curve: a metric over a numeric axis, with its interval."""

from typing import Any

import altair as alt

from suite.analysis.records import Figure
from suite.report.figures.style import PALETTE, number_tips, single

COLORS = (PALETTE[0], PALETTE[1])


def draw(figure: Figure) -> Any:
    """Draws a line a series, the first with its replicates, the second dashed.

    Tables: `levels` (series, x, level, point, low, high), `replicates` (level, replicate, score, x), `flat`
        (low, high: ends of the range that is shaded), `missing` (x, note: why there is no point); where
        something was fitted, `fit` (x, y, low, high).
    Options: `series` in order, `ticks`, `best`: x of the level that is marked, `x_title`, `y_title`,
        `limits`, `x_scale` (`linear` or `log`).
    """
    data, options = figure.data, figure.options
    first, ticks = options["series"][0], options["ticks"]
    x = alt.X(
        "x:Q",
        title=options["x_title"],
        scale=alt.Scale(
            type=options["x_scale"], domain=[min(ticks), max(ticks)], zero=False, nice=False, padding=24
        ),
        axis=alt.Axis(values=ticks, format="~g", labelOverlap="greedy", grid=False),
    )
    height = alt.Scale(domain=options["limits"], nice=False, zero=False)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=options["y_title"], scale=height, axis=alt.Axis(tickCount=6))

    several = len(options["series"]) > 1
    names = alt.Scale(domain=options["series"], range=list(COLORS[: len(options["series"])]))
    color = alt.Color("series:N", scale=names, legend=None)
    dashes = alt.Scale(domain=options["series"], range=[[1, 0], [4, 3]][: len(options["series"])])
    key = alt.Legend(symbolStrokeColor="#333", symbolType="stroke") if several else None
    dash = alt.StrokeDash("series:N", scale=dashes, legend=key)
    base = alt.Chart(data["levels"])
    tips = ["series:N", "level:N", *number_tips("point", "low", "high")]
    flat = data["flat"]
    layers = [
        alt.Chart(flat[flat["low"] < flat["high"]])
        .mark_rect(color="#f1f1f1")
        .encode(alt.X("low:Q"), x2="high:Q"),
        base.mark_area(opacity=0.2, clip=True).encode(x, y("low"), y2="high:Q", color=color),
        alt.Chart(data["replicates"].assign(series=first))
        .mark_circle(size=30, opacity=0.3, clip=True)
        .encode(x, y("score"), color=color, tooltip=["level:N", "replicate:Q", *number_tips("score")]),
        base.mark_line(clip=True).encode(x, y("point"), color=color, strokeDash=dash),
        base.mark_point(size=60, filled=True, opacity=1, clip=True).encode(
            x, y("point"), color=color, tooltip=tips
        ),
        base.mark_point(size=190, filled=False, strokeWidth=2, opacity=1, color="#222", clip=True)
        .encode(x, y("point"))
        .transform_filter((alt.datum.x == options["best"]) & (alt.datum.series == first)),
    ]
    missing = alt.Chart(data["missing"].assign(place=options["limits"][1]))
    layers.append(
        missing.mark_text(baseline="top", dy=4, fontSize=12, color="#97222b").encode(
            x, y("place"), text="note:N"
        )
    )
    if "fit" in data:
        fit = alt.Chart(data["fit"])
        layers[1:1] = [
            fit.mark_area(opacity=0.12, color="#555", clip=True).encode(x, y("low"), y2="high:Q"),
            fit.mark_line(color="#555", strokeDash=[1, 3], clip=True).encode(x, y("y")),
        ]
    return single(alt.layer(*layers), 320)
