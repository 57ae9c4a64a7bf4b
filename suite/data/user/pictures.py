"""Image files as arrays of one shape: upright, without transparency, 8 bits a channel. Broken files are named
all at once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from suite.data.user.messages import first_line

MODES = {"1": 1, "L": 1, "LA": 1, "P": 3, "PA": 3, "RGB": 3, "RGBA": 3, "RGBa": 3, "CMYK": 3, "YCbCr": 3}
"""Pillow's modes of 8 bits, and the channels that are made of them: grey or RGB."""
ORIENTATION = 0x0112
"""EXIF's tag of how a camera was held."""
LYING = (5, 6, 7, 8)
"""Orientations in which height and width change places."""
PIECE = 256
"""Images decoded at once."""
NAMED = 5
"""Broken files that are named; of more, their number."""


@dataclass(frozen=True)
class Header:
    """What a file says of its image.

    Attributes:
        size: (height, width), upright.
        channels: 1 or 3.
        remarks: what is done to it, of REMARKS.
    """

    size: tuple[int, int]
    channels: int
    remarks: tuple[str, ...]


REMARKS = {
    "turned": "were turned upright, as their files say how the camera was held",
    "transparent": "have transparency and were laid on white",
    "deep": "have more than 8 bits a channel and were read with 8",
    "moving": "have several frames, of which the first was read",
}
"""Remark -> what is told of the images that have it."""


def shape(
    files: Sequence[Path], name: str, size: tuple[int, int] | None
) -> tuple[tuple[int, ...], list[str]]:
    """Finds the shape that all images have or are given, and what is done to them, in words.

    Args:
        files: of the images.
        name: of the data set.
        size: (height, width) that each is given; None: they must have one.

    Raises:
        ValueError: broken files, images of more than 8 bits, or of different sizes.
    """
    headers, broken = [], {}
    with ThreadPoolExecutor() as pool:
        for file, found in zip(files, pool.map(_header, files), strict=True):
            if isinstance(found, Header):
                headers.append(found)
            else:
                broken[file] = found
    if broken:  # what else is broken shows when it is decoded
        for _ in pixels([file for file in files if file not in broken], (1, 1), broken):
            pass
    sizes = Counter(header.size for header in headers).most_common()
    if not size and len(sizes) > 1:
        (one, many), (other, fewer) = sizes[:2]
        example = files[[header.size for header in headers].index(other)]
        more = f" ({len(sizes) - 2} more sizes)" if len(sizes) > 2 else ""
        raise ValueError(
            f"`dataset` expects images of one size. Received: {many} of {one[0]}x{one[1]} and {fewer} of"
            f" {other[0]}x{other[1]}, like {_name(example)}{more}. What to do:"
            f" dataset={name}@{one[0]}x{one[1]} makes"
            f" each {one[0]} high and {one[1]} wide; any size will do."
        )
    remarks = Counter(remark for header in headers for remark in header.remarks)
    notes = [f"{count:,} images {REMARKS[remark]}" for remark, count in remarks.items()]
    channels = (3,) if max(header.channels for header in headers) == 3 else ()
    return (*(size or sizes[0][0]), *channels), notes


def pixels(
    files: Sequence[Path], form: tuple[int, ...], broken: dict[Path, str] | None = None
) -> Iterator[np.ndarray]:
    """Decodes images in pieces: [any, height, width] or [any, height, width, 3] uint8.

    Args:
        files: of the images.
        form: of each array.
        broken: files that are known to be broken, and why.

    Raises:
        ValueError: files that are, when all were tried.
    """
    broken = dict(broken or {})
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(files), PIECE):
            some = files[start : start + PIECE]
            decoded = list(pool.map(lambda file: _decoded(file, form), some))
            broken |= {file: each for file, each in zip(some, decoded, strict=True) if isinstance(each, str)}
            if not broken:
                yield np.stack([each for each in decoded if not isinstance(each, str)])
    if broken:
        deep = all(why.startswith("of mode") for why in broken.values())
        between = ", " if deep else ": "
        named = "; ".join(
            f"{_name(file)}{between}{why.rstrip('.')}" for file, why in list(broken.items())[:NAMED]
        )
        more = f"; and {len(broken) - NAMED} more" if len(broken) > NAMED else ""
        raise ValueError(
            f"`dataset` expects images of 8 bits. Received: {named}{more}. What to do: magick mogrify -depth"
            " 8 FILES."
            if deep
            else f"`dataset` expects whole images. Received: {named}{more}."
        )


def _header(file: Path) -> Header | str:
    """What a file says; or why it is broken."""
    try:
        with Image.open(file) as image:
            if image.mode not in MODES:
                return f"of mode {image.mode}"
            turned = image.getexif().get(ORIENTATION, 1)
            height, width = image.size[::-1] if turned not in LYING else image.size
            remarks = {
                "turned": turned in range(2, 9),
                "transparent": image.has_transparency_data,
                "deep": any(";16" in str(tile[-1]) for tile in image.tile),
                "moving": getattr(image, "is_animated", False),
            }
            return Header(
                (height, width),
                MODES[image.mode],
                tuple(remark for remark, is_so in remarks.items() if is_so),
            )
    except Exception as error:  # Pillow's readers raise whatever they stumble on
        return _reason(error)


def _decoded(file: Path, form: tuple[int, ...]) -> np.ndarray | str:
    """An image as an array; or why it is broken."""
    try:
        with Image.open(file) as opened:
            image = ImageOps.exif_transpose(opened)
            if image.has_transparency_data:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            image = image.convert("RGB" if len(form) == 3 else "L")
            if image.size != form[1::-1]:
                image = image.resize((form[1], form[0]), Image.Resampling.BILINEAR)
            return np.asarray(image)
    except Exception as error:  # as above
        return _reason(error)


def _reason(error: Exception) -> str:
    """Pillow's message in a line, without the path."""
    empty, text = "cannot identify image file", first_line(error)
    return empty if text.startswith(empty) else text


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def one_colour(x: np.ndarray, files: Sequence[Path]) -> list[str]:
    """Tells which images have one colour only.

    Args:
        x: [n, height, width, ...].
        files: [n].
    """
    count, first = 0, -1
    for start in range(0, len(x), PIECE):
        piece = np.asarray(x[start : start + PIECE])
        flat = piece.reshape(len(piece), -1, piece.shape[3] if piece.ndim == 4 else 1)
        plain = (flat == flat[:, :1]).all(axis=(1, 2))
        count += int(plain.sum())
        first = start + int(plain.argmax()) if first < 0 and plain.any() else first
    return (
        [f"{count:,} images have one colour only, the first of them {_name(files[first])}"] if count else []
    )
