"""A last row that sums up those above it, as spreadsheets end in: it is no example."""

from collections.abc import Mapping, Sequence

import numpy as np

from suite.data.user.targets import LEAST_ROWS

CLOSE = 1e-4
"""Share by which a sum may differ: numbers are written rounded."""
ADDED = 3
"""Numbers other than 0 that a sum has at least."""


def refuse_total(columns: Mapping[str, np.ndarray], rows: Sequence[int]) -> None:
    """Refuses a file whose last row has the sum, or the mean, of all rows above in every column of numbers.

    Args:
        columns: of numbers, [n], missing ones NaN.
        rows: of each file.

    Raises:
        ValueError: there is such a row; names it.
    """
    for end, count in zip(np.cumsum(rows), rows, strict=True):
        parts = {name: values[end - count : end] for name, values in columns.items()}
        told = {name: _of_those_above(part) for name, part in parts.items() if np.isfinite(part[-1])}
        sums = [name for name, what in told.items() if what == "sum"]
        if count > LEAST_ROWS and sums and all(told.values()):
            raise ValueError(
                f"`dataset` expects examples. Received: data row {count}, the last one, whose {sums[0]!r}"
                f" {parts[sums[0]][-1]:.6g} is the sum of all above it. What to do: leave that row out."
            )


def _of_those_above(values: np.ndarray) -> str:
    """What the last number is of the others: their sum, their mean, or ""."""
    last, others = float(values[-1]), values[:-1][np.isfinite(values[:-1])].astype(np.float64)
    if np.count_nonzero(others) < ADDED:
        return ""
    if np.isclose(last, others.sum(), rtol=CLOSE, atol=0) and abs(last) > abs(others).max():
        return "sum"
    return "mean" if np.isclose(last, others.mean(), rtol=CLOSE, atol=0) else ""
