"""Draws figures from their records: one file a kind, and a record names its kind."""

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import vl_convert

from suite.analysis.records import Figure
from suite.names import one_of
from suite.report.figures.arrivals import draw as arrivals
from suite.report.figures.bars import draw as bars
from suite.report.figures.budget import draw as budget
from suite.report.figures.curves import draw as curves
from suite.report.figures.heatmap import draw as heatmap
from suite.report.figures.histograms import draw as histograms
from suite.report.figures.images import draw as images
from suite.report.figures.interval_curve import draw as interval_curve
from suite.report.figures.lines import draw as lines
from suite.report.figures.paths import draw as paths
from suite.report.figures.plane import draw as plane
from suite.report.figures.ranking import draw as ranking
from suite.report.figures.search import draw as search
from suite.report.figures.sensitivity import draw as sensitivity
from suite.report.figures.slider import draw as slider
from suite.report.figures.style import STYLE

VERSION = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
"""The version of Vega-Lite that Altair writes for."""

PADDING = 16  # pixels around a figure that stands by itself

alt.data_transformers.disable_max_rows()  # else Altair refuses a figure of more than 5,000 marks

FIGURES: dict[str, Callable[[Figure], Any]] = {
    "arrivals": arrivals,
    "bars": bars,
    "budget": budget,
    "curves": curves,
    "heatmap": heatmap,
    "histograms": histograms,
    "images": images,
    "interval_curve": interval_curve,
    "lines": lines,
    "paths": paths,
    "plane": plane,
    "ranking": ranking,
    "search": search,
    "sensitivity": sensitivity,
    "slider": slider,
}
"""Kind of a figure -> what draws it. Each file says which tables and options its kind takes."""


def chart(figure: Figure) -> Any:
    """The Altair chart of a figure.

    Raises:
        ValueError: a kind that nothing draws.
    """
    return FIGURES[one_of("kind", figure.kind, FIGURES)](figure)


def spec(figure: Figure) -> dict[str, Any]:
    """The Vega-Lite specification for the page, which sets title and caption in its own type."""
    description = f"{figure.title}. {figure.caption}"
    return chart(figure).properties(description=description).configure(**STYLE).to_dict()


def titled(figure: Figure) -> Any:
    """The Altair chart of a figure with its title and caption, as it stands by itself: a narrow one is as
    wide as their lines."""
    return chart(figure).properties(title=_title(figure), padding=PADDING).configure(**STYLE)


def png(figure: Figure, drawn: Mapping[str, Any] | None = None) -> bytes:
    """The figure with title and caption at twice the screen's resolution; needs neither a browser nor a
    network.

    Args:
        figure: what to draw.
        drawn: what `spec` gave of it, with its tables; None: it is asked now.
    """
    whole = {**(drawn or spec(figure)), "title": _title(figure).to_dict(), "padding": PADDING}
    picture: bytes = vl_convert.vegalite_to_png(whole, vl_version=VERSION, scale=2)
    return picture


def _title(figure: Figure) -> Any:
    return alt.TitleParams(textwrap.wrap(figure.title, 60), subtitle=textwrap.wrap(figure.caption, 80))
