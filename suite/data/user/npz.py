"""Arrays of an .npz file, read row by row when they are asked for. Object arrays, which would be pickles, are
refused."""

import lzma
import math
import shutil
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np

from suite.data.user.files import PIECE
from suite.data.user.messages import first_line
from suite.paths import home

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
"""Version of an .npy file -> what reads its header."""
BROKEN = (
    OSError, EOFError, ValueError, KeyError, OverflowError, MemoryError, NotImplementedError, RuntimeError,
    SyntaxError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, tokenize.TokenError,
)  # fmt: skip
"""What damaged archives raise: zipfile and NumPy raise whatever they stumble on."""


FIXES = {
    "S": " What to do: {name} = {name}.astype(str) before saving it.",
    "M": " What to do: {name} = {name}.astype('datetime64[s]').astype('int64') before saving it.",
    "m": " What to do: {name} = {name}.astype('timedelta64[s]').astype('int64') before saving it.",
    "c": " What to do: the real and the imaginary part, or the absolute values, each as an array of its own.",
    "V": " What to do: an array for each of its fields.",
}
"""Kind of a dtype that is not read -> what to do."""


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
        except BROKEN as error:
            raise ValueError(
                f"`dataset` expects whole arrays. Received: {self.name!r} of {self.path.name}:"
                f" {first_line(error)}."
            ) from None

    def _from_rows(self, file: IO[bytes]) -> Iterator[np.ndarray]:
        for count in self._counts():
            data = file.read(count * self._columns * self.dtype.itemsize)
            yield np.frombuffer(data, self.dtype).reshape(count, *self.shape[1:])

    def _from_columns(self, file: IO[bytes]) -> Iterator[np.ndarray]:
        """Unpacks the array, because a row is spread over all of it (Fortran order, as `frame.to_numpy()` has
        it)."""
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
    except BROKEN as error:
        raise ValueError(
            f"`dataset` expects whole arrays. Received: {name!r} of {path.name}: {first_line(error)}."
        ) from None
    if dtype.hasobject:
        raise ValueError(
            f"`dataset` expects arrays of numbers or texts; object arrays are pickles, which can run code."
            f" Received: {name!r} of {path.name}. What to do: {name}.astype(str) or .astype(float) before"
            " saving it."
        )
    if dtype.kind not in "biufU" or not shape:
        raise ValueError(
            f"`dataset` expects arrays of numbers or texts. Received: {name!r} of {path.name}, {dtype}, shape"
            f" {shape}.{FIXES.get(dtype.kind, '').format(name=name)}"
        )
    return Array(path, name, shape, dtype, by_columns)
