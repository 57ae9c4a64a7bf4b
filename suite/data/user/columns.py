"""What the columns of a user's table are, and what becomes of each: inferred, never silently."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

IDENTIFIER = re.compile(r"(^|[ _.-])(id|uuid|guid|index|key)$", re.IGNORECASE)
FEW = 20
"""So many distinct values are few: whole numbers of a target are then classes, texts of a column categories."""
WORDS = 3.0
"""Texts with so many words on average are free text."""
NUMBERS_WITH_SLIPS = 0.9
"""A text column of which more than this share reads as numbers is a numeric one with slips."""


@dataclass(frozen=True)
class Columns:
    """Inputs of a table: `x` has the columns of `kinds`; `notes` says what was dropped or replaced, and why."""

    x: pd.DataFrame
    kinds: dict[str, str]
    notes: list[str]


def infer(table: pa.Table) -> Columns:
    """Raw columns and their kinds.

    - numeric: numbers; booleans as 0 and 1; dates as year, month, day of the week and, unless all are at midnight, hour.
    - categorical: texts, FEW distinct ones or up to half of the rows.
    - text: more distinct, WORDS words or more on average. If nothing else is left, single words are `characters`.
    - dropped: empty and constant columns, and identifiers: all different and counting up or so named, or mostly
      different texts of few words.

    Raises:
        ValueError: infinite numbers, numbers mixed with text, types that no model takes, or no column left.
    """
    x, kinds, notes, identifiers = {}, {}, [], {}
    for name, values in zip(table.column_names, map(plain, table.column_names, table.columns), strict=True):
        parts = _dates(name, values) if pa.types.is_timestamp(values.type) else {name: values}
        if name not in parts:
            notes.append(f"`{name}` is a date and became {', '.join(parts)}")
        for part, numbers in parts.items():
            kind, reason = _kind(part, numbers)
            if kind:
                x[part], kinds[part] = _frame_column(part, numbers), kind
            else:
                notes.append(f"`{part}` was dropped: {reason}")
                if reason.startswith("identifier") and is_text(numbers.type):
                    identifiers[part] = numbers
    if not kinds and len(identifiers) == 1:
        ((name, values),) = identifiers.items()
        notes = [note for note in notes if not note.startswith(f"`{name}`")]
        x, kinds = {name: _frame_column(name, values)}, {name: "characters"}
    if not kinds:
        raise ValueError(
            f"`dataset` expects a column to learn from. Received: {'; '.join(notes) or 'only the target'}."
        )
    by_input: dict[str, str] = {}  # an exported model's inputs have names of letters, digits and _
    for name in kinds:
        if (other := by_input.setdefault(re.sub(r"\W", "_", name), name)) != name:
            raise ValueError(
                f"`dataset` expects columns that differ in letters or digits. Received: {other!r} and {name!r}. Rename one."
            )
    return Columns(pd.DataFrame(x), kinds, notes)


def plain(name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers, texts or dates instead of what holds them: dictionaries, decimals, durations, times in seconds.

    Raises:
        ValueError: nested values, bytes and other types that no model takes.
    """
    kind = values.type
    if pa.types.is_dictionary(kind):
        return plain(name, values.cast(kind.value_type))
    if (
        pa.types.is_null(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_timestamp(kind)
    ):
        return values
    if pa.types.is_date(kind):
        return values.cast(pa.timestamp("ms"))
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        values = values.cast(pa.float64())
        return pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)
    if pa.types.is_duration(kind) or pa.types.is_time(kind):
        microseconds = values.cast(pa.duration("us") if pa.types.is_duration(kind) else pa.time64("us")).cast(
            pa.int64()
        )
        return pc.divide(microseconds.cast(pa.float64()), 1e6)
    if is_text(kind):
        return _dated(values.cast(pa.large_string()))
    raise ValueError(
        f"`dataset` expects numbers, texts, booleans or dates. Received: column {name!r} of {kind}."
    )


