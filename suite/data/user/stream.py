"""Tables larger than memory: numbers go in pieces into an .npy file that stays on disk."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from suite.data.user import delimiter, header
from suite.data.user.columns import IDENTIFIER, plain, refuse_infinite
from suite.data.user.files import converted, sha256, write_rows

ROWS = 1 << 14
Pieces = Iterator[pa.RecordBatch]


def numbers(
    files: Sequence[Path], others: Sequence[str], missing: list[str]
) -> tuple[np.memmap, pa.Table, list[int], list[str], str]:
    """Inputs [n, features] float32 on disk, the columns `others`, rows of each file, notes and checksum.

    Args:
        others: the target, and group or time. missing: what stands for a missing value in CSV.

    Raises:
        ValueError: inputs that are not all numbers, or a missing one among them.
    """
    suffix = files[0].suffix.lower()
    if suffix not in PIECES:
        raise ValueError(_too_large(files, f"{suffix}, which is read whole"))
    types = SCHEMAS[suffix](files[0], missing)
    inputs = [name for name in types if name not in others]
    dropped = [
        name for name in inputs if not name or (pa.types.is_integer(types[name]) and IDENTIFIER.search(name))
    ]
    inputs = [name for name in inputs if name not in dropped]
    texts = [name for name in inputs if not (_is_number(types[name]) or pa.types.is_null(types[name]))]
    if texts:
        raise ValueError(_too_large(files, f"column {texts[0]!r} of {types[texts[0]]}"))
    types = {name: _wide(types[name]) for name in [*inputs, *others]}

    def make(folder: Path) -> dict:
        checksum = sha256(files, text=suffix != ".parquet")
        rest, rows = _Rest(folder / "rest.arrow", others), []

        def pieces() -> Iterator[np.ndarray]:
            for file in files:
                rows.append(0)
                for batch in PIECES[suffix](file, types, missing):
                    rest.write(batch)
                    yield _matrix(batch, inputs, files, rows[-1])
                    rows[-1] += len(batch)

        try:
            write_rows(folder / "x.npy", (len(inputs),), np.dtype(np.float32), pieces())
        except pa.ArrowException as error:
            raise ValueError(
                f"`dataset` expects a whole table of numbers. Received: {files[0].name}: {str(error).splitlines()[0]}"
            ) from None
        finally:
            rest.close()
        return {"rows": rows, "sha256": checksum}

    folder, facts = converted(files, [inputs, list(others)], make)
    notes = ["It is larger than memory allows and is streamed from disk", f"Inputs: {', '.join(inputs)}"]
    notes += [f"`{name}` was dropped: identifier" for name in dropped]
    rest = pa.ipc.open_file(pa.memory_map(str(folder / "rest.arrow"))).read_all()
    return np.load(folder / "x.npy", mmap_mode="r"), rest, facts["rows"], notes, facts["sha256"]


class _Rest:
    """An Arrow file of the other columns, whose types the first piece decides."""

    def __init__(self, path: Path, names: Sequence[str]):
        self._path, self._names, self._writer = path, list(names), None

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
        f"`dataset` expects numbers in every input and row of a table that is larger than memory allows. Received:"
        f" {files[0].name} with {received}. What to do: leave such columns or rows out, or turn them into numbers; or use fewer"
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


def _csv_options(path: Path, missing: list[str], types: dict[str, pa.DataType] | None) -> dict:
    return {
        "read_options": pyarrow.csv.ReadOptions(
            column_names=header(path), skip_rows=1, block_size=1 << 20, use_threads=False
        ),
        "parse_options": pyarrow.csv.ParseOptions(delimiter=delimiter(path), newlines_in_values=True),
        "convert_options": pyarrow.csv.ConvertOptions(
            null_values=missing,
            strings_can_be_null=True,
            column_types=types,
            include_columns=list(types) if types else None,
        ),
    }


def _csv_schema(path: Path, missing: list[str]) -> dict[str, pa.DataType]:
    with pyarrow.csv.open_csv(path, **_csv_options(path, missing, None)) as reader:
        return dict(zip(reader.schema.names, reader.schema.types, strict=True))


def _csv_pieces(path: Path, types: dict[str, pa.DataType], missing: list[str]) -> Pieces:
    with pyarrow.csv.open_csv(path, **_csv_options(path, missing, types)) as reader:
        yield from reader


def _parquet_schema(path: Path, _missing: list[str]) -> dict[str, pa.DataType]:
    schema = pq.read_schema(path)
    return dict(zip(schema.names, schema.types, strict=True))


def _parquet_pieces(path: Path, types: dict[str, pa.DataType], _missing: list[str]) -> Pieces:
    with pq.ParquetFile(path, buffer_size=1 << 16, pre_buffer=False) as file:
        yield from file.iter_batches(batch_size=ROWS, columns=list(types), use_threads=False)


SCHEMAS = {".csv": _csv_schema, ".tsv": _csv_schema, ".parquet": _parquet_schema}
PIECES = {".csv": _csv_pieces, ".tsv": _csv_pieces, ".parquet": _parquet_pieces}
