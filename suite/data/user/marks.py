"""What stands for a missing value in a column, and how often."""

from collections import Counter
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from suite.data.missing import SPACES
from suite.data.user.arrow import is_text
from suite.data.user.options import Options


def without_marks(name: str, values: pa.ChunkedArray, options: Options, notes: list[str]) -> pa.ChunkedArray:
    """Gives texts without blanks around them, and nulls for what stands for a missing value.

    Args:
        name: of the column.
        values: texts or numbers; others stay as they are.
        options: what the user says.
        notes: takes what was found.
    """
    if is_text(values.type):
        values = pc.utf8_trim(values.cast(pa.large_string()), SPACES)
        marks = pa.array(options.marks, pa.large_string())
        missing = pc.is_in(values, marks)
        counts = {mark: count for mark, count in _counts(values.filter(missing)) if mark}
        if counts:
            said = ", ".join(f"{mark!r} ({count})" for mark, count in Counter(counts).most_common(3))
            notes.append(f"`{name}`: {said} stand for a missing value; `missing` decides otherwise")
        return pc.if_else(missing, pa.scalar(None, values.type), values)
    if options.missing is not None and (
        pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
    ):
        numbers = pa.array(
            [number for mark in options.marks if (number := _float(mark)) is not None], pa.float64()
        )
        return pc.if_else(pc.is_in(values.cast(pa.float64()), numbers), pa.scalar(None, values.type), values)
    return values


def _counts(values: pa.ChunkedArray) -> Iterable[tuple[str, int]]:
    return ((each["values"].as_py(), each["counts"].as_py()) for each in pc.value_counts(values))


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
