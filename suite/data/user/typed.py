"""What the texts of a table hold: missing values, numbers, booleans, dates, or texts after all. Never
silently.

The same for CSV, where everything is a text, and for texts in Parquet and JSON lines.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from suite.data.missing import SPACES
from suite.data.user import dates
from suite.data.user.numbers import Written, written
from suite.data.user.options import Options

PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(inf|Inf|INF|infinity|Infinity)$"
MAYBE_THOUSANDS = r"^[+-]?([1-9]\d{0,2}\.\d{3}|\d{1,3})$"
FIRST = 100
"""Texts that are looked at before all are."""
LONGEST = 15
"""Digits that a number can have; longer ones are names of something."""
CODE = (
    r"(?i)(^|[ _.-])(zip|zip ?code|post ?code|postal|plz|code|phone|tel)([ _.-]|$)|code$"
    r"|우편|번호|코드|邮编|郵便"
)
"""Names of columns whose whole numbers may be codes."""


@dataclass(frozen=True)
class Typed:
    """A table with types.

    Attributes:
        table: numbers, booleans, timestamps and texts; missing values are null.
        units: column -> currency, percent sign or unit of its numbers.
        dates: column of texts that are dates -> those texts, and `day-first` or `month-first`.
        notes: what was decided, a sentence each.
    """

    table: pa.Table
    units: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    dates: dict[str, tuple[pa.ChunkedArray, str]] = field(default_factory=dict)


def typed(table: pa.Table, options: Options, *, delimiter: str = "", names: Collection[str] = ()) -> Typed:
    """Reads the texts of a table.

    Args:
        table: as the file has it; texts may have blanks around them.
        options: what the user says.
        delimiter: of a text file; "" for other kinds.
        names: columns whose texts stay texts, whatever they look like.

    Raises:
        ValueError: a column is neither this nor that, or what it is is not certain; names it, a row and what
            to do.
    """
    found = Typed(table)
    columns: dict[str, pa.ChunkedArray] = {}
    undecided: dict[str, tuple[pa.ChunkedArray, Written]] = {}
    for name, values in zip(table.column_names, table.columns, strict=True):
        values = _without_marks(name, values, options, found.notes)
        if name in names or not is_text(values.type) or values.null_count == len(values):
            columns[name] = _said(name, values, options.kinds.get(name), found)
            continue
        reading = _column(name, values, options, found)
        if isinstance(reading, Written):
            undecided[name] = values, reading
        columns[name] = values if isinstance(reading, Written) else reading
    signs = {sign for _, reading in undecided.values() if (sign := reading.decimal)}
    if any(pa.types.is_floating(values.type) for values in columns.values()):
        signs.add(".")
    for name, (values, reading) in undecided.items():
        sign = options.decimal or _decimal(name, values, reading, signs, delimiter)
        columns[name] = _numbers(name, values, reading, sign, found)
    return replace(found, table=pa.table({name: columns[name] for name in table.column_names}))


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


def _without_marks(name: str, values: pa.ChunkedArray, options: Options, notes: list[str]) -> pa.ChunkedArray:
    """Texts without blanks around them, and nulls for what stands for a missing value."""
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


def _said(name: str, values: pa.ChunkedArray, kind: str | None, found: Typed) -> pa.ChunkedArray:
    """A column that is no text, as `types` says it is."""
    if kind in ("category", "text", "characters") and not is_text(values.type):
        if pa.types.is_floating(values.type):
            texts = [None if value is None else f"{value:.15g}" for value in values.to_pylist()]
            return pa.chunked_array([pa.array(texts, pa.large_string())])
        return values.cast(pa.large_string())
    if kind in ("date", "day-first", "month-first") and not pa.types.is_temporal(values.type):
        return _dates(name, values.cast(pa.large_string()), kind, found)
    return values


def _column(name: str, values: pa.ChunkedArray, options: Options, found: Typed) -> pa.ChunkedArray | Written:
    """A column of texts with its type; or numbers of which something is still to be decided."""
    kind, notes = options.kinds.get(name), found.notes
    if kind in ("category", "text", "characters", "drop"):
        return values
    if kind in ("date", "day-first", "month-first"):
        return _dates(name, values, kind, found)
    if (plain := _plain(values, options.decimal)) is not None:
        if kind is None and (reason := _codes(values)):
            notes.append(f'`{name}` is a category: {reason}; types="{name}=number" makes it a number')
            return values
        if (
            kind is None
            and pa.types.is_integer(plain.type)
            and pc.match_substring_regex(pa.scalar(name), CODE).as_py()
        ):
            notes.append(f'`{name}` was read as numbers; if they are codes: types="{name}=category"')
        if kind is None and all_match(values, dates.EIGHT_DIGITS):
            notes.append(f'`{name}` was read as numbers; if they are dates: types="{name}=date"')
        return plain
    if all_match(values, r"(?i)^(true|false)$") and kind is None:
        return pc.equal(pc.utf8_lower(values), "true")
    numbers = written(*_different(values))
    if numbers.all_numbers:
        return numbers
    if kind is None:
        read = dates.read(name, values)
        if read.values is not None:
            notes += [read.note] if read.note else []
            found.dates[name] = values, read.order
            return read.values
        if (seconds := dates.times(values)) is not None:
            notes.append(f"`{name}` holds times of day, which were read as seconds since midnight")
            return seconds
    _refuse_slips(name, values, numbers, said=kind == "number")
    return values


def _dates(name: str, values: pa.ChunkedArray, kind: str, found: Typed) -> pa.ChunkedArray:
    read = dates.read(name, values, kind)
    found.notes.extend([read.note] if read.note else [])
    found.dates[name] = values, read.order
    assert read.values is not None  # what was said is read, or refused
    return read.values


def _different(values: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """The different texts in order of appearance, and how often each occurs."""
    found = pc.value_counts(values.drop_null())
    return found.field("values").to_numpy(zero_copy_only=False), found.field("counts").to_numpy()


def _plain(values: pa.ChunkedArray, decimal: str | None) -> pa.ChunkedArray | None:
    """Numbers as programs write them, where all are; None: something else."""
    if not all_match(values, r"^[+-]?\d+$"):
        if decimal == "," or not all_match(values, PLAIN):
            return None
        if decimal is None and all_match(values, MAYBE_THOUSANDS):
            return None
    texts = pc.utf8_ltrim(values, "+")
    for kind in (pa.int64(), pa.float64()):
        try:
            return texts.cast(kind)
        except pa.ArrowInvalid:
            continue
    return None


def _codes(values: pa.ChunkedArray) -> str:
    """Why whole numbers are names of something; "" if they are numbers."""
    if not all_match(values, r"^\d+$"):
        return ""
    zeros = pc.index(pc.match_substring_regex(values, r"^0\d"), True).as_py()
    if zeros >= 0:
        return f"it has leading zeros, as in {values[zeros].as_py()!r}"
    if pc.max(pc.utf8_length(values)).as_py() > LONGEST:
        return f"it has more than {LONGEST} digits"
    return ""


def _decimal(name: str, values: pa.ChunkedArray, numbers: Written, signs: set[str], delimiter: str) -> str:
    """The decimal sign of a column: its own, else that of the other columns where they agree. A lone point is
    one, unless semicolons part the fields: there the decimal sign is often a comma, and a point parts
    thousands.

    Raises:
        ValueError: neither tells.
    """
    if numbers.decimal is not None:
        return numbers.decimal or "."
    if len(signs) == 1:
        return next(iter(signs))
    place = int(np.argmax(numbers.readings["."] != numbers.readings[","]))
    text = str(numbers.texts[place])
    if "." in text and not signs and delimiter != ";":
        return "."
    raise ValueError(
        f"`decimal` is needed to read column {name!r}: {text!r} in data row {row(values, text)} may be"
        f" {numbers.readings['.'][place]:.15g} or {numbers.readings[','][place]:.15g}. What to do: decimal=."
        " or decimal=,"
    )


def _numbers(
    name: str, values: pa.ChunkedArray, numbers: Written, sign: str, found: Typed
) -> pa.ChunkedArray:
    """The numbers of a column by a decimal sign."""
    by_text = numbers.readings[sign]
    wrong = np.isnan(by_text)
    if wrong.any():
        text = str(numbers.texts[int(np.argmax(wrong))])
        raise ValueError(
            f"`decimal` must be the decimal sign of column {name!r}. Received: decimal={sign!r}, and {text!r}"
            " in data row"
            f" {row(values, text)}."
        )
    encoded = values.combine_chunks().dictionary_encode()
    of = dict(zip(numbers.texts, by_text, strict=True))
    whole = (by_text % 1 == 0).all() and (abs(by_text) < 2**53).all()
    different = pa.array([of[text] for text in encoded.dictionary.to_pylist()], pa.float64())
    if numbers.unit:
        found.units[name] = numbers.unit
    unit = f" in {numbers.unit}" if numbers.unit else ""
    shown = next((i for i, text in enumerate(numbers.texts) if text != f"{by_text[i]:.15g}"), None)
    if shown is not None:
        example = f"{str(numbers.texts[shown])!r} is {by_text[shown]:.15g}"
        found.notes.append(f"`{name}` was read as numbers{unit}: {example}")
    return pa.chunked_array([different.cast(pa.int64() if whole else pa.float64()).take(encoded.indices)])


def _refuse_slips(name: str, values: pa.ChunkedArray, numbers: Written, *, said: bool) -> None:
    """A single `n.v.` turns a column of numbers into one of texts: that is never meant.

    Raises:
        ValueError: most texts are numbers, or all should be, and some are not; names the first that is not,
            and its row.
    """
    exceptions = numbers.most_are_numbers()
    if exceptions is None and said:
        exceptions = numbers.no_numbers
        exceptions = exceptions if exceptions.any() else np.ones(len(exceptions), bool)
    if exceptions is None:
        return
    count, slip = int(numbers.counts[exceptions].sum()), str(numbers.texts[int(np.argmax(exceptions))])
    raise ValueError(
        f"`dataset` expects numbers or texts in a column. Received: column {name!r}, which has numbers but"
        " for"
        f" {count} of {numbers.counts.sum()} values, the first of them {slip!r} in data row"
        f" {row(values, slip)}. What to do: mend"
        f' it; or types="{name}=category"; or say in `missing` what stands for a missing value.'
    )


def kinds_said(options: Options, names: Iterable[str]) -> Mapping[str, str]:
    """Kinds of columns that the user says, of those that are inputs."""
    return {name: options.kinds[name] for name in names if name in options.kinds}
