"""What every figure shares: colours, type, sizes, and the parts it is put together from."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

WIDTH = 960  # pixels; the page's script narrows it to the screen
# Paul Tol's muted scheme (https://personal.sron.nl/~pault), yellow and light blue darkened for thin lines.
PALETTE = (
    "#332288",
    "#CC6677",
    "#117733",
    "#DDAA33",
    "#5599DD",
    "#882255",
    "#44AA99",
    "#999933",
    "#AA4499",
    "#555555",
)
STYLE = {
    "font": "Helvetica, Arial, sans-serif",
    "background": "white",
    "view": {"stroke": None},
    "axis": {
        "gridColor": "#e6e6e6",
        "domainColor": "#888",
        "tickColor": "#888",
        "labelFontSize": 11,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelColor": "#333",
        "titleColor": "#333",
    },
    "header": {"labelFontSize": 13, "labelFontWeight": "bold", "labelAnchor": "start", "labelPadding": 4},
    "legend": {"orient": "top", "labelFontSize": 12, "title": None, "symbolStrokeWidth": 2},
    "title": {
        "anchor": "start",
        "fontSize": 16,
        "subtitleFontSize": 12,
        "subtitleColor": "#444",
        "offset": 14,
    },
}


def level_color(levels: Sequence[str], channel: type = alt.Color, field: str = "level") -> Any:
    """One colour a level, the same in every figure; labels name the level too, for who cannot tell them
    apart."""
    colors = [PALETTE[i % len(PALETTE)] for i in range(len(levels))]
    return channel(f"{field}:N", scale=alt.Scale(domain=list(levels), range=colors), legend=None)


def y_axis(name: str, title: str, limits: Sequence[float]) -> alt.Y:
    """A linear axis that ends where the drawn range does."""
    return alt.Y(
        f"{name}:Q",
        title=title,
        scale=alt.Scale(domain=list(limits), nice=False, zero=False),
        axis=alt.Axis(tickCount=5),
    )


def number_tips(*names: str) -> list[alt.Tooltip]:
    """Numbers to show where the reader points, with four digits."""
    return [alt.Tooltip(f"{name}:Q", format=".4~g") for name in names]


def rows(order: Sequence[str], field: str = "level") -> alt.Y:
    """A row each, in order."""
    return alt.Y(f"{field}:N", sort=list(order), title=None, axis=alt.Axis(labelFontSize=13, labelLimit=220))


def single(chart: Any, height: int, width: int = WIDTH) -> Any:
    """A chart of one panel, whose labels lie within its width."""
    return chart.properties(
        width=width, height=height, autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    )


def panels(data: pd.DataFrame, layers: Sequence[Any], order: Sequence[str], field: str = "level") -> Any:
    """One small panel a level: eight lines or more in one panel cannot be told apart."""
    order = [level for level in order if level in set(data[field])]
    chart, columns = alt.layer(*layers, data=data), min(4, len(order))
    if columns <= 1:
        return single(chart, 260)
    facet = alt.Facet(f"{field}:N", sort=order, title=None)
    return chart.properties(width=(WIDTH - 60) // columns - 20, height=130).facet(
        facet, columns=columns, spacing=16
    )


def other_lines(
    data: pd.DataFrame, x: alt.X, y: alt.Y, names: tuple[str, str], limits: Sequence[float]
) -> list[alt.Chart]:
    """Every level's line in grey, behind the panel's own; without a field `level` no facet filters them.

    They are cut where they leave the drawn range: to have each clipped makes a picture take seconds.

    Args:
        data: of all levels. x, y: as drawn. names: columns of both. limits: of the drawn range.
    """
    if data["level"].nunique() < 2:
        return []
    lines = [
        pd.DataFrame(cut(line[[*names]].to_numpy(float), limits), columns=names).assign(other=level)
        for level, line in data.groupby("level", sort=False)
    ]
    grey = alt.Chart(pd.concat(lines, ignore_index=True)).mark_line(color="#d0d0d0", strokeWidth=1)
    return [grey.encode(x, y, detail="other:N")]


def cut(points: np.ndarray, limits: Sequence[float]) -> np.ndarray:
    """[m, 2] A line of points [n, 2] that ends where its y leaves the limits, with NaN for what is beyond
    them."""
    found: list[tuple[float, float]] = []
    for place, (x, y) in enumerate(points):
        if place:
            x0, y0 = points[place - 1]
            crossed = [(bound - y0) / (y - y0) for bound in limits if (y0 - bound) * (y - bound) < 0]
            found += [(x0 + part * (x - x0), y0 + part * (y - y0)) for part in sorted(crossed)]
        found.append((x, y if limits[0] <= y <= limits[1] else np.nan))
    return np.array(found).reshape(-1, 2)
