"""The prepared cache: plain .npy arrays with a checksum, written aside and renamed. Never a pickle."""

import hashlib
import json
import logging
import shutil
from pathlib import Path

import numpy as np

from suite.data.dataset import Split

logger = logging.getLogger("suite.data")

PARTS = ("train_x", "train_y", "test_x", "test_y")
MANIFEST = "manifest.json"


class DataUnavailable(OSError):
    """A data set could not be had: the message says what was tried and what to do."""


def checksum(train: Split, test: Split) -> str:
    """SHA-256 over type, shape and bytes of the four arrays."""
    digest = hashlib.sha256()
    for array in (train.x, train.y, test.x, test.y):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def canonical(x: np.ndarray, y: np.ndarray) -> Split:
    """The examples in an order that depends on their content alone.

    TFDS and the published files hold the same examples in different orders. Brought into one order, a seed draws the
    same splits on every machine, and one checksum holds for every source.
    """
    pairs = zip(x, y, strict=True)
    keys = [hashlib.sha256(image.tobytes() + int(label).to_bytes(4, "little")).digest() for image, label in pairs]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return Split(np.ascontiguousarray(x[order]), y[order].astype(np.int32))


def read(folder: Path, sha256: str) -> tuple[Split, Split, str] | None:
    """Train, test (memory-mapped) and their source; None if there is nothing, or nothing whole, in `folder`."""
    if not folder.exists():
        return None
    try:
        arrays = [np.load(folder / f"{part}.npy", mmap_mode="r", allow_pickle=False) for part in PARTS]
        train, test = Split(*arrays[:2]), Split(*arrays[2:])
        source = json.loads((folder / MANIFEST).read_text())["source"]
        damage = "" if checksum(train, test) == sha256 else "its checksum is wrong"
    except (OSError, ValueError, EOFError, KeyError, TypeError) as error:
        damage = f"{type(error).__name__}: {error}"
    if damage:
        logger.warning("The prepared copy in %s is damaged (%s). Making it again.", folder, damage)
        return None
    return train, test, source


def write(folder: Path, train: Split, test: Split, source: str) -> None:
    """Puts a prepared copy in `folder`, whole or not at all. The caller holds the lock."""
    aside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for part, array in zip(PARTS, (train.x, train.y, test.x, test.y), strict=True):
        np.save(aside / f"{part}.npy", array, allow_pickle=False)
    (aside / MANIFEST).write_text(json.dumps({"source": source}))
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)
