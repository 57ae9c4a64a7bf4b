"""CSV and TSV files, read whole: every field as the text that it is, in whatever dialect the file has."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from suite.data.missing import SPACES
from suite.data.user.dialect import Dialect, dialect
from suite.data.user.encodings import decoded, encoding
from suite.data.user.messages import first_line
from suite.data.user.options import Options


def read(path: Path, options: Options) -> tuple[pa.Table, Dialect]:
    """Reads a whole table of texts, and how the file writes it. Columns that stand for nothing are left out.

    Args:
        path: of the file.
        options: what the user says.

    Raises:
        ValueError: another encoding, bytes that are no text, rows of different length, or quotes that are
            not in pairs.
    """
    encoding(path, options.encoding)  # of the whole file: its start may be ASCII
    form = dialect(path, options.encoding)
    name, _ = encoding(path, options.encoding)
    raw = decoded(path, name).removesuffix(b"\x1a")  # with which texts of DOS end
    _refuse_what_is_no_text(path, raw)
    _refuse_quotes(path, raw, form)
    data = pa.py_buffer(raw)
    try:
        table = _parsed(data, form, use_threads=True)
    except pa.ArrowInvalid:
        try:  # again in one thread, which knows the number of the row
            table = _parsed(data, form, use_threads=False)
        except pa.ArrowInvalid as error:
            reason = first_line(error).removeprefix("CSV parse error: ")
            raise ValueError(
                f"`dataset` expects rows of equal length in {path.name}. Received: {_printable(reason)}. What"
                f" to do: give that row a field for each name (one that holds a {form.delimiter!r} stands in"
                " quotes); or leave it out, if it is no data."
            ) from None
    return _with_values(table.drop_columns(list(_empty(table, form))), form)


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def _refuse_what_is_no_text(path: Path, raw: bytes) -> None:
    place = raw.find(b"\0")
    if place >= 0:
        line = raw.count(b"\n", 0, place) + 1
        raise ValueError(
            f"`dataset` expects text. Received: {path.name}, with a byte 0 in line {line}. What to do: take"
            " it from where it was whole; or, if nothing else is lost,"
            f" tr -d '\\0' < {path.name} > mended-{path.name}."
        )


def _refuse_quotes(path: Path, raw: bytes, form: Dialect) -> None:
    """Refuses quotes that do not part fields as CSV has it: rows would be swallowed, or fields cut."""
    if form.quote.encode() not in raw:
        return
    lines = io.TextIOWrapper(io.BytesIO(raw), "utf-8", newline="")
    records = csv.reader(islice(lines, form.above, None), delimiter=form.delimiter, quotechar=form.quote,
                         strict=True)  # fmt: skip
    row = 0
    try:
        for fields in records:
            row += bool(fields)
            opened = (field for field in fields if field.lstrip(" ")[:1] == form.quote != field[:1])
            if wrong := next(opened, ""):
                raise csv.Error(f"a blank before it, in {wrong[:40]!r}")
    except csv.Error as error:
        reason = str(error)
        if reason.startswith("a blank"):
            place, fix = f"data row {row}: {reason}", "leave out the blanks behind delimiters"
        elif reason.startswith("unexpected end"):
            place, fix = f"one opened in data row {row + 1} is not closed", "close it, or leave it out"
        else:
            place = f"data row {row + 1}, where a text goes on behind a closing one"
            fix = f"inside a quoted field write {form.quote * 2}"
        raise ValueError(
            f"`dataset` expects quotes in pairs around whole fields. Received: {path.name}, {place}. What to"
            f" do: {fix}."
        ) from None


def _with_values(table: pa.Table, form: Dialect) -> tuple[pa.Table, Dialect]:
    """The rows that have a value; of the others a note."""
    if table.num_columns < 2:
        return table, form
    empty = np.arange(len(table))
    for column in table.columns:
        blank = pc.equal(pc.utf8_trim(column.take(empty) if len(empty) < len(table) else column, SPACES), "")
        empty = empty[blank.to_numpy()]
        if not len(empty):
            return table, form
    kept = table.take(np.setdiff1d(np.arange(len(table)), empty))
    note = f"Rows without any value, which were left out: {len(empty):,}"
    return kept, replace(form, notes=(*form.notes, note))


def _parsed(data: pa.Buffer, form: Dialect, *, use_threads: bool) -> pa.Table:
    return pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=use_threads,
            skip_rows=form.above,
            column_names=list(form.names),
            block_size=_block(data),
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=form.delimiter, quote_char=form.quote, newlines_in_values=True
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: pa.large_string() for name in form.names},
            null_values=[],
            strings_can_be_null=False,
        ),
    )


def _block(data: pa.Buffer) -> int:
    """Bytes that are parsed at once: a field may be long."""
    return max(1 << 20, min(len(data), 1 << 24))


def _empty(table: pa.Table, form: Dialect) -> Iterator[str]:
    """Nameless columns without any value."""
    for name in form.empty:
        if not any(text.strip() for text in table.column(name).unique().to_pylist() if text):
            yield name
