"""A user's own tables: CSV, TSV, Parquet and JSON lines, read whole, or in pieces if they are larger than memory."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from suite.data.dataset import Whole, resident_limit
from suite.data.user import delimiter, header, json_objects, stream, target_and_task, train_part
from suite.data.user.columns import infer, is_text, plain
from suite.data.user.files import in_words, sha256
from suite.data.user.splits import Table, whole

MISSING = ["", "?", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "#N/A"]
"""What stands for a missing value in CSV and TSV."""

HANDLED = "A missing number becomes the mean of train and a flag, a missing category a category of its own."


def read(path: Path, *, target: str, group: str | None, time: str | None) -> Whole:
    """A table, or a folder with train.* and test.*. Raises as `suite.data.user.read`."""
    train = train_part(path)
    tests = [train.with_name(f"test{train.suffix}")] if train != path else []
    files = [train, *(test for test in tests if test.exists())]
    others = [name for name in (target_and_task(target)[0], group, time) if name is not None]
    columns = header(train)
    for file in files[1:]:
        if absent := [name for name in columns if name not in header(file)]:
            raise ValueError(
                f"`dataset` expects the columns of {train.name} in {file.name} too. Received: none named {absent[0]!r}."
            )
    if sum(map(_memory, files)) > resident_limit():
        x, rest, rows, notes, checksum = stream.numbers(files, others, MISSING)
        kinds = {}
    else:
        checksum = sha256(files, text=train.suffix.lower() != ".parquet")
        tables = [READERS[file.suffix.lower()](file) for file in files]
        rows = [len(table) for table in tables]
        table = _joined(tables)
        inputs = infer(table.drop_columns(others)) if sum(rows) else None
        x, kinds, notes = (inputs.x, inputs.kinds, inputs.notes) if inputs else (pd.DataFrame(), {}, [])
        rest = table.select(others)
    aside = {name: plain(name, rest.column(name)).to_pandas().rename(name) for name in others}
    if any(kinds and x[name].isna().any() for name in kinds):
        notes = [*notes, HANDLED.rstrip(".")]
    return whole(path, Table(
        x=x, target=aside[others[0]], groups=aside.get(group), times=aside.get(time), kinds=kinds, source=in_words(path, files),
        test=np.arange(sum(rows)) >= rows[0] if len(files) > 1 else None, sha256=checksum,
        description=f"{sum(rows):,} rows of {path.name}.{''.join(f' {note}.' for note in notes)}",
    ), target)  # fmt: skip


def _memory(file: Path) -> int:
    """About how many bytes a file takes in memory: of Parquet, which is compressed, what its footer says."""
    if file.suffix.lower() != ".parquet":
        return file.stat().st_size
    facts = pq.read_metadata(file)
    return max(
        8 * facts.num_rows * facts.num_columns,
        sum(facts.row_group(i).total_byte_size for i in range(facts.num_row_groups)),
    )


def _joined(tables: list[pa.Table]) -> pa.Table:
    try:
        return pa.concat_tables(
            [table.select(tables[0].column_names) for table in tables], promote_options="permissive"
        )
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ValueError(
            f"`dataset` expects columns of one type in train and test. Received: {str(error).splitlines()[0]}"
        ) from None


def read_csv(path: Path) -> pa.Table:
    """The whole table; texts without spaces around them.

    Raises:
        ValueError: rows of different length, or a quote that is never closed.
    """
    parse = pyarrow.csv.ParseOptions(delimiter=delimiter(path), newlines_in_values=True)
    convert = pyarrow.csv.ConvertOptions(null_values=MISSING, strings_can_be_null=True)
    try:
        table = pyarrow.csv.read_csv(path, parse_options=parse, convert_options=convert)
    except pa.ArrowInvalid:
        try:  # again in one thread, which knows the number of the row
            options = pyarrow.csv.ReadOptions(use_threads=False)
            table = pyarrow.csv.read_csv(
                path, read_options=options, parse_options=parse, convert_options=convert
            )
        except pa.ArrowInvalid as error:
            reason = str(error).splitlines()[0].removeprefix("CSV parse error: ")
            raise ValueError(
                f"`dataset` expects rows of equal length in {path.name}. Received: {reason}."
            ) from None
    table = table.rename_columns([name.strip() for name in table.column_names])
    last = table.columns[-1][-1].as_py() if len(table) else None
    if "\n" in str(last) and path.read_bytes().count(b'"') % 2:
        raise ValueError(
            f"`dataset` expects quotes in pairs. Received: {path.name}, where one opened in data row {len(table)} is not closed."
        )
    for place, (name, values) in enumerate(zip(table.column_names, table.columns, strict=True)):
        if is_text(values.type):
            values = pc.utf8_trim_whitespace(values)
            values = pc.if_else(pc.is_in(values, pa.array(MISSING)), pa.scalar(None, values.type), values)
            table = table.set_column(place, name, values)
    return table


def read_parquet(path: Path) -> pa.Table:
    """The whole table.

    Raises:
        ValueError: a damaged file.
    """
    try:
        with pq.ParquetFile(path) as file:
            return file.read()
    except (pa.ArrowException, OSError) as error:
        raise ValueError(
            f"`dataset` expects a whole Parquet file. Received: {path.name}: {str(error).splitlines()[0]}"
        ) from None


def read_json(path: Path) -> pa.Table:
    """A column for each key, with missing values where a line has none.

    Raises:
        ValueError: a line that is no JSON object, or a value of another type than those before it; says which line.
    """
    columns, numbers = {}, []
    try:
        for number, values in json_objects(path):
            for name in values:
                columns.setdefault(name, [None] * len(numbers))
            numbers.append(number)
            for name, column in columns.items():
                column.append(values.get(name))
    except ValueError as error:
        raise ValueError(
            f"`dataset` expects a JSON object in each line of {path.name}. Received: {error}."
        ) from None
    return pa.table({name: _json_column(name, column, numbers) for name, column in columns.items()})


def _json_column(name: str, values: list, numbers: list[int]) -> pa.Array:
    kinds = {bool: "boolean", int: "number", float: "number", str: "text"}
    first = None
    for number, value in zip(numbers, values, strict=True):
        if value is None:
            continue
        kind = kinds.get(type(value), "list or object")
        if kind == "list or object" or kind != (first := first or kind):
            raise ValueError(f"`dataset` expects booleans, numbers or texts, of one kind in a column. Received: a {kind}"
                             f" in column {name!r}, line {number}{f', after a {first}' if first else ''}.")  # fmt: skip
    return pa.array(
        [float(value) if isinstance(value, int) and abs(value) > 2**53 else value for value in values]
    )


READERS = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".parquet": read_parquet,
    ".jsonl": read_json,
    ".ndjson": read_json,
}
