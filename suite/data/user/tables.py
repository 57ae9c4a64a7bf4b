"""A user's own tables: CSV, TSV, Parquet and JSON lines, read whole, or in pieces if they are larger than
memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from suite.data.dataset import Whole, resident_limit
from suite.data.user import delimited, forecasts, json_lines, stream
from suite.data.user.columns import infer, plain
from suite.data.user.encodings import encoding
from suite.data.user.files import in_words, sha256
from suite.data.user.header import header
from suite.data.user.messages import first_line
from suite.data.user.options import Options
from suite.data.user.recognition import target_and_task, targets, train_part
from suite.data.user.splits import Loaded, Table, whole
from suite.data.user.targets import LEAST_ROWS
from suite.data.user.totals import refuse_total
from suite.data.user.typed import typed
from suite.names import composed


@dataclass(frozen=True)
class Raw:
    """A file as it was read.

    Attributes:
        table: of any types; of a text file, texts.
        nameless: columns that the file has no name for.
        delimiter: of a text file.
        notes: what is worth saying, a sentence each.
    """

    table: pa.Table
    nameless: Sequence[str] = ()
    delimiter: str = ""
    notes: list[str] = field(default_factory=list)


def read(
    path: Path,
    *,
    target: str,
    group: str | None,
    time: str | None,
    options: Options,
    steps: tuple[int, int] | None = None,
) -> Whole:
    """Reads a table, or a folder with train.* and test.*. Raises as `suite.data.user.read`.

    Args:
        path: of the file or folder.
        target, group, time: columns.
        options: what the user says.
        steps: window and horizon of a forecast; None: each row is an example.
    """
    try:
        table, task = _read(path, target, group, time, options, is_forecast=steps is not None)
        return whole(path, table, task) if steps is None else forecasts.whole(path, table, *steps)
    except pa.ArrowException as error:
        raise ValueError(
            f"`dataset` expects a whole table. Received: {path.name}: {first_line(error)}."
        ) from None


def _read(
    path: Path, target: str, group: str | None, time: str | None, options: Options, *, is_forecast: bool
) -> tuple[Table, str | None]:
    """The table, and the task that is said."""
    train = train_part(path)
    tests = [train.with_name(f"test{train.suffix}")] if train != path else []
    files = [train, *(test for test in tests if test.exists())]
    unread = _unread(files) if tests else []
    predicted = targets(target, header(train, options))
    others = [*predicted, *(name for name in (group, time) if name is not None)]
    _check_test_columns(files, options)
    large = sum(map(_memory, files)) > resident_limit()
    loaded = stream.read(files, others, options) if large else _whole(files, others, options, is_forecast)
    rest = typed(
        pa.table({name: plain(name, loaded.rest.column(name)) for name in others}), options,
        names=[group] if group else (),
    )  # fmt: skip
    aside = {name: rest.table.column(name).to_pandas().rename(name) for name in others}
    rows = loaded.rows
    if isinstance(loaded.x, pd.DataFrame) and len(loaded.x):
        refuse_total(_columns(loaded, [aside[name] for name in predicted]), rows)
    return Table(
        x=loaded.x, target=pd.DataFrame({name: aside[name] for name in predicted}),
        groups=aside.get(group or ""), times=aside.get(time or ""),
        kinds=loaded.kinds, origins=loaded.origins, dates=loaded.dates,
        units={**loaded.units, **rest.units},
        missing=options.marks,
        source=in_words(path, files), test=np.arange(sum(rows)) >= rows[0] if len(files) > 1 else None,
        sha256=loaded.sha256, description=f"{sum(rows):,} rows of {path.name}.",
        notes=[*unread, *loaded.notes, *rest.notes],
    ), target_and_task(target)[1]  # fmt: skip


def _unread(files: Sequence[Path]) -> list[str]:
    """Tells of tables beside train and test.

    Raises:
        ValueError: a test of another kind than train.
    """
    folder = files[0].parent
    beside = [
        file for file in sorted(folder.iterdir()) if file.suffix.lower() in READERS and file not in files
    ]
    if len(files) == 1 and (test := next((file for file in beside if file.stem.lower() == "test"), None)):
        raise ValueError(
            f"`dataset` expects test as {files[0].with_name(f'test{files[0].suffix}').name} beside"
            f" {files[0].name}. Received: {test.name}."
        )
    return [f"Not read: {', '.join(file.name for file in beside)}"] if beside else []


def _columns(loaded: Loaded, predicted: Sequence[pd.Series]) -> dict[str, np.ndarray]:
    """The columns of numbers and of texts as the file has them; none where the last row has no target."""
    assert isinstance(loaded.x, pd.DataFrame)
    if any(each.isna().iloc[-1] for each in predicted):
        return {}
    own = {name: loaded.x[name] for name in loaded.kinds if name not in loaded.origins}
    columns = own | {str(each.name): each for each in predicted}
    return {
        name: values.to_numpy(np.float64 if pd.api.types.is_numeric_dtype(values) else object)
        for name, values in columns.items()
        if not pd.api.types.is_bool_dtype(values)
    }


def _whole(files: Sequence[Path], others: Sequence[str], options: Options, is_forecast: bool) -> Loaded:
    """Files in memory, in one table."""
    raw = [READERS[file.suffix.lower()](file, options) for file in files]
    notes = list(dict.fromkeys(note for each in raw for note in each.notes))
    rows = [len(each.table) for each in raw]
    table = _joined([each.table for each in raw])
    dropped = [name for name, kind in options.kinds.items() if kind == "drop" and name not in others]
    notes += [f"`{name}` was dropped: `types` says so" for name in dropped]
    table = table.drop_columns([name for name in dropped if name in table.column_names])
    rest, columns = table.select(others), table.drop_columns(list(others))
    if sum(rows) < LEAST_ROWS:
        return Loaded(pd.DataFrame(), rest, rows, "", notes)
    inputs = typed(
        pa.table({name: plain(name, columns.column(name)) for name in columns.column_names}),
        options,
        delimiter=raw[0].delimiter,
    )
    found = infer(
        inputs.table, options.kinds, np.cumsum(rows)[:-1].tolist(), raw[0].nameless, inputs.dates,
        may_be_none=is_forecast,
    )  # fmt: skip
    return Loaded(
        found.x, rest, rows, sha256(files), [*notes, *inputs.notes, *found.notes],
        found.kinds, found.origins, inputs.units, found.dates,
    )  # fmt: skip


def _check_test_columns(files: Sequence[Path], options: Options) -> None:
    columns = header(files[0], options)
    for file in files[1:]:
        if absent := [name for name in columns if name not in header(file, options)]:
            raise ValueError(
                f"`dataset` expects the columns of {files[0].name} in {file.name} too. Received: none named"
                f" {absent[0]!r}."
            )


def _memory(file: Path) -> int:
    """About how many bytes a file takes in memory: of Parquet, which is compressed, what its footer says."""
    if file.suffix.lower() != ".parquet":
        return file.stat().st_size
    facts = pq.read_metadata(file)
    return max(
        8 * facts.num_rows * facts.num_columns,
        sum(facts.row_group(i).total_byte_size for i in range(facts.num_row_groups)),
    )


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    try:
        return pa.concat_tables(
            [table.select(tables[0].column_names) for table in tables], promote_options="permissive"
        )
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ValueError(
            f"`dataset` expects columns of one type in train and test. Received: {first_line(error)}"
        ) from None


def read_csv(path: Path, options: Options) -> Raw:
    """Reads the whole table as texts. Raises as `suite.data.user.delimited.read`."""
    table, form = delimited.read(path, options)
    return Raw(table, form.nameless, form.delimiter, list(form.notes))


def read_parquet(path: Path, _options: Options) -> Raw:
    """Reads the whole table.

    Raises:
        ValueError: a damaged file.
    """
    try:
        with pq.ParquetFile(path) as file:
            table = file.read()
        return Raw(table.rename_columns([composed(name) for name in table.column_names]))
    except (pa.ArrowException, OSError) as error:
        raise ValueError(
            f"`dataset` expects a whole Parquet file. Received: {path.name}: {first_line(error)}"
        ) from None


def read_json(path: Path, options: Options) -> Raw:
    """Reads a column for each key, with missing values where a line has none.

    Raises:
        ValueError: a line that is no JSON object, or a value of another type than those before it; says which
            line.
    """
    columns: dict[str, list[Any]] = {}
    numbers: list[int] = []
    try:
        for number, values in json_lines.objects(path, options.encoding):
            for name in values:
                columns.setdefault(name, [None] * len(numbers))
            numbers.append(number)
            for name, column in columns.items():
                column.append(values.get(name))
    except ValueError as error:
        if str(error).startswith("`"):
            raise
        raise ValueError(
            f"`dataset` expects a JSON object in each {json_lines.place(path)} of {path.name}. Received:"
            f" {error}."
        ) from None
    note = encoding(path, options.encoding)[1]
    kept = {name: column for name, column in columns.items() if options.kinds.get(name) != "drop"}
    table = pa.table(
        {name: _json_column(name, column, numbers, json_lines.place(path)) for name, column in kept.items()}
    )
    return Raw(table, notes=[note] if note else [])


def _json_column(name: str, values: list[Any], numbers: list[int], place: str) -> pa.Array:
    kinds: dict[type, str] = {bool: "boolean", int: "number", float: "number", str: "text"}
    first = None
    for number, value in zip(numbers, values, strict=True):
        if value is None:
            continue
        kind = kinds.get(type(value), "list or object")
        if kind == "list or object" or kind != (first := first or kind):
            after = f", after a {first}" if first else ""
            raise ValueError(
                f"`dataset` expects booleans, numbers or texts, of one kind in a column. Received: a {kind}"
                " in column"
                f' {name!r}, {place} {number}{after}. What to do: mend it, or types="{name}=drop" leaves it'
                " out."
            )
    large = next((n for n, value in zip(numbers, values, strict=True) if _is_huge(value)), None)
    if large is not None:
        raise ValueError(
            f"`dataset` expects finite numbers below 3e38. Received: column {name!r}, a larger one in {place}"
            f' {large}. What to do: mend it, or types="{name}=drop" leaves it out.'
        )
    return pa.array(
        [float(value) if isinstance(value, int) and abs(value) > 2**53 else value for value in values]
    )


def _is_huge(value: Any) -> bool:
    return isinstance(value, int) and abs(value) > 10**300


READERS = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".parquet": read_parquet,
    ".jsonl": read_json,
    ".ndjson": read_json,
    ".json": read_json,
}
"""Suffix -> what reads it whole."""
