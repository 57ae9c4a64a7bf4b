"""A user's own folder of images, a sub-folder for each class. Decoded once into a copy in the cache, which may stay on disk."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from suite.data.dataset import Whole, resident_limit
from suite.data.user.files import converted, in_words, sha256, write_rows
from suite.data.user.options import Options
from suite.data.user.recognition import folder_and_size
from suite.data.user.splits import Table, whole

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
MODES = {"1": 1, "L": 1, "LA": 1, "P": 3, "PA": 3, "RGB": 3, "RGBA": 3, "CMYK": 3, "YCbCr": 3}
"""Pillow's modes of 8 bits, and the channels that are made of them: grey or RGB."""
PIECE = 256  # images


def read(path: Path, *, target: None, group: None, time: None, options: Options) -> Whole:
    """Grey images as uint8 [n, height, width], else RGB [n, height, width, 3]; transparency is left out.

    Raises:
        ValueError: fewer than two classes, an image that is damaged or not of 8 bits, or images of different sizes.
    """
    root, size = folder_and_size(path)
    parts = {
        part: root / part
        for part in ("train", "test")
        if (root / "train").is_dir() and (root / part).is_dir()
    }
    parts, notes = parts or {"": root}, []
    files, labels, ends = [], [], []
    for part, folder in parts.items():
        classes = _classes(folder, notes)
        if part == "test" and (other := set(classes) ^ set(labels)):
            raise ValueError(
                f"`dataset` expects the same classes in train/ and test/. Received: {min(other)!r} in one of them only."
            )
        for name, images in classes.items():
            files += images
            labels += [name] * len(images)
        ends.append(len(files))
    if beside := sorted(
        entry.name for entry in root.iterdir() if "" not in parts and entry.name not in parts
    ):
        notes.append(f"not read: {', '.join(beside)}")

    def make(folder: Path) -> dict:
        shape = _shape(files, path.name, size)
        write_rows(folder / "x.npy", shape, np.dtype(np.uint8), _pixels(files, shape))
        return {"sha256": sha256(files)}

    made, facts = converted(files, size, make)
    x = np.load(made / "x.npy", mmap_mode="r")
    return whole(path, Table(
        x=x if x.nbytes > resident_limit() else np.array(x), target=pd.Series(labels), groups=None, times=None, kinds={},
        test=np.arange(len(files)) >= ends[0] if "test" in parts else None,
        description=f"{len(files):,} images in sub-folders by class.",
        notes=[*notes, *([f"Each was made {size[0]} high and {size[1]} wide"] if size else [])],
        source=in_words(root, files), sha256=facts["sha256"],
    ), "class:classification")  # fmt: skip


def _classes(folder: Path, notes: list[str]) -> dict[str, list[Path]]:
    """Class -> its images, both in order of their names. What else lies there is added to `notes`."""
    classes = {
        entry.name: entry
        for entry in sorted(folder.iterdir())
        if entry.is_dir() and not entry.name.startswith(".")
    }
    if len(classes) < 2:
        raise ValueError(f"`dataset` expects a folder with a sub-folder of images for each of two classes or more."
                         f" Received: {folder}, with {len(classes)} ({', '.join(classes) or 'none'}).")  # fmt: skip
    images, others = {}, 0
    for name, inside in classes.items():
        found = sorted(file for file in inside.rglob("*") if file.is_file() and not file.name.startswith("."))
        images[name] = [file for file in found if file.suffix.lower() in SUFFIXES]
        others += len(found) - len(images[name])
        if not images[name]:
            raise ValueError(
                f"`dataset` expects images ({', '.join(sorted(SUFFIXES))}) in each sub-folder. Received: {inside}, with none."
            )
    if others:
        notes.append(f"{others} files in {folder.name}/ are no images and were not read")
    return images


def _shape(files: Sequence[Path], name: str, size: tuple[int, int] | None) -> tuple[int, ...]:
    """The shape of all images, from their headers."""
    with ThreadPoolExecutor() as pool:
        sizes, channels = zip(*pool.map(_header, files), strict=True)
    wanted = (2,) if size else ()
    counts = Counter(sizes).most_common()
    if not wanted and len(counts) > 1:
        (one, many), (other, fewer) = counts[:2]
        example = files[sizes.index(other)]
        more = f" ({len(counts) - 2} more sizes)" if len(counts) > 2 else ""
        raise ValueError(
            f"`dataset` expects images of one size. Received: {many} of {one[0]}x{one[1]} and {fewer} of {other[0]}x{other[1]},"
            f" like {example.parent.name}/{example.name}{more}. What to do: dataset={name}@{one[0]}x{one[1]} makes each"
            f" {one[0]} high and {one[1]} wide; any size will do."
        )
    return *(size or counts[0][0]), *((3,) if max(channels) == 3 else ())


def _header(file: Path) -> tuple[tuple[int, int], int]:
    """(height, width) and channels."""
    try:
        with Image.open(file) as image:
            mode, (width, height) = image.mode, image.size
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(
            f"`dataset` expects whole images. Received: {file.parent.name}/{file.name}: {_reason(error)}."
        ) from None
    if mode not in MODES:
        raise ValueError(
            f"`dataset` expects images of 8 bits. Received: {file.parent.name}/{file.name}, of mode {mode}."
        )
    return (height, width), MODES[mode]


def _pixels(files: Sequence[Path], shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    def decode(file: Path) -> np.ndarray:
        try:
            with Image.open(file) as image:
                pixels = image.convert("RGB" if len(shape) == 3 else "L")
                return np.asarray(
                    pixels
                    if pixels.size == shape[1::-1]
                    else pixels.resize(shape[1::-1], Image.Resampling.BILINEAR)
                )
        except (OSError, SyntaxError, ValueError) as error:
            raise ValueError(
                f"`dataset` expects whole images. Received: {file.parent.name}/{file.name}: {_reason(error)}."
            ) from None

    with ThreadPoolExecutor() as pool:
        for start in range(0, len(files), PIECE):
            yield np.stack([*pool.map(decode, files[start : start + PIECE])])


def _reason(error: Exception) -> str:
    """Pillow's message, without the path."""
    empty = "cannot identify image file"
    return empty if str(error).startswith(empty) else str(error)
