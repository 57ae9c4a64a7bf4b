"""The prepared cache: .npy arrays, Parquet for columns and texts, and a checksum; written aside and renamed.
Never a pickle."""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

import numpy as np

from suite.data.dataset import Rows, Split

if TYPE_CHECKING:
    import pandas as pd

    Part: TypeAlias = "np.ndarray | Rows | pd.DataFrame"

logger = logging.getLogger("suite.data")

PARTS = ("train_x", "train_y", "test_x", "test_y")
MANIFEST = "manifest.json"


class DataUnavailable(OSError):
    """A data set could not be had: the message says what was tried and what to do."""


def checksum(train: Split, test: Split) -> str:
    """SHA-256 over type, shape and content of the examples and targets of both splits."""
    digest = hashlib.sha256()
    for part in (train.x, train.y, test.x, test.y):
        for array in [part] if _is_numbers(part) else _columns(part):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _is_numbers(part: "Part") -> TypeGuard[np.ndarray]:
    """Whether it is an array of numbers, rather than columns or texts."""
    return isinstance(part, np.ndarray) and part.dtype != object


def _columns(part: "Part") -> Iterator[np.ndarray]:
    """The columns of a frame (or one of texts) as arrays of numbers: texts as their bytes, and their lengths
    (missing: -1)."""
    assert not isinstance(part, Rows)  # what is published fits into memory
    for column in [part] if isinstance(part, np.ndarray) else (part[name].to_numpy() for name in part):
        if column.dtype != object and column.dtype.kind in "biuf":
            yield column
        else:
            texts = [text.encode() if isinstance(text, str) else None for text in column]
            yield np.array([-1 if text is None else len(text) for text in texts], np.int64)
            yield np.frombuffer(b"".join(text or b"" for text in texts), np.uint8)


def canonical(x: "np.ndarray | pd.DataFrame", y: np.ndarray) -> Split:
    """The examples in an order that depends on their content alone.

    TFDS and the published files hold the same examples in different orders. Brought into one order, a seed
    draws the same splits on every machine, and one checksum holds for every source.

    Args:
        x: an array [n, ...] or a DataFrame of n rows.
        y: [n] classes as whole numbers, targets as floats, or texts; gives int32, float32 or objects.
    """
    y = y.astype({"f": np.float32, "O": object}.get(y.dtype.kind, np.int32))
    pairs = zip(_row_bytes(x), _row_bytes(y), strict=True)
    keys = [hashlib.sha256(example + target).digest() for example, target in pairs]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return Split(
        np.ascontiguousarray(x[order]) if isinstance(x, np.ndarray) else x.iloc[order].reset_index(drop=True),
        y[order],
    )


def _row_bytes(part: "Part") -> Iterator[bytes]:
    """What identifies each example: the bytes of its numbers, or its columns as JSON (missing: null)."""
    if _is_numbers(part):
        return (row.tobytes() for row in part)
    assert not isinstance(part, Rows)
    if isinstance(part, np.ndarray):
        columns: list[Any] = [part]
    else:
        columns = [part[name].astype(object).where(part[name].notna(), None) for name in part]
    return (json.dumps(row).encode() for row in zip(*columns, strict=True))


def read(folder: Path, sha256: str) -> tuple[Split, Split, str] | None:
    """Train, test (arrays memory-mapped) and their source; None if there is nothing, or nothing whole, in
    `folder`.

    Args:
        folder: of one set.
        sha256: what the content must have; "": what it had when it was written.
    """
    if not folder.exists():
        return None
    try:
        parts = [_read_part(folder, part) for part in PARTS]
        train, test = Split(*parts[:2]), Split(*parts[2:])
        known = manifest(folder)
        source, expected = known["source"], sha256 or known["sha256"]
        damage = "" if checksum(train, test) == expected else "its checksum is wrong"
    except (OSError, ValueError, EOFError, KeyError, TypeError) as error:
        damage = f"{type(error).__name__}: {error}"
    if damage:
        logger.warning("The prepared copy in %s is damaged (%s). Making it again.", folder, damage)
        return None
    return train, test, source


def _read_part(folder: Path, part: str) -> "np.ndarray | pd.DataFrame":
    parquet = folder / f"{part}.parquet"
    if not parquet.exists():
        return np.load(folder / f"{part}.npy", mmap_mode="r", allow_pickle=False)
    import pandas as pd

    frame = pd.read_parquet(parquet)
    return frame["texts"].to_numpy(object) if part.endswith("_y") else frame


def manifest(folder: Path) -> dict[str, Any]:
    """What was written beside a prepared copy: `source`, `sha256`, and `facts` that came with the data."""
    return json.loads((folder / MANIFEST).read_text())


def write(folder: Path, train: Split, test: Split, source: str, facts: dict[str, Any] | None = None) -> None:
    """Puts a prepared copy in `folder`, whole or not at all. The caller holds the lock."""
    aside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for part, data in zip(PARTS, (train.x, train.y, test.x, test.y), strict=True):
        if _is_numbers(data):
            np.save(aside / f"{part}.npy", data, allow_pickle=False)
        else:
            import pandas as pd

            assert not isinstance(data, Rows)
            frame = pd.DataFrame({"texts": data}) if isinstance(data, np.ndarray) else data
            frame.to_parquet(aside / f"{part}.parquet")
    known = {"source": source, "sha256": checksum(train, test), "facts": facts or {}}
    (aside / MANIFEST).write_text(json.dumps(known))
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)
