"""Files of a user's own data: their checksum and size, and the copies that stay on disk."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from filelock import FileLock

from suite.paths import home

PIECE = 1 << 22  # bytes


def sha256(files: Sequence[Path]) -> str:
    """Gives the SHA-256 of a file; of several: of what sha256sum prints of them, below the folder that they
    share.

    Args:
        files: one or more.
    """
    sums = [_sha256(file) for file in files]
    if len(files) == 1:
        return sums[0]
    shared = os.path.commonpath([file.parent for file in files])
    lines = (
        f"{total}  {file.relative_to(shared).as_posix()}\n" for total, file in zip(sums, files, strict=True)
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def in_words(path: Path, files: Sequence[Path]) -> str:
    """Name and size, without the folders above."""
    size = sum(file.stat().st_size for file in files)
    power = min(3, (len(str(size)) - 1) // 3)
    amount = f"{size / 1000**power:.4g} {('bytes', 'kB', 'MB', 'GB')[power]}"
    return f"{path.name}, {amount}" + (f" in {len(files):,} files" if len(files) > 1 else "")


def converted(files: Sequence[Path], settings: object, make: Callable[[Path], dict]) -> tuple[Path, dict]:
    """A folder of home()/data/own with what `make(folder)` writes there, and the facts that it returns.

    Made once for these files (by place, size and time of change) and settings, aside and renamed, one process
    at a time.
    """
    stats = [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    folder = home() / "data" / "own" / hashlib.sha256(json.dumps([stats, settings]).encode()).hexdigest()[:32]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            aside = folder.with_suffix(".new")
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir()
            try:
                (aside / "facts.json").write_text(json.dumps(make(aside)))
                aside.rename(folder)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
    return folder, json.loads((folder / "facts.json").read_text())


def write_rows(file: Path, shape: Sequence[int], dtype: np.dtype, pieces: Iterable[np.ndarray]) -> int:
    """Writes an .npy file of rows that come in pieces; returns how many there were.

    Args:
        shape, dtype: of one row. pieces: [any, *shape].
    """
    rows = 0
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False}
    with file.open("wb") as opened:
        np.lib.format.write_array_header_1_0(opened, {**header, "shape": (0, *shape)})
        start = opened.tell()
        for piece in pieces:
            opened.write(np.ascontiguousarray(piece, dtype).data)
            rows += len(piece)
        opened.seek(0)
        np.lib.format.write_array_header_1_0(opened, {**header, "shape": (rows, *shape)})
        assert opened.tell() == start  # NumPy leaves room in the header for the number of rows to grow
    return rows
