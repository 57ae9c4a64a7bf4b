"""A user's own arrays: .npz files of inputs and targets."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from suite.data.dataset import Whole, resident_limit
from suite.data.user.columns import infer, refuse_infinite
from suite.data.user.files import converted, in_words, sha256, write_rows
from suite.data.user.header import KERAS_PARTS, header
from suite.data.user.npz import Array, array
from suite.data.user.options import Options
from suite.data.user.recognition import target_and_task, targets
from suite.data.user.splits import Table, whole
from suite.data.user.typed import typed

IN_WORDS = {2: "a table", 3: "sequences", 4: "images"}
"""Number of axes -> what an array of numbers is taken for."""
CHANNELS = (1, 3, 4)
"""Channels of a picture: grey, RGB, RGB with transparency."""


def read(path: Path, *, target: str | None, group: str | None, time: str | None, options: Options) -> Whole:
    """Inputs `x`, or the only array that is not named otherwise, and a target [n], or several: [n, targets],
    or an array each.

    - uint8 [n, height, width] or [n, height, width, channels]: images.
    - [n, features] or [n] numbers: a table. [n, time, channels] numbers: sequences, which may end in steps of
      NaN, padding.
    - [n] texts.

    Raises:
        ValueError: arrays that are damaged, pickled, of other shapes, of different lengths, not finite, or
            the same in all examples.
    """
    said, task = target_and_task(target or "y")
    names, others = header(path, options), [name for name in (group, time) if name is not None]
    if target is None and "y" not in names:
        columns: tuple[str, ...] = (said,)
        inputs = next(name for name in names if name.lower() == "x_train")
        parts = [(array(path, inputs), [array(path, "y_train")])]
        parts += [(array(path, inputs.replace("train", "test")), [array(path, "y_test")])]
        used = {*KERAS_PARTS, *(x.name for x, _ in parts)}
    else:
        columns = targets(target or "y", names)
        inputs = _name_of_inputs(path, [name for name in names if name not in (*columns, *others)])
        parts = [(array(path, inputs), [array(path, column) for column in columns])]
        used = {inputs, *columns, *others}
    aside = {name: pd.Series(_column(array(path, name), parts[0][0]), name=name) for name in others}
    one_hot = task in (None, "classification") and all(_is_one_hot(each) for _, y in parts[:1] for each in y)
    y = _joined([_targets(columns, y, x, one_hot=one_hot and len(columns) == 1) for x, y in parts])
    x, kinds, notes = _inputs(path, [x for x, _ in parts])
    if one_hot and len(columns) == 1:
        task, (first,) = "classification", parts[0][1]
        notes.append(f"{first.name!r} is one-hot and was read as classes 0 to {first.shape[1] - 1}")
    if unread := [name for name in names if name not in used]:
        notes.append(f"Arrays that were not read: {', '.join(unread)}")
    return whole(path, Table(
        x=x, target=y, groups=aside.get(group or ""), times=aside.get(time or ""),
        kinds=kinds,
        source=in_words(path, [path]),
        test=np.arange(len(y)) >= parts[0][0].shape[0] if len(parts) > 1 else None, sha256=sha256([path]),
        description=f"{len(y):,} examples of {path.name}.", notes=notes,
        missing=options.marks if kinds else (), said=said,
    ), task)  # fmt: skip


def _name_of_inputs(path: Path, names: Sequence[str]) -> str:
    if "x" in names or len(names) == 1:
        return "x" if "x" in names else names[0]
    raise ValueError(
        f"`dataset` expects an array `x` in {path.name}. Received: {', '.join(names) or 'none'}."
    )


def _targets(names: Sequence[str], arrays: Sequence[Array], x: Array, *, one_hot: bool) -> pd.DataFrame:
    """A column for each target of the n examples of x: an array [n] or [n, 1] is one, and [n, targets] are
    several; of one-hot rows the place of the one."""
    if one_hot and arrays[0].shape[:1] == x.shape[:1] and _is_one_hot(arrays[0]):
        return pd.DataFrame({names[0]: arrays[0].whole().argmax(axis=1)})
    found: dict[str, np.ndarray] = {}
    for name, values in zip(names, arrays, strict=True):
        if values.shape[:1] == x.shape[:1] and len(values.shape) == 2 and values.shape[1] > 1:
            columns = values.whole().T
            found |= {f"{name} {place}": column for place, column in enumerate(columns, start=1)}
        else:
            found[name] = _column(values, x)
    return pd.DataFrame(found)


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The targets of train and of test."""
    if len({tuple(part) for part in parts}) > 1:
        widths = " and ".join(str(part.shape[1]) for part in parts)
        raise ValueError(f"`dataset` expects as many targets in test as in train. Received: {widths}.")
    return pd.concat(parts, ignore_index=True)