def _dated(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dates where all texts are dates as ISO 8601 writes them, else the texts."""
    dates = pc.all(
        pc.match_substring_regex(texts, r"^\d{4}-\d{2}-\d{2}([T ]|$)")
    ).as_py()  # null if there are none
    try:
        return texts.cast(pa.timestamp("us")) if dates else texts
    except pa.ArrowInvalid:
        return texts


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds strings."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def refuse_slips(name: str, values: pa.ChunkedArray) -> None:
    """A single `n.a.` turns a column of numbers into one of texts: that is never meant.

    Raises:
        ValueError: most texts read as numbers, but not all; names the first that does not, and its row.
    """
    texts = values.drop_null().to_pandas()
    numbers = pd.to_numeric(texts, errors="coerce").notna()
    if NUMBERS_WITH_SLIPS < numbers.mean() < 1:
        slip = texts[~numbers].iloc[0]
        row = pc.index(values, pa.scalar(slip, values.type)).as_py() + 1
        raise ValueError(
            f"`dataset` expects numbers or texts in a column. Received: column {name!r}, which has numbers but for"
            f" {(~numbers).sum()} of {len(texts)} values, the first of them {slip!r} in data row {row}."
        )


def _kind(name: str, values: pa.ChunkedArray) -> tuple[str, str]:
    """The kind and "", or "" and why the column is dropped."""
    present = len(values) - values.null_count
    if not present:
        return "", "it is empty"
    distinct = pc.count_distinct(values).as_py()
    if distinct == 1 and present == len(values):
        return "", "it has one value only"
    if not is_text(values.type):
        counting = pa.types.is_integer(values.type) and distinct == len(values) and _counts_up(name, values)
        return ("", "identifier, every value is different") if counting else ("numeric", "")
    refuse_slips(name, values)
    if distinct < present and distinct <= max(FEW, present / 2):
        return "categorical", ""
    words = pc.mean(pc.list_value_length(pc.utf8_split_whitespace(pc.utf8_trim_whitespace(values)))).as_py()
    if words >= WORDS:
        return "text", ""
    return "", f"identifier, {distinct} different values in {present} rows"


def _counts_up(name: str, values: pa.ChunkedArray) -> bool:
    ends = pc.min_max(values).as_py()
    return bool(IDENTIFIER.search(name)) or ends["max"] - ends["min"] + 1 == len(values)


def _dates(name: str, values: pa.ChunkedArray) -> dict[str, pa.ChunkedArray]:
    """Year, month, day of the week (0 is Monday), and hour where there are hours."""
    parts: dict[str, Callable] = {"year": pc.year, "month": pc.month, "day of week": pc.day_of_week}
    if pc.any(pc.not_equal(pc.hour(values), 0)).as_py():
        parts["hour"] = pc.hour
    return {f"{name} {part}": function(values) for part, function in parts.items()}


def _frame_column(name: str, values: pa.ChunkedArray) -> pd.Series:
    if is_text(values.type):
        return values.to_pandas()
    numbers = values.cast(pa.float64()).to_numpy()
    refuse_infinite(numbers, f"column {name!r}")
    return pd.Series(numbers.astype(np.float32))


def refuse_infinite(numbers: np.ndarray, what: str, *, missing: bool = True, start: int = 0) -> None:
    """Raises ValueError if a number is infinite, or too large for float32, or (unless `missing`) NaN; says in which row.

    Args:
        numbers: [n, ...]. what: its name. start: number of rows before these.
    """
    with np.errstate(over="ignore"):
        finite = np.isfinite(numbers.astype(np.float32))
    wrong = ~(finite | np.isnan(numbers)) if missing else ~finite
    if wrong.any():
        place = np.argwhere(wrong)[0]
        raise ValueError(
            f"`dataset` expects finite numbers below 3e38. Received: {what}, {numbers[tuple(place)]} in data row"
            f" {start + place[0] + 1} ({wrong.sum()} such values)."
        )
