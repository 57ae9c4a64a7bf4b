"""A user's own arrays: .npz files. Object arrays, which would be pickles, are refused."""

import math
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa

from suite.data.dataset import Whole, resident_limit
from suite.data.user.columns import infer, refuse_infinite
from suite.data.user.files import PIECE, converted, in_words, sha256, write_rows
from suite.data.user.header import header
from suite.data.user.options import Options
from suite.data.user.recognition import target_and_task
from suite.data.user.splits import Table, whole
from suite.paths import home

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
IN_WORDS = {2: "a table", 3: "sequences", 4: "images"}


@dataclass(frozen=True)
class Array:
    """An array of an .npz file whose rows are read when they are asked for."""

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    by_columns: bool

    def pieces(self) -> Iterator[np.ndarray]:
        """Its rows, in order, about PIECE bytes at once.

        Raises:
            ValueError: the file is damaged or truncated.
        """
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(f"{self.name}.npy") as file:
                HEADERS[np.lib.format.read_magic(file)](file)
                yield from self._from_columns(file) if self.by_columns else self._from_rows(file)
        except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(
                f"`dataset` expects whole arrays. Received: {self.name!r} of {self.path.name}: {error}."
            ) from None

    def _from_rows(self, file: IO[bytes]) -> Iterator[np.ndarray]:
        for count in self._counts():
            data = file.read(count * self._columns * self.dtype.itemsize)
            yield np.frombuffer(data, self.dtype).reshape(count, *self.shape[1:])

    def _from_columns(self, file: IO[bytes]) -> Iterator[np.ndarray]:
        """Unpacks the array, because a row is spread over all of it (Fortran order, as `frame.to_numpy()` has it)."""
        home().mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=home()) as unpacked:
            shutil.copyfileobj(file, unpacked, PIECE)
            start = 0
            for count in self._counts():
                piece = np.empty((self._columns, count), self.dtype)
                for column in range(self._columns):
                    unpacked.seek((column * self.shape[0] + start) * self.dtype.itemsize)
                    piece[column] = np.frombuffer(unpacked.read(count * self.dtype.itemsize), self.dtype)
                yield piece.T.reshape(count, *self.shape[1:], order="F")
                start += count

    @property
    def _columns(self) -> int:
        return math.prod(self.shape[1:])

    def _counts(self) -> Iterator[int]:
        """Rows of each piece."""
        rows = max(1, PIECE // max(self._columns * self.dtype.itemsize, 1))
        return (min(rows, self.shape[0] - start) for start in range(0, self.shape[0], rows))

    def whole(self) -> np.ndarray:
        """All of it."""
        return np.concatenate([*self.pieces()] or [np.empty(self.shape, self.dtype)])


def array(path: Path, name: str) -> Array:
    """What the header of an array says.

    Raises:
        ValueError: damaged, or of a type that could run code or that no model takes.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as file:
            shape, by_columns, dtype = HEADERS[np.lib.format.read_magic(file)](file)
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(
            f"`dataset` expects whole arrays. Received: {name!r} of {path.name}: {error}."
        ) from None
    if dtype.hasobject:
        raise ValueError(f"`dataset` expects arrays of numbers or texts; object arrays are pickles, which can run code."
                         f" Received: {name!r} of {path.name}.")  # fmt: skip
    if dtype.kind not in "biufU" or not shape:
        raise ValueError(
            f"`dataset` expects arrays of numbers or texts. Received: {name!r} of {path.name}, {dtype}, shape {shape}."
        )
    return Array(path, name, shape, dtype, by_columns)


def read(path: Path, *, target: str | None, group: str | None, time: str | None, options: Options) -> Whole:
    """Inputs `x`, or the only array that is not named otherwise, and a target [n].

    - uint8 [n, height, width] or [n, height, width, channels]: images.
    - [n, features] or [n] numbers: a table. [n, time, channels] numbers: sequences, which may end in steps of NaN, padding.
    - [n] texts.

    Raises:
        ValueError: arrays that are damaged, pickled, of other shapes, of different lengths, or not finite.
    """
    names, others = header(path), [name for name in (group, time) if name is not None]
    if target is None and "y" not in names:
        parts = [(array(path, f"x_{part}"), array(path, f"y_{part}")) for part in ("train", "test")]
    else:
        column = target_and_task(target or "y")[0]
        inputs = [name for name in names if name not in (column, *others)]
        if "x" not in inputs and len(inputs) != 1:
            raise ValueError(f"`dataset` expects an array `x` in {path.name}. Received: {', '.join(names)}.")
        parts = [(array(path, "x" if "x" in inputs else inputs[0]), array(path, column))]
    aside = {name: pd.Series(_column(array(path, name), parts[0][0]), name=name) for name in others}
    y = pd.Series(np.concatenate([_column(y, x) for x, y in parts]))
    x, kinds, notes = _inputs(path, [x for x, _ in parts])
    return whole(path, Table(
        x=x, target=y, groups=aside.get(group or ""), times=aside.get(time or ""), kinds=kinds, source=in_words(path, [path]),
        test=np.arange(len(y)) >= parts[0][0].shape[0] if len(parts) > 1 else None, sha256=sha256([path]),
        description=f"{len(y):,} examples of {path.name}.", notes=notes,
    ), target or "y")  # fmt: skip


def _column(values: Array, x: Array) -> np.ndarray:
    """[n] or [n, 1] values for the n examples of x, as [n]."""
    if values.shape[:1] != x.shape[:1] or math.prod(values.shape) != x.shape[0]:
        raise ValueError(f"`dataset` expects a value of {values.name!r} for each example of {x.name!r}."
                         f" Received: shapes {values.shape} and {x.shape}.")  # fmt: skip
    return values.whole().reshape(-1)


def _inputs(
    path: Path, arrays: Sequence[Array]
) -> tuple[np.ndarray | np.memmap | pd.DataFrame, dict[str, str], list[str]]:
    """Examples of all arrays, kinds of columns, and notes."""
    first = arrays[0]
    for other in arrays[1:]:
        if (other.shape[1:], other.dtype.kind) != (first.shape[1:], first.dtype.kind):
            raise ValueError(
                f"`dataset` expects examples of one shape and type. Received: {first.name!r}, {first.dtype}, shape {first.shape},"
                f" and {other.name!r}, {other.dtype}, shape {other.shape}."
            )
    if first.dtype.kind == "U" and len(first.shape) == 1:
        columns = infer(pa.table({"text": np.concatenate([each.whole() for each in arrays]).astype(object)}))
        return columns.x, columns.kinds, columns.notes
    images = first.dtype == np.uint8 and len(first.shape) in (3, 4)
    if first.dtype.kind == "U" or 0 in first.shape or (len(first.shape) > 3 and not images):
        raise ValueError(
            "`dataset` expects texts [n], numbers [n, features] or [n, time, channels], or images as uint8 (0 to 255) [n, height,"
            f" width] or [n, height, width, channels]. Received: {first.name!r}, {first.dtype}, shape {first.shape}."
        )
    shape = first.shape[1:] or (1,)
    dtype = np.dtype(np.uint8 if images else np.float32)
    note = f"Taken as {'images' if images else IN_WORDS[len(shape) + 1]}, {' x '.join(map(str, shape))}, by shape and type"
    if sum(each.shape[0] for each in arrays) * math.prod(shape) * dtype.itemsize <= resident_limit():
        return np.concatenate([*_numbers(arrays, shape, dtype)]), {}, [note]

    def make(folder: Path) -> dict:
        return {"rows": write_rows(folder / "x.npy", shape, dtype, _numbers(arrays, shape, dtype))}

    folder, _ = converted([path], [each.name for each in arrays], make)
    return (
        np.load(folder / "x.npy", mmap_mode="r"),
        {},
        [note, "It is larger than memory allows and is streamed from disk"],
    )


def _numbers(arrays: Sequence[Array], shape: tuple[int, ...], dtype: np.dtype) -> Iterator[np.ndarray]:
    for each in arrays:
        start = 0
        for piece in each.pieces():
            piece = piece.reshape(-1, *shape)
            if dtype == np.float32:
                refuse_infinite(piece, f"array {each.name!r}", missing=len(shape) == 2, start=start)
                if len(shape) == 2:
                    _refuse_holes(piece, each.name, start)
            yield piece.astype(dtype)
            start += len(piece)


def _refuse_holes(piece: np.ndarray, name: str, start: int) -> None:
    """Raises ValueError unless NaN fills whole steps at the end of a sequence, where it is padding.

    Args:
        piece: [n, time, channels].
    """
    missing = np.isnan(piece)
    padding = missing.all(axis=2)
    holes = (
        (missing.any(axis=2) != padding).any(axis=1)
        | (padding[:, :-1] & ~padding[:, 1:]).any(axis=1)
        | padding[:, 0]
    )
    if holes.any():
        raise ValueError(f"`dataset` expects NaN only as padding: all channels of the last steps of a sequence. Received: array"
                         f" {name!r}, data row {start + int(np.argmax(holes)) + 1}.")  # fmt: skip
