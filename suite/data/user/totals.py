"""Rows that sum up those above them, as spreadsheets have them: they are no examples."""

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
    every column of numbers; and one with subtotals: rows that are called so and have the sum of those since
    the last of them.

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
        every_number = [part for name, part in parts.items() if name not in texts]
        for name, part in texts.items() if count > LEAST_ROWS else ():
            if subtotals := _subtotals(part, every_number):
                raise ValueError(
                    f"`dataset` expects examples. Received: {len(subtotals)} subtotals, the first of them"
                    f" data row {subtotals[0] + 1}, whose {name!r} is {part[subtotals[0]]!r}. What to do:"
                    " leave those rows out."
                )


def _subtotals(texts: np.ndarray, numbers: Sequence[np.ndarray]) -> list[int]:
    """Rows that are called totals, if each has in some column the sum of the rows since the one before."""
    called = [row for row, text in enumerate(texts) if isinstance(text, str) and WORDS.fullmatch(text)]
    for values in numbers if called else ():
        between = np.split(values, called)[:-1]  # each but the first begins with the subtotal before
        parts = [part[place > 0 :] for place, part in enumerate(between)]
        sums = [np.nansum(part) for part in parts]
        if max(map(np.count_nonzero, parts)) >= ADDED and np.allclose(values[called], sums, rtol=CLOSE):
            return called
    return []


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
