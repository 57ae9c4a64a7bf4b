"""Draws the panels of another figure one at a time: a slider says which."""

import json
from typing import Any

import altair as alt

from suite.analysis.records import Figure
from suite.report.figures.curves import draw as curves
from suite.report.figures.lines import draw as lines
from suite.report.figures.plane import draw as plane
from suite.report.figures.style import WIDTH

PANELS = {"curves": (curves, WIDTH, 260), "lines": (lines, WIDTH, 260), "plane": (plane, 360, 360)}
"""Kind of the other figure -> what draws its panels, and width and height of one by itself."""


def draw(figure: Figure) -> Any:
    """Draws the panel that the slider is at, from its middle on; all others are in the page already.

    Tables, options: of the other figure, which has several panels. Of its own: `of`: its kind; `slider`: name
        of the hyperparameter that the panels are levels of.
    """
    options = figure.options
    drawn, width, height = PANELS[options["of"]]
    panels = drawn(figure)
    facet = panels["facet"]
    order, field = list(facet["sort"]), facet["shorthand"].removesuffix(":N")
    names = [panel if "=" in panel else f"{options['slider']} = {panel}" for panel in order]
    place = alt.binding_range(min=0, max=len(order) - 1, step=1, name=options["slider"])
    name = alt.Chart(alt.InlineData([{}])).mark_text(
        align="right",
        fontSize=13,
        fontWeight="bold",
        x="width",
        y=-10,
        text=alt.expr(f"{json.dumps(names)}[place]"),
    )
    shown = f"datum[{json.dumps(field)}] === {json.dumps(order)}[place]"
    return (
        alt.layer(*panels.spec.layer, name, data=panels.data)
        .transform_filter(shown)
        .add_params(alt.param(name="place", value=len(order) // 2, bind=place))
        .properties(
            width=width,
            height=height,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            usermeta={"places": names},
        )
    )
