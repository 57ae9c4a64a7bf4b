"""Draws every trial against one searched hyperparameter, a panel a level."""

from typing import Any

import altair as alt
import pandas as pd

from suite.analysis.records import Figure
from suite.report.figures.style import level_color, panels, y_axis
from suite.report.figures.trials import setting_axis, trials


def draw(figure: Figure) -> Any:
    """Draws a point a trial over the range that was searched.

    Tables: `trials` (level, x, objective, shown: where it is drawn, mark, low, high: ends of the range).
    Options: `levels` and `order` of them, `x_title`, `y_title`, `limits`, `scale` (`linear`, `log`,
        `near_one`).
    """
    data, options = figure.data["trials"], figure.options
    scale, title = options["scale"], options["x_title"]
    every = pd.concat([data["low"], data["high"]])
    x, y = setting_axis(every, scale, title), y_axis("shown", options["y_title"], options["limits"])
    band = (
        alt.Chart()
        .transform_aggregate(low="min(low)", high="max(high)", groupby=["level"])
        .mark_rect(color="#f1f1f1")
        .encode(setting_axis(every, scale, title, "low"), x2="high:Q")
    )
    points = trials(data, x, y, level_color(options["levels"], alt.Fill), title)
    return panels(data, [band, points], options["order"])