def _column(values: Array, x: Array) -> np.ndarray:
    """[n] or [n, 1] values for the n examples of x, as [n]."""
    if values.shape[:1] != x.shape[:1] or math.prod(values.shape) != x.shape[0]:
        raise ValueError(
            f"`dataset` expects a value of {values.name!r}, or a row of targets, for each example of"
            f" {x.name!r}. Received: shapes {values.shape} and {x.shape}."
        )
    return values.whole().reshape(-1)


def _is_one_hot(values: Array) -> bool:
    """Whether every row is zeros but for a single one."""
    if len(values.shape) != 2 or values.shape[1] < 2 or values.dtype.kind not in "biuf":
        return False
    return all(
        np.isin(piece, (0, 1)).all() and (piece.astype(np.int64).sum(axis=1) == 1).all()
        for piece in values.pieces()
    )


def _inputs(
    path: Path, arrays: Sequence[Array]
) -> tuple[np.ndarray | np.memmap | pd.DataFrame, dict[str, str], list[str]]:
    """Examples of all arrays, kinds of columns, and notes."""
    first = arrays[0]
    for other in arrays[1:]:
        if (other.shape[1:], other.dtype.kind) != (first.shape[1:], first.dtype.kind):
            raise ValueError(
                f"`dataset` expects examples of one shape and type. Received: {first.name!r}, {first.dtype},"
                f" shape {first.shape},"
                f" and {other.name!r}, {other.dtype}, shape {other.shape}."
            )
    if first.dtype.kind == "U" and len(first.shape) == 1:
        texts = pa.array(np.concatenate([each.whole() for each in arrays]).astype(object), pa.large_string())
        read_ = typed(pa.table({"text": texts}), Options(), names=["text"])
        columns = infer(read_.table)
        return columns.x, columns.kinds, [*read_.notes, *columns.notes]
    _refuse_channels_first(first)
    images = first.dtype == np.uint8 and len(first.shape) in (3, 4)
    if not first.shape[0]:
        raise ValueError(f"`dataset` expects examples. Received: {first.name!r}, which has none.")
    if first.dtype.kind == "U" or 0 in first.shape or (len(first.shape) > 3 and not images):
        raise ValueError(
            "`dataset` expects texts [n], numbers [n, features] or [n, time, channels], or images as uint8 (0"
            " to 255) [n, height,"
            f" width] or [n, height, width, channels]. Received: {first.name!r}, {first.dtype}, shape"
            f" {first.shape}."
            f"{_as_bytes(first)}"
        )
    shape = first.shape[1:] or (1,)
    dtype = np.dtype(np.uint8 if images else np.float32)
    kind = "images" if images else IN_WORDS[len(shape) + 1]
    note = f"Taken as {kind}, {' x '.join(map(str, shape))}, by shape and type"
    if sum(each.shape[0] for each in arrays) * math.prod(shape) * dtype.itemsize <= resident_limit():
        x = np.concatenate([*_numbers(arrays, shape, dtype)])
        return x, {}, [note, *_about_constant(x)]

    def make(folder: Path) -> dict:
        return {"rows": write_rows(folder / "x.npy", shape, dtype, _numbers(arrays, shape, dtype))}

    folder, _ = converted([path], [each.name for each in arrays], make)
    return (
        np.load(folder / "x.npy", mmap_mode="r"),
        {},
        [note, "It is larger than memory allows and is streamed from disk"],
    )


def _about_constant(x: np.ndarray) -> list[str]:
    """Tells of features of a table that tell nothing."""
    if x.ndim != 2:
        return []
    same = np.flatnonzero((x == x[0]).all(axis=0))
    if not len(same):
        return []
    return [
        f"{len(same):,} of {x.shape[1]:,} features have one value only, the first of them feature"
        f" {same[0] + 1}"
    ]


def _refuse_channels_first(x: Array) -> None:
    """Refuses images [n, channels, height, width], as PyTorch has them."""
    if len(x.shape) == 4 and x.shape[1] in CHANNELS and x.shape[3] not in CHANNELS and x.shape[2] > 4:
        raise ValueError(
            f"`dataset` expects images [n, height, width, channels]. Received: {x.name!r}, shape {x.shape},"
            " which has the"
            f" channels first. What to do: {x.name} = np.transpose({x.name}, (0, 2, 3, 1)) before saving it."
        )


def _as_bytes(x: Array) -> str:
    """How images of other numbers become bytes."""
    if x.dtype.kind not in "fiu" or len(x.shape) != 4:
        return ""
    highest = max((float(np.nanmax(piece)) for piece in x.pieces() if piece.size), default=0.0)
    made = (
        f"({x.name} * 255).round()"
        if highest <= 1
        else f"{x.name}.round()"
        if x.dtype.kind == "f"
        else x.name
    )
    return f" What to do: {x.name} = {made}.astype('uint8') before saving it."


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
        raise ValueError(
            "`dataset` expects NaN only as padding: all channels of the last steps of a sequence. Received:"
            " array"
            f" {name!r}, data row {start + int(np.argmax(holes)) + 1}."
        )
