"""A last row that sums up those above it, as spreadsheets end in: it is no example."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from suite.data.user.targets import LEAST_ROWS

CLOSE = 1e-6
"""Share of all that is added by which a sum may differ: numbers are written rounded."""
ADDED = 3
"""Numbers other than 0 that a sum has at least."""
WORDS = re.compile(
    r"((grand|sub)?[ -]?total|sum|average|avg|mean|(gesamt|zwischen)?summe|gesamt(ergebnis)?|mittelwert"
    r"|durchschnitt|ø|somme|total (g[ée]n[ée]ral|general)|moyenne|totale( complessivo)?|media|suma( total)?"
    r"|합 ?계|총 ?합 ?계|총 ?계|소 ?계|평 ?균|合计|总计|小计|平均|合計|総計|總計|小計|計"
    r"|итого|всего|среднее)\W*",
    re.IGNORECASE,
)
"""What such a row is called."""


def refuse_total(columns: Mapping[str, np.ndarray], rows: Sequence[int]) -> None:
    """Refuses a file whose last row is called a total, or has the sum of all rows above, or their mean, in
    every column of numbers.

    Args:
        columns: of numbers and texts, [n], missing ones NaN or None.
        rows: of each file.

    Raises:
        ValueError: there is such a row; names it.
    """
    for end, count in zip(np.cumsum(rows), rows, strict=True):
        parts = {name: values[end - count : end] for name, values in columns.items()}
        texts = {name: part for name, part in parts.items() if part.dtype == object}
        numbers = {name: part for name, part in parts.items() if name not in texts and np.isfinite(part[-1])}
        told = {name: _of_those_above(part) for name, part in numbers.items()}
        why = [f"{name!r} is {part[-1]!r}" for name, part in texts.items() if _is_called_so(part)]
        if all(told.values()):
            sums = (name for name, what in told.items() if what == "sum")
            why += [f"{name!r} {numbers[name][-1]:.6g} is the sum of all above it" for name in sums]
        if count > LEAST_ROWS and why:
            raise ValueError(
                f"`dataset` expects examples. Received: data row {count}, the last one, whose {why[0]}. What"
                " to do: leave that row out."
            )


def _is_called_so(texts: np.ndarray) -> bool:
    """Whether the last text, and no other, is the name of a total."""
    last = texts[-1]
    return isinstance(last, str) and bool(WORDS.fullmatch(last)) and (texts == last).sum() == 1


def _of_those_above(values: np.ndarray) -> str:
    """What the last number is of the others: their `sum`, if it is larger than each, `like a sum` or mean
    else, or ""."""
    last, others = float(values[-1]), values[:-1][np.isfinite(values[:-1])].astype(np.float64)
    if np.count_nonzero(others) < ADDED:
        return ""
    near = CLOSE * abs(others).sum()
    if abs(last - others.sum()) <= near:
        return "sum" if abs(last) > abs(others).max() else "like a sum"
    return "like a mean" if abs(last - others.mean()) <= near / len(others) + 0.005 else ""
