"""CSV and TSV files, read whole: every field as the text that it is, in whatever dialect the file has."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

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
        ValueError: another encoding, rows of different length, or a quote that is never closed.
    """
    encoding(path, options.encoding)  # of the whole file: its start may be ASCII
    form = dialect(path, options.encoding)
    name, _ = encoding(path, options.encoding)
    data = pa.py_buffer(decoded(path, name))
    try:
        table = _parsed(data, form, use_threads=True)
    except pa.ArrowInvalid:
        try:  # again in one thread, which knows the number of the row
            table = _parsed(data, form, use_threads=False)
        except pa.ArrowInvalid as error:
            reason = first_line(error).removeprefix("CSV parse error: ")
            raise ValueError(
                f"`dataset` expects rows of equal length in {path.name}. Received: {reason}."
            ) from None
    _refuse_open_quote(path, table, data)
    return table.drop_columns(list(_empty(table, form))), form


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


def _refuse_open_quote(path: Path, table: pa.Table, data: pa.Buffer) -> None:
    last = table.columns[-1][-1].as_py() if len(table) else None
    if "\n" in str(last) and bytes(data).count(b'"') % 2:
        raise ValueError(
            f"`dataset` expects quotes in pairs. Received: {path.name}, where one opened in data row"
            f" {len(table)} is not"
            " closed."
        )
