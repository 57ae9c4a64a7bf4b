"""The page and the figures of a study. Import it late: Altair and pandas take a second to load."""

from suite.report.page import draw, write

__all__ = ["draw", "write"]
