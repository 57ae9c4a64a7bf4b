"""Draws every trial of a search against each of its hyperparameters, a panel each."""

from typing import Any

import altair as alt

from suite.analysis.records import Figure
from suite.report.figures.style import WIDTH, level_color, y_axis
from suite.report.figures.trials import setting_axis, trials


def draw(figure: Figure) -> Any:
    """Draws two panels a row.

    Tables: one for each hyperparameter, by its name (level, x, objective, shown: where it is drawn, mark).
    Options: `levels`, `scales` and `titles` by hyperparameter, `y_title`, `limits`.
    """
    options, fill = figure.options, level_color(figure.options["levels"], alt.Fill)
    y = y_axis("shown", options["y_title"], options["limits"])
    drawn = []
    for name, data in figure.data.items():
        title = options["titles"][name]
        x = setting_axis(data["x"], options["scales"][name], title)
        drawn.append(trials(data, x, y, fill, title).properties(width=WIDTH // 2 - 80, height=180, data=data))
    return alt.concat(*drawn, columns=min(2, len(drawn)))
