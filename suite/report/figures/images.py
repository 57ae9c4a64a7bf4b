"""Draws small pictures in rows."""

import base64
import io
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from PIL import Image

from suite.analysis.records import Figure
from suite.report.figures.style import WIDTH

SIDE = 52
"""Pixels that the longer side of a picture takes on the page."""


def draw(figure: Figure) -> Any:
    """Draws the pictures of each row side by side: the darkest pixel of a picture black, its brightest white.

    Tables: `pixels` (row; column: the place of the picture in it; x, y: of the pixel, from 0 at the top left;
        value).
    Options: `rows` in order; `signed`: 0 is grey, and a value and its negative are as far from it.
    """
    data, options = figure.data["pixels"], figure.options
    places = [name for name in options["rows"] if name in set(data["row"])]
    pictures = pd.DataFrame(
        [
            {"row": row, "column": column, "url": _png(part, bool(options.get("signed")))}
            for (row, column), part in data.groupby(["row", "column"], sort=False)
        ]
    )
    columns = int(pictures["column"].max()) + 1
    y = alt.Y("row:N", sort=places, title=None, axis=alt.Axis(labelFontSize=12, labelLimit=240, ticks=False))
    return (
        alt.Chart(pictures)
        .mark_image(width=SIDE, height=SIDE)
        .encode(alt.X("column:O", axis=None), y, url="url:N")
        .properties(width=min(WIDTH - 250, (SIDE + 6) * columns), height=(SIDE + 6) * len(places))
    )


def _png(pixels: pd.DataFrame, signed: bool) -> str:
    """A picture as the address that holds it, enlarged so that its pixels stay sharp."""
    values = np.zeros((int(pixels["y"].max()) + 1, int(pixels["x"].max()) + 1))
    values[pixels["y"], pixels["x"]] = pixels["value"]
    high = np.abs(values).max() if signed else values.max()
    low = -high if signed else values.min()
    grey = np.round(255 * (values - low) / ((high - low) or 1)).astype(np.uint8)
    size = max(1, 2 * SIDE // max(grey.shape))
    buffer = io.BytesIO()
    Image.fromarray(np.kron(grey, np.ones((size, size), np.uint8))).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
