"""What every figure shares: the record of a figure, its style, and the parts it is put together from."""

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from suite.analysis.records import Comparison, Evidence

WIDTH = 960  # pixels; the page's script narrows it to the screen
# Paul Tol's muted scheme (https://personal.sron.nl/~pault), yellow and light blue darkened for thin lines on white.
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


@dataclass(frozen=True)
class Figure:
    """A chart with the title that says what to see and a caption of one sentence."""

    name: str
    title: str
    caption: str
    chart: alt.TopLevelMixin

    def spec(self) -> dict:
        """The Vega-Lite specification for the page, which sets title and caption in its own type."""
        return self.chart.properties(description=f"{self.title}. {self.caption}").configure(**STYLE).to_dict()

    def png(self) -> bytes:
        """The figure with title and caption at twice the screen's resolution; needs neither a browser nor a network."""
        title = alt.TitleParams(textwrap.wrap(self.title, 100), subtitle=textwrap.wrap(self.caption, 150))
        buffer = io.BytesIO()
        chart = self.chart.properties(title=title, padding=16).configure(**STYLE)
        chart.save(buffer, format="png", scale_factor=2)
        return buffer.getvalue()


def ranked_values(comparison: Comparison) -> list[str]:
    return [item.level for item in comparison.ranking]


def value_color(evidence: Sequence[Evidence], channel: type = alt.Color) -> alt.Color | alt.Fill:
    """One colour a value, the same in every figure; labels name the value too, for who cannot tell them apart."""
    values = [item.level for item in evidence]
    colors = [PALETTE[i % len(PALETTE)] for i in range(len(values))]
    return channel("level:N", scale=alt.Scale(domain=values, range=colors), legend=None)


def y_axis(name: str, title: str, limits: tuple[float, float]) -> alt.Y:
    return alt.Y(
        f"{name}:Q",
        title=title,
        scale=alt.Scale(domain=limits, nice=False, zero=False),
        axis=alt.Axis(tickCount=5),
    )


def number_tips(*names: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{name}:Q", format=".4~g") for name in names]


def value_rows(comparison: Comparison) -> alt.Y:
    """A row a value, best on top."""
    return alt.Y(
        "level:N", sort=ranked_values(comparison), title=None, axis=alt.Axis(labelFontSize=13, labelLimit=220)
    )


def single(chart: alt.Chart, height: int, width: int = WIDTH) -> alt.Chart:
    return chart.properties(
        width=width, height=height, autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    )


def panels(data: pd.DataFrame, layers: Sequence[alt.Chart], order: Sequence[str]) -> alt.TopLevelMixin:
    """One small panel a value, best first: eight lines or more in one panel cannot be told apart."""
    order = [value for value in order if value in set(data["level"])]
    chart, columns = alt.layer(*layers, data=data), min(4, len(order))
    if columns <= 1:
        return single(chart, 260)
    facet = alt.Facet("level:N", sort=order, title=None)
    return chart.properties(width=(WIDTH - 60) // columns - 20, height=130).facet(
        facet, columns=columns, spacing=16
    )


def absent(data: pd.DataFrame, column: str, limits: tuple[float, float], order: Sequence[str]) -> str:
    """The end of a caption that names the values of which nothing lies in the drawn range."""
    drawn = set(data["level"][data[column].between(*limits)])
    missing = [value for value in order if value not in drawn]
    return f"; diverged or off the scale: {', '.join(missing)}" if missing else ""


def other_lines(data: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Every value's line in grey, behind the panel's own; without a field `value` no facet filters them."""
    if data["level"].nunique() == 1:
        return []
    return [
        alt.Chart(data.rename(columns={"level": "other"}))
        .mark_line(color="#d0d0d0", strokeWidth=1, clip=True)
        .encode(x, y, detail="other:N")
    ]
