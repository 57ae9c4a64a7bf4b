"""Questions about columns as Arrow holds them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

FIRST = 100
"""Texts that are looked at before all are."""


def is_text(kind: pa.DataType) -> bool:
    """Tells whether a column holds strings."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def all_match(values: pa.ChunkedArray, form: str) -> bool:
    """Tells whether all texts match a regular expression (RE2); missing ones do. Most answers follow from the
    first few.

    Args:
        values: texts.
        form: with ^ and $ where the whole text must match.
    """
    few = values.slice(0, FIRST)
    return all(pc.all(pc.match_substring_regex(part, form)).as_py() is not False for part in (few, values))


def row(values: pa.ChunkedArray, value: object) -> int:
    """Gives the number of the first data row, from 1, that holds a value."""
    return pc.index(values, pa.scalar(value, values.type)).as_py() + 1


def different(values: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Gives the different texts in order of appearance, and how often each occurs."""
    found = pc.value_counts(values.drop_null())
    return found.field("values").to_numpy(zero_copy_only=False), found.field("counts").to_numpy()
