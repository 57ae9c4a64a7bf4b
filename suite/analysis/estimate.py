"""What every estimate is: a point with its interval. Light to import: a finished study is printed from it."""

from typing import NamedTuple

import numpy as np

NEGLIGIBLE = 1e-6
"""Share of the upper end below which a lower end is 0 to a reader."""


class Estimate(NamedTuple):
    """A point estimate and the interval around it; `low` <= `high`."""

    point: float
    low: float
    high: float

    def signed(self, minimize: bool) -> "Estimate":
        """From cost to the metric's own direction; adding zero turns -0.0 into 0.0."""
        return self if minimize else Estimate(0.0 - self.point, 0.0 - self.high, 0.0 - self.low)

    def text(self, *, percent: bool = False) -> str:
        """Such as `0.331 [0.329, 0.333]` or `88.3% [88.1%, 88.6%]`: three digits, four where the interval is
        narrow, and each with its own digits where the lower end would read 0.000."""
        scale, unit = (100, "%") if percent else (1, "")
        size = max((abs(x) * scale for x in self if np.isfinite(x)), default=0)
        places = 2 - int(np.floor(np.log10(size))) if 0 < size < np.inf else 3
        places += (self.high - self.low) * scale * 10.0**places < 3
        lost = places >= 0 and NEGLIGIBLE * size < self.low * scale < 10.0**-places / 2
        form = ".3g" if lost else f".{max(places, 0)}f"
        value, low, high = (
            f"{x * scale:{form}}{unit}" if np.isfinite(x) else ("∞" if x > 0 else "-∞") for x in self
        )
        return f"{value} [{low}, {high}]"
