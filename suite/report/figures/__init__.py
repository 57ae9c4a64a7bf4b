"""Draws figures from their records: one file a kind, and a record names its kind."""

import io
import textwrap
from collections.abc import Callable
from typing import Any

import altair as alt

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
    title = alt.TitleParams(textwrap.wrap(figure.title, 60), subtitle=textwrap.wrap(figure.caption, 80))
    return chart(figure).properties(title=title, padding=16).configure(**STYLE)


def png(figure: Figure) -> bytes:
    """The figure with title and caption at twice the screen's resolution; needs neither a browser nor a
    network."""
    buffer = io.BytesIO()
    titled(figure).save(buffer, format="png", scale_factor=2)
    return buffer.getvalue()
