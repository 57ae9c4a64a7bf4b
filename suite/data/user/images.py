"""A user's own folder of images, a sub-folder for each class. Decoded once into a copy in the cache, which
may stay on disk."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from suite.data.dataset import Whole, resident_limit
from suite.data.user import pictures
from suite.data.user.files import converted, in_words, sha256, write_rows
from suite.data.user.options import Options
from suite.data.user.recognition import folder_and_size
from suite.data.user.splits import Table, whole

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
"""Kinds of files that are read."""
UNREAD = {".heic", ".heif", ".avif", ".jxl", ".svg", ".psd", ".raw", ".cr2", ".nef", ".dng", ".jp2", ".dcm"}
"""Kinds of files that are images and are not read."""
LEFTOVERS = {"__MACOSX", "Thumbs.db", "desktop.ini"}
"""What systems leave in folders."""
PARTS = ("train", "training", "test", "testing", "val", "valid", "validation")
"""What splits are called, and classes are not."""
READING = 2
"""Counts up when what is made of a file changes, so that no older copy is taken."""


def read(path: Path, *, target: str | None, group: str | None, time: str | None, options: Options) -> Whole:
    """Reads grey images as uint8 [n, height, width], else RGB [n, height, width, 3]; see
    `suite.data.user.pictures`.

    Args:
        path: FOLDER or FOLDER@64x48.
        target, group, time, options: are for tables; None here.

    Raises:
        ValueError: fewer than two classes, images that are broken or not of 8 bits, or of different sizes.
    """
    root, size = folder_and_size(path)
    parts = {
        part: root / part
        for part in ("train", "test")
        if (root / "train").is_dir() and (root / part).is_dir()
    } or {"": root}
    files: list[Path] = []
    labels: list[str] = []
    notes: list[str] = []
    ends = []
    for part, folder in parts.items():
        classes = _classes(folder, notes)
        if part == "test" and (other := set(classes) ^ set(labels)):
            raise ValueError(
                "`dataset` expects the same classes in train/ and test/."
                f" Received: {min(other)!r} in one of them only."
            )
        for name, images in classes.items():
            files += images
            labels += [name] * len(images)
        ends.append(len(files))
    beside = sorted(entry.name for entry in root.iterdir() if not _hidden(entry, root))
    if "" not in parts and (unread := [name for name in beside if name not in parts]):
        notes.append(f"not read: {', '.join(unread)}")

    def make(folder: Path) -> dict[str, Any]:
        shape, remarks = pictures.shape(files, path.name, size)
        write_rows(folder / "x.npy", shape, np.dtype(np.uint8), pictures.pixels(files, shape))
        remarks += pictures.one_colour(np.load(folder / "x.npy", mmap_mode="r"), files)
        return {"sha256": sha256(files), "remarks": remarks}

    made, facts = converted(files, [READING, size], make)
    x = np.load(made / "x.npy", mmap_mode="r")
    notes += facts["remarks"] + ([f"Each was made {size[0]} high and {size[1]} wide"] if size else [])
    return whole(path, Table(
        x=x if x.nbytes > resident_limit() else np.array(x), target=pd.DataFrame({"class": labels}),
        groups=None, times=None, kinds={},
        test=np.arange(len(files)) >= ends[0] if "test" in parts else None, notes=notes,
        description=f"{len(files):,} images in sub-folders by class.", source=in_words(root, files),
        sha256=facts["sha256"],
    ), "classification")  # fmt: skip


def _classes(folder: Path, notes: list[str]) -> dict[str, list[Path]]:
    """Class -> its images, both in order of their names. What else lies there is added to `notes`."""
    classes = {
        entry.name: entry
        for entry in sorted(folder.iterdir())
        if entry.is_dir() and not _hidden(entry, folder)
    }
    if len(classes) < 2:
        raise ValueError(
            f"`dataset` expects a folder with a sub-folder of images for each of two classes or more."
            f" Received: {folder}, with {len(classes)}"
            f" ({', '.join(classes) or 'none'})."
        )
    if all(name.lower() in PARTS for name in classes):
        raise ValueError(
            f"`dataset` expects splits called train and test, in small letters. Received: {folder.name}, with"
            f" {', '.join(classes)}. What to do: rename them."
        )
    images: dict[str, list[Path]] = {}
    others: list[Path] = []
    for name, inside in classes.items():
        entries = sorted(entry for entry in inside.rglob("*") if not _hidden(entry, inside))
        if broken := [entry for entry in entries if not entry.exists()]:
            raise ValueError(
                f"`dataset` expects images that exist. Received: {broken[0]}, a link to nothing, and"
                f" {len(broken) - 1} more. What to do: remove it, or mend it."
            )
        notes += [f"{entry} links to a folder and was not read" for entry in entries
                  if entry.is_symlink() and entry.is_dir()]  # fmt: skip
        found = [entry for entry in entries if entry.is_file()]
        images[name] = [file for file in found if file.suffix.lower() in SUFFIXES]
        others += [file for file in found if file.suffix.lower() not in SUFFIXES]
        if not images[name]:
            raise ValueError(
                f"`dataset` expects images ({', '.join(sorted(SUFFIXES))}) in each sub-folder. Received:"
                f" {inside}, with"
                f" none{_unread(found)}."
            )
    if others:
        notes.append(
            f"{len(others)} files in {folder.name}/ are no images and were not read{_unread(others)}"
        )
    return images


def _hidden(entry: Path, root: Path) -> bool:
    """Whether a file or a folder above it, below `root`, is hidden, or was left by another system."""
    return any(part.startswith(".") or part in LEFTOVERS for part in entry.relative_to(root).parts)


def _unread(files: Sequence[Path]) -> str:
    """What to do about images of kinds that are not read, in words."""
    kinds = Counter(suffix for file in files if (suffix := file.suffix.lower()) in UNREAD)
    told = ", ".join(f"{count} {suffix}" for suffix, count in kinds.items())
    return (
        f", but for {told}, a kind that is not read: magick mogrify -format png FILES makes it one"
        if kinds
        else ""
    )
