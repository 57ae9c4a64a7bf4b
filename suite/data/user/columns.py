"""What the columns of a user's table are to a model, and what becomes of each: inferred, never silently."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from suite.data.inputs import CATEGORIES, CODE, KNOWN_CATEGORIES
from suite.data.user.arrow import is_text
from suite.data.user.dates import as_texts, parts
from suite.data.user.identifiers import names_rows, row_numbers, spaced, without_blanks
from suite.data.user.labels import slips

WORDS = 3.0
"""Texts with so many words on average are free text."""
SAID = {"number": "numeric", "category": "categorical", "text": "text", "characters": "characters"}
"""What `types` says -> kind of the input."""
SENTINELS = (-1, -9, -99, -999, -9999, -99999, 99, 999, 9999, 99999)
"""Numbers that are written for a missing one."""
EXACT = 2**24
"""Whole numbers below are exact as float32."""
KEPT = 0.9
"""Share of the different numbers of a column that is told apart at least."""
OFTEN = 3
"""Rows that have a sentinel at least."""
ROWS = ("identifier", "it is the index")
"""How reasons begin that say that a column only names rows."""


@dataclass(frozen=True)
class Columns:
    """Inputs of a table.

    Attributes:
        x: the columns of `kinds`, and the texts of `dates`.
        kinds: of the columns: `numeric`, `categorical`, `text` or `characters`.
        origins: column -> the one of the file that it was made from, where that is another.
        notes: what was dropped or replaced, and why: a sentence each.
        dates: column of the file that is a date -> `day-first` or `month-first`.
    """

    x: pd.DataFrame
    kinds: dict[str, str]
    origins: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    dates: dict[str, str] = field(default_factory=dict)


def infer(
    table: pa.Table,
    said: Mapping[str, str] | None = None,
    borders: Sequence[int] = (),
    nameless: Sequence[str] = (),
    dates: Mapping[str, tuple[pa.ChunkedArray, str]] = MappingProxyType({}),
    *,
    may_be_none: bool = False,
) -> Columns:
    """Finds out what each column is.

    - numeric: numbers; booleans as 0 and 1; dates as year, month, day of the week and, unless all are at
      midnight, hour.
    - categorical: texts, FEW distinct ones or up to half of the rows.
    - text: more distinct, WORDS words or more on average.
    - characters: more distinct, in a script without blanks; or single words, if nothing else is left.
    - dropped: empty and constant columns, row numbers, and texts that name rows.

    Args:
        table: of numbers, booleans, timestamps and texts; missing values are null.
        said: column -> what `types` says of it.
        borders: rows at which another file begins.
        nameless: columns that the file has no name for.
        dates: column that was read as dates -> its texts, and `day-first` or `month-first`.
        may_be_none: of a forecast, whose target has a past.

    Raises:
        ValueError: infinite numbers, or no column left.
    """
    found, said, names = Columns(pd.DataFrame(), {}), said or {}, {}
    x: dict[str, pd.Series] = {}
    for name, values in zip(table.column_names, table.columns, strict=True):
        dated = pa.types.is_timestamp(values.type) and values.null_count < len(values)
        made = parts(name, values) if dated and said.get(name) != "drop" else {name: values}
        if name not in made:
            found.notes.append(f"`{name}` is a date and became {', '.join(made)}")
        for part, numbers in made.items():
            kind, reason = _kind(part, numbers, said.get(name), borders, name in nameless)
            if not kind:
                found.notes.append(_dropped(part, reason, text=is_text(numbers.type)))
                if reason.startswith("identifier") and is_text(numbers.type):
                    names[part] = numbers
                continue
            x[part], found.kinds[part] = frame_column(part, numbers), kind
            if part != name:
                found.origins[part] = name
            texts = dates[name][0] if part != name and name in dates else None
            found.notes.extend(_about(part, kind, numbers, texts))
        if dated and made.keys() & x.keys():
            texts, found.dates[name] = dates.get(name) or (as_texts(values), "day-first")
            x[name] = frame_column(name, texts)
    if not x and len(names) == 1 and not may_be_none:
        ((name, values),) = names.items()
        found.notes[:] = [note for note in found.notes if not note.startswith(f"`{name}`")]
        x[name], found.kinds[name] = frame_column(name, values), "characters"
    if not x and not may_be_none:
        raise ValueError(
            "`dataset` expects a column to learn from. Received:"
            f" {'; '.join(found.notes) or 'only the target'}."
        )
    _refuse_alike(found.kinds)
    return Columns(pd.DataFrame(x), found.kinds, found.origins, found.notes, found.dates)


def _refuse_alike(names: Iterable[str]) -> None:
    """Refuses columns whose names differ in other signs than letters and digits only: on the card none could
    tell them apart."""
    by_input: dict[str, str] = {}
    for name in names:
        if (other := by_input.setdefault(re.sub(r"\W", "_", name), name)) != name:
            raise ValueError(
                f"`dataset` expects columns that differ in letters or digits. Received: {other!r} and"
                f" {name!r}. Rename one."
            )


def _dropped(name: str, reason: str, *, text: bool) -> str:
    """What was dropped, why, and what keeps it where that is a matter of taste."""
    kept = f'; types="{name}={"category" if text else "number"}" keeps it' if reason.startswith(ROWS) else ""
    return f"`{name}` was dropped: {reason}{kept}"


def _kind(
    name: str, values: pa.ChunkedArray, said: str | None, borders: Sequence[int], nameless: bool
) -> tuple[str, str]:
    """The kind and "", or "" and why the column is dropped."""
    present = len(values) - values.null_count
    if said == "drop":
        return "", "`types` says so"
    if not present:
        return "", "it is empty"
    distinct = pc.count_distinct(values, mode="only_valid").as_py()
    if distinct == 1 and present == len(values):
        return "", "it has one value only"
    if said in SAID:
        return SAID[said], ""
    if not is_text(values.type):
        reason = row_numbers(name, values, borders, nameless=nameless)
        return ("", reason) if reason else ("numeric", "")
    if not names_rows(values, present, distinct):
        return "categorical", ""
    if without_blanks(values):
        return "characters", ""
    if spaced(values) >= WORDS:
        return "text", ""
    return "", f"identifier, {distinct:,} different values in {present:,} rows"


def _about(name: str, kind: str, values: pa.ChunkedArray, texts: pa.ChunkedArray | None) -> list[str]:
    """What there is to tell about a column that is kept; `texts` are what it was made from."""
    if kind == "numeric":
        numbers = values.drop_null().cast(pa.float64()).to_numpy()
        written = texts and texts.filter(values.is_valid())
        return [*sentinels(name, numbers, written), *_too_close(name, numbers)]
    if kind == "characters":
        return [f"`{name}` is read character by character"]
    if kind != "categorical":
        return []
    counts = {each["values"].as_py(): each["counts"].as_py() for each in pc.value_counts(values.drop_null())}
    notes = [f"`{name}`: {told}" for told in slips(counts)]
    if len(counts) > CATEGORIES:
        rare = sorted(counts.values())[: len(counts) - CATEGORIES]
        unknown = f"; all but {KNOWN_CATEGORIES:,} count as unknown" if len(counts) > KNOWN_CATEGORIES else ""
        notes.append(
            f"`{name}` has {len(counts):,} categories: the {CATEGORIES} most frequent of train have a feature"
            f" each; the others, {sum(rare) / sum(counts.values()):.1%} of the rows, share {CODE} by fixed"
            f" random codes{unknown}"
        )
    return notes


def sentinels(name: str, numbers: np.ndarray, written: pa.ChunkedArray | None = None) -> list[str]:
    """Tells of a number such as -999 that is there often and far from all others: it may mean missing.

    Args:
        name: of the column.
        numbers: [n] without missing values.
        written: [n] what the file has in their places; None: the numbers.
    """
    for sentinel in SENTINELS:
        others = numbers[numbers != sentinel]
        count = len(numbers) - len(others)
        if count < OFTEN or not len(others):
            continue
        low, high = others.min(), others.max()
        if not low - (high - low) <= sentinel <= high + (high - low):
            mark = sentinel if written is None else written[int(np.argmax(numbers == sentinel))]
            return [
                f"`{name}` is {sentinel} in {count:,} rows, far from all its other values. If that stands for"
                f" a missing one: missing={mark}, with commas between several marks"
            ]
    return []


def _too_close(name: str, numbers: np.ndarray) -> list[str]:
    """Tells of large numbers that differ by less than the float32 of a model can hold."""
    if not len(numbers) or abs(numbers).max() < EXACT:
        return []
    many, left = (len(np.unique(each)) for each in (numbers, numbers.astype(np.float32)))
    if left > KEPT * many:
        return []
    return [
        f"`{name}` holds {many:,} different numbers, of which a model tells {left:,} apart: they are large"
        f" and lie close together. Subtract what they have in common, or take them as names:"
        f' types="{name}=category"'
    ]


def plain(name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Gives numbers, texts or timestamps for what holds them: dictionaries, decimals, durations, times in
    seconds.

    Args:
        name: of the column.
        values: of any type.

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
        unit = pa.duration("us") if pa.types.is_duration(kind) else pa.time64("us")
        return pc.divide(values.cast(unit).cast(pa.int64()).cast(pa.float64()), 1e6)
    if is_text(kind):
        return values.cast(pa.large_string())
    raise ValueError(
        f"`dataset` expects numbers, texts, booleans or dates. Received: column {name!r} of {kind}. What to"
        f' do: types="{name}=drop" leaves it out; or a column for each of its parts.'
    )


def frame_column(name: str, values: pa.ChunkedArray) -> pd.Series:
    """Gives a column as a frame has it: texts, or float32 with NaN for what is missing.

    Raises:
        ValueError: infinite numbers.
    """
    if is_text(values.type):
        return values.to_pandas()
    numbers = values.cast(pa.float64()).to_numpy()
    refuse_infinite(numbers, f"column {name!r}")
    return pd.Series(numbers.astype(np.float32))


def refuse_infinite(numbers: np.ndarray, what: str, *, missing: bool = True, start: int = 0) -> None:
    """Refuses a number that is infinite, or too large for float32, or (unless `missing`) NaN.

    Args:
        numbers: [n, ...].
        what: their name.
        missing: whether NaN stands for a missing value.
        start: number of rows before these.

    Raises:
        ValueError: there is one; says in which row.
    """
    with np.errstate(over="ignore"):
        finite = np.isfinite(numbers.astype(np.float32))
    wrong = ~(finite | np.isnan(numbers)) if missing else ~finite
    if wrong.any():
        place = np.argwhere(wrong)[0]
        raise ValueError(
            f"`dataset` expects finite numbers below 3e38. Received: {what}, {numbers[tuple(place)]} in data"
            f" row {start + place[0] + 1} ({wrong.sum()} such values). What to do: mend it, or leave those"
            " rows out."
        )
