"""What the texts of a table hold: missing values, numbers, booleans, dates, or texts after all. Never
silently.

The same for CSV, where everything is a text, and for texts in Parquet and JSON lines.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from suite.data.user import dates
from suite.data.user.arrow import all_match, different, is_text
from suite.data.user.decimals import codes, decimal_sign, in_numbers, plain, refuse_slips
from suite.data.user.marks import without_marks
from suite.data.user.numbers import Written, written
from suite.data.user.options import Options

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
        values = without_marks(name, values, options, found.notes)
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
        sign = options.decimal or decimal_sign(name, values, reading, signs, delimiter)
        columns[name], notes = in_numbers(name, values, reading, sign)
        found.notes.extend(notes)
        found.units.update({name: reading.unit} if reading.unit else {})
    return replace(found, table=pa.table({name: columns[name] for name in table.column_names}))


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
    if (numbers := plain(values, options.decimal)) is not None:
        if kind is None and (reason := codes(values)):
            notes.append(f'`{name}` is a category: {reason}; types="{name}=number" makes it a number')
            return values
        if (
            kind is None
            and pa.types.is_integer(numbers.type)
            and pc.match_substring_regex(pa.scalar(name), CODE).as_py()
        ):
            notes.append(f'`{name}` was read as numbers; if they are codes: types="{name}=category"')
        if kind is None and dates.may_be_serial(name, numbers):
            notes.append(
                f"`{name}` was read as numbers; if they are days as spreadsheets count them"
                f" ({dates.serial(numbers)}), format the column as a date before it is exported"
            )
        if kind is None and all_match(values, dates.EIGHT_DIGITS):
            notes.append(f'`{name}` was read as numbers; if they are dates: types="{name}=date"')
        return numbers
    if all_match(values, r"(?i)^(true|false)$") and kind is None:
        return pc.equal(pc.utf8_lower(values), "true")
    texts = written(*different(values))
    if texts.all_numbers:
        return texts
    if kind is None:
        read = dates.read(name, values)
        if read.values is not None:
            notes += [read.note] if read.note else []
            found.dates[name] = values, read.order
            return read.values
        if (seconds := dates.times(name, values)) is not None:
            notes.append(f"`{name}` holds times of day, which were read as seconds since midnight")
            return seconds
        dates.refuse_unread(name, values)
    refuse_slips(name, values, texts, said=kind == "number")
    return values


def _dates(name: str, values: pa.ChunkedArray, kind: str, found: Typed) -> pa.ChunkedArray:
    read = dates.read(name, values, kind)
    found.notes.extend([read.note] if read.note else [])
    found.dates[name] = values, read.order
    assert read.values is not None  # what was said is read, or refused
    return read.values
