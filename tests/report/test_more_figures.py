"""Histograms in rows and paths over contours: the numbers that are drawn, and that they draw."""

import numpy as np
import pandas as pd
import pytest

from suite.analysis.records import Figure
from suite.report.figures import png, spec
from suite.report.figures.histograms import FILLED, stacked
from suite.report.figures.style import cut

BINS = pd.DataFrame(
    [("a", 1, 0.0, 0.5, 100), ("a", 1, 0.5, 1.0, 1), ("a", 2, 0.0, 0.5, 3), ("b", 1, 0.0, 0.5, 7)],
    columns=["panel", "row", "left", "right", "count"],
)


def histograms(data: pd.DataFrame) -> Figure:
    options = {"x_title": "output", "row_title": "layer", "panels": ["b", "a"], "columns": 2}
    return Figure("piles", "histograms", "What to see", "What is drawn.", {"histograms": data}, options)


def paths() -> Figure:
    data = {
        "paths": pd.DataFrame(
            {"panel": ["sgd"] * 3 + ["adam"], "step": [0, 1, 2, 0], "x": [3, 1, 2, 0], "y": [0, 1, 2, 9]}
        ),
        "contours": pd.DataFrame({"line": [0, 0], "step": [0, 1], "x": [0.0, 1.0], "y": [0.0, 1.0]}),
    }
    options = {"x_title": "x", "y_title": "y", "x_domain": [0, 3], "y_domain": [0, 9]}
    options["panels"] = ["sgd", "adam"]
    return Figure("paths", "paths", "What to see", "What is drawn.", data, options)


def test_each_histogram_is_as_high_as_its_row_and_a_hundredth_a_tenth_as_high():
    data = stacked(BINS)
    assert data["base"].tolist() == [1, 1, 2, 1]
    heights = (data["top"] - data["base"]).tolist()
    assert heights == pytest.approx([FILLED, FILLED / 10, FILLED, FILLED])


@pytest.mark.parametrize(
    "figure", [histograms(BINS), histograms(BINS[:2]), paths()], ids=["panels", "one panel", "paths"]
)
def test_they_draw(figure):
    assert png(figure).startswith(b"\x89PNG")


def test_points_of_a_path_are_joined_in_the_order_of_their_steps():
    lines = [
        layer
        for chart in spec(paths())["concat"]
        for layer in chart["layer"]
        if layer["mark"]["type"] == "line"
    ]
    assert len(lines) == 4 and all(layer["encoding"]["order"]["field"] == "step" for layer in lines)


def test_a_line_is_cut_where_it_leaves_the_drawn_range():
    line = np.array([[0, 4.0], [1, 2.0], [2, 1.0], [3, 5.0], [4, 5.0]])
    left = [[0, np.nan], [0.5, 3], [1, 2], [2, 1], [2.5, 3], [3, np.nan], [4, np.nan]]
    assert cut(line, (0, 3)) == pytest.approx(np.array(left), nan_ok=True)
    through = [[0, np.nan], [1 / 6, 0], [5 / 6, 4], [1, np.nan]]
    assert cut(np.array([[0, -1.0], [1, 5.0]]), (0, 4)) == pytest.approx(np.array(through), nan_ok=True)
    assert cut(np.zeros((0, 2)), (0, 1)).shape == (0, 2)
