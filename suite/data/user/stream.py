"""Tables larger than memory: numbers go in pieces into an .npy file that stays on disk."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from suite.data.user.columns import plain, refuse_infinite
from suite.data.user.dialect import dialect
from suite.data.user.encodings import encoding
from suite.data.user.files import converted, sha256, write_rows
from suite.data.user.identifiers import row_numbers
from suite.data.user.messages import first_line
from suite.data.user.options import Options
from suite.data.user.splits import Loaded
from suite.names import composed

ROWS = 1 << 14
Pieces = Iterator[pa.RecordBatch]


def read(files: Sequence[Path], others: Sequence[str], options: Options) -> Loaded:
    """Puts inputs [n, features] float32 on disk, with the columns `others` beside them.

    Args:
        files: a table, or one for training and one for testing.
        others: the target, and group or time.
        options: what the user says.

    Raises:
        ValueError: inputs that are not all numbers, or a missing one among them.
    """
    suffix = files[0].suffix.lower()
    if suffix not in PIECES:
        raise ValueError(_too_large(files, f"{suffix}, which is read whole"))
    notes = ["It is larger than memory allows and is streamed from disk"]
    if suffix != ".parquet":
        for file in files:
            encoding(file, options.encoding)
        notes += dialect(files[0], options.encoding).notes
    first = FIRST[suffix](files[0], options)
    dropped = _dropped(first, others, options, files[0])
    inputs = [name for name in first.schema.names if name not in (*others, *dropped)]
    kinds = dict(zip(first.schema.names, first.schema.types, strict=True))
    texts = [name for name in inputs if not (_is_number(kinds[name]) or pa.types.is_null(kinds[name]))]
    if texts:
        raise ValueError(_too_large(files, f"column {texts[0]!r} of {kinds[texts[0]]}"))
    types = {name: _wide(kinds[name]) for name in inputs}
    types |= {name: pa.large_string() if suffix != ".parquet" else kinds[name] for name in others}

    def make(folder: Path) -> dict[str, Any]:
        rest, rows = _Rest(folder / "rest.arrow", others), [0] * len(files)

        def pieces() -> Iterator[np.ndarray]:
            for place, file in enumerate(files):
                for batch in PIECES[suffix](file, types, options):
                    rest.write(batch)
                    yield _matrix(batch, inputs, files, rows[place])
                    rows[place] += len(batch)

        try:
            write_rows(folder / "x.npy", (len(inputs),), np.dtype(np.float32), pieces())
        except pa.ArrowException as error:
            raise ValueError(
                f"`dataset` expects a whole table of numbers. Received: {files[0].name}: {first_line(error)}"
            ) from None
        finally:
            rest.close()
        return {"rows": rows, "sha256": sha256(files)}

    folder, facts = converted(files, [inputs, list(others), asdict(options)], make)
    pa.default_memory_pool().release_unused()
    notes += [f"Inputs: {', '.join(inputs)}"]
    notes += [f"`{name}` was dropped: {reason}" for name, reason in dropped.items()]
    rest = pa.ipc.open_file(pa.memory_map(str(folder / "rest.arrow"))).read_all()
    return Loaded(np.load(folder / "x.npy", mmap_mode="r"), rest, facts["rows"], facts["sha256"], notes)


def _dropped(first: pa.RecordBatch, others: Sequence[str], options: Options, file: Path) -> dict[str, str]:
    """Columns that are no inputs, as far as the start of a file shows, and why."""
    form = dialect(file, options.encoding) if file.suffix.lower() != ".parquet" else None
    found = {}
    for name, values in zip(first.schema.names, first.columns, strict=True):
        nameless = form is not None and name in form.nameless
        if name in others:
            continue
        if options.kinds.get(name) == "drop":
            found[name] = "`types` says so"
        elif form and name in form.empty:
            found[name] = "it has no name and is empty"
        elif name not in options.kinds and (
            reason := row_numbers(name, pa.chunked_array([values]), nameless=nameless)
        ):
            found[name] = reason
    return found


class _Rest:
    """An Arrow file of the other columns, whose types the first piece decides."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self._path, self._names = path, list(names)
        self._writer: pa.RecordBatchFileWriter | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        part = pa.Table.from_batches([batch]).select(self._names)
        self._writer = self._writer or pa.ipc.new_file(self._path, part.schema)
        self._writer.write_table(part)

    def close(self) -> None:
        if self._writer:
            self._writer.close()


