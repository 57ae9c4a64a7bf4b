"""Says what each shape of question has to say: one file a shape."""

from collections.abc import Callable

from suite.analysis.shapes import comparison, curve, grid, search
from suite.analysis.shapes.records import Answered, Asked

SHAPES: dict[str, Callable[[Asked], Answered]] = {
    "comparison": comparison.answered,
    "curve": curve.answered,
    "grid": grid.answered,
    "search": search.answered,
}
"""Shape of a study -> what makes its answer, figure and table of the verdict."""

__all__ = ["SHAPES", "Answered", "Asked"]
