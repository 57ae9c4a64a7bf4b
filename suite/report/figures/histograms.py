"""Draws histograms that stand above each other in rows, in one panel or several."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from suite.analysis.records import Figure
from suite.report.figures.style import PALETTE, WIDTH, number_tips, single

COLUMNS = 4
"""Panels beside each other."""

HEIGHT = 22
"""Pixels of a row."""

FILLED = 0.88
"""Share of a row's height that its highest bin takes."""


def draw(figure: Figure) -> Any:
    """Draws a histogram a row, each as high as its row: heights are square roots, so that a bin with a
    hundredth of the largest one's count is a tenth as high and can be seen.

    Tables: `histograms` (panel; row: whole numbers, from the bottom up; left, right: a bin's ends; count).
    Options: `x_title`, `row_title`; `panels` in order; `columns`: panels beside each other (4).
    """
    data, options = stacked(figure.data["histograms"]), figure.options
    order = [name for name in options["panels"] if name in set(data["panel"])]
    rows = [int(row) for row in sorted(data["row"].unique())]
    y = alt.Y(
        "base:Q",
        title=options["row_title"],
        scale=alt.Scale(domain=(rows[0] - 0.1, rows[-1] + 1.0) if rows else (0.0, 1.0), nice=False),
        axis=alt.Axis(values=rows, format="d", titlePadding=6),
    )
    scale = alt.Scale(zero=False, nice=False)
    x = alt.X("left:Q", title=options["x_title"], scale=scale, axis=alt.Axis(tickCount=3))
    chart = alt.Chart(data).mark_rect(color=PALETTE[0], opacity=0.85)
    tooltip = ["panel:N", *number_tips("row", "left", "right", "count")]
    chart = chart.encode(x, y, x2="right:Q", y2="top:Q", tooltip=tooltip)
    height = HEIGHT * max(len(rows), 2)
    if len(order) < 2:
        return single(chart, 2 * height)
    columns = min(options.get("columns", COLUMNS), len(order))
    facet = alt.Facet("panel:N", sort=order, title=None)
    panels = chart.properties(width=(WIDTH - 60) // columns - 34, height=height)
    return panels.facet(facet, columns=columns, spacing=22).resolve_scale(x="independent")


def stacked(data: pd.DataFrame) -> pd.DataFrame:
    """`data` with `base` and `top` of each bin: its row, and above it how high the bin is drawn."""
    highest = data.groupby(["panel", "row"])["count"].transform("max")
    height = FILLED * np.sqrt(data["count"] / highest)
    return data.assign(base=data["row"].astype(float), top=data["row"] + height)