def _matrix(batch: pa.RecordBatch, inputs: Sequence[str], files: Sequence[Path], start: int) -> np.ndarray:
    x = np.empty((len(batch), len(inputs)))
    for place, name in enumerate(inputs):
        x[:, place] = plain(name, pa.chunked_array([batch.column(name)])).cast(pa.float64()).to_numpy()
    refuse_infinite(x, f"{files[0].name}", start=start)
    if (missing := np.isnan(x)).any():
        row, place = np.argwhere(missing)[0]
        raise ValueError(
            _too_large(files, f"column {inputs[place]!r} with no value in data row {start + row + 1}")
        )
    return x.astype(np.float32)


def _too_large(files: Sequence[Path], received: str) -> str:
    size = sum(file.stat().st_size for file in files)
    return (
        "`dataset` expects numbers in every input and row of a table that is larger than memory allows."
        " Received:"
        f" {files[0].name} with {received}. What to do: leave such columns or rows out, or turn them into"
        " numbers; or use fewer"
        f" rows; or let it into memory, if there is enough: SUITE_RESIDENT_BYTES={8 * size}."
    )


def _is_number(kind: pa.DataType) -> bool:
    return any(
        test(kind)
        for test in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    )


def _wide(kind: pa.DataType) -> pa.DataType:
    """What a column is read as, given the start of a file: later numbers may have decimals."""
    return pa.float64() if pa.types.is_null(kind) or pa.types.is_integer(kind) else kind


def _csv_options(path: Path, options: Options, types: dict[str, pa.DataType] | None) -> dict[str, Any]:
    form = dialect(path, options.encoding)
    return {
        "read_options": pyarrow.csv.ReadOptions(
            column_names=list(form.names), skip_rows=form.above, block_size=1 << 20, use_threads=False,
            encoding=form.encoding if form.encoding != "utf-8-sig" else "utf-8",
        ),
        "parse_options": pyarrow.csv.ParseOptions(
            delimiter=form.delimiter, quote_char=form.quote, newlines_in_values=True
        ),
        "convert_options": pyarrow.csv.ConvertOptions(
            null_values=list(options.marks),
            strings_can_be_null=True,
            column_types=types,
            include_columns=list(types) if types else None,
            decimal_point=options.decimal or ".",
        ),
    }  # fmt: skip


def _first_of_csv(path: Path, options: Options) -> pa.RecordBatch:
    with pyarrow.csv.open_csv(path, **_csv_options(path, options, None)) as reader:
        return reader.read_next_batch()


def _csv_pieces(path: Path, types: dict[str, pa.DataType], options: Options) -> Pieces:
    with pyarrow.csv.open_csv(path, **_csv_options(path, options, types)) as reader:
        yield from reader


def _first_of_parquet(path: Path, _options: Options) -> pa.RecordBatch:
    with pq.ParquetFile(path, buffer_size=1 << 16, pre_buffer=False) as file:
        return _composed(next(file.iter_batches(batch_size=ROWS, use_threads=False)))


def _parquet_pieces(path: Path, types: dict[str, pa.DataType], _options: Options) -> Pieces:
    with pq.ParquetFile(path, buffer_size=1 << 16, pre_buffer=False) as file:
        columns = [name for name in file.schema_arrow.names if composed(name) in types]
        yield from map(_composed, file.iter_batches(batch_size=ROWS, columns=columns, use_threads=False))


def _composed(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch.rename_columns([composed(name) for name in batch.schema.names])


FIRST = {".csv": _first_of_csv, ".tsv": _first_of_csv, ".parquet": _first_of_parquet}
"""Suffix -> what reads its first rows."""
PIECES = {".csv": _csv_pieces, ".tsv": _csv_pieces, ".parquet": _parquet_pieces}
"""Suffix -> what reads it in pieces."""
