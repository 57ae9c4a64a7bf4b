"""What makes a result on test better than it is: rows that train has too, and a column that is the target
again."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from suite.data.dataset import Split

PIECE = 1 << 13
"""Rows looked at at once."""
MOST = 3
"""Columns that are named; of more, their number."""
SAMPLE = 10_000
"""Rows that are looked at before all are."""
EACH = 3
"""Rows of each value on average that show that it has one class."""
VALUES = 10
"""Different numbers of a column, and of the target, whose order means something."""
SAME = 1e-9
"""Largest share of its variance by which a target may be off a straight line through a column and count as a
function of it."""


def repeated(train: np.ndarray, test: np.ndarray) -> list[str]:
    """Tells how many examples of test are in train too, by content: what is measured on them is memory.

    Args:
        train, test: the `digests` of their inputs.
    """
    different, counts = np.unique(test, return_counts=True)
    seen = np.zeros(len(different), bool)
    for start in range(0, len(train), PIECE):
        piece = train[start : start + PIECE]
        places = np.searchsorted(different, piece).clip(max=len(different) - 1)
        seen[places[different[places] == piece]] = True
    count, total = int(counts[seen].sum()), len(test)
    if not count:
        return []
    some = "All" if count == total else f"{count:,} of"
    return [
        f"{some} {total:,} test examples ({count / total:.0%}) are in train too, with the same inputs: on"
        " them memory is"
        " measured. If they are the same thing twice, leave them out, or keep them on one side with `group`"
    ]


def contradicting(examples: np.ndarray, y: np.ndarray, class_names: tuple[str, ...]) -> list[str]:
    """Tells how many examples have the inputs of an example of another class: no model can get all of them
    right.

    Args:
        examples: [n] the `digests` of their inputs.
        y: [n] targets.
        class_names: of a classification, else empty.
    """
    if not class_names:
        return []
    _, codes = np.unique(examples, return_inverse=True)
    pairs = np.unique(codes.astype(np.int64) * len(class_names) + y) // len(class_names)
    classes = np.bincount(pairs, minlength=codes.max() + 1)
    count = int((classes[codes] > 1).sum())
    if not count:
        return []
    return [
        f"{count:,} examples have the inputs of an example of another class: no model gets all of them right"
    ]


def digests(x: np.ndarray | np.memmap | pd.DataFrame) -> np.ndarray:
    """Gives a number for the inputs of each example, the same for the same: [n] uint64.

    Args:
        x: [n, ...] examples.
    """
    starts = range(0, len(x), PIECE)
    if isinstance(x, pd.DataFrame):
        found = [pd.util.hash_pandas_object(x.iloc[i : i + PIECE], index=False).to_numpy() for i in starts]
    else:
        found = [_digest(_piece(x, start)) for start in starts]
    return np.concatenate([*found, np.empty(0, np.uint64)])


def _piece(x: np.ndarray | np.memmap, start: int) -> np.ndarray:
    """Rows from `start`; of a file, mapped anew, so that those before leave memory."""
    if not isinstance(x, np.memmap):
        return np.ascontiguousarray(x[start : start + PIECE])
    count = min(PIECE, len(x) - start)
    offset = x.offset + start * x[:1].nbytes
    return np.memmap(str(x.filename), x.dtype, "r", offset, (count, *x.shape[1:]))


def _digest(rows: np.ndarray) -> np.ndarray:
    """The sum of the words of a row, each times an odd number of its place (multilinear hashing)."""
    raw = rows.reshape(len(rows), -1).view(np.uint8)
    words = np.pad(raw, ((0, 0), (0, -raw.shape[1] % 8))).view(np.uint64)
    odd = np.random.default_rng(0).integers(0, 1 << 63, words.shape[1], np.uint64) * np.uint64(2) + np.uint64(
        1
    )
    return (words * odd).sum(axis=1, dtype=np.uint64)


def telling(
    train: Split, class_names: tuple[str, ...], origins: Mapping[str, str], target: str = "the target"
) -> list[str]:
    """Tells which columns alone say what the target is: likely the target again, or made from it.

    Args:
        train: everything for training; of several targets, one.
        class_names: of a classification, else empty.
        origins: column -> the one of the file that it was made from.
        target: how it is called.
    """
    x, y = train.x, train.y
    if y.dtype == object or len(y) < 10:
        return []
    if isinstance(x, pd.DataFrame):
        columns = {f"`{name}`": x[name] for name in x}
    elif isinstance(x, np.ndarray) and x.ndim == 2 and x.dtype.kind == "f":
        columns = {f"Feature {place + 1}": pd.Series(x[:, place]) for place in range(x.shape[1])}
    else:
        return []
    decides = _decides_class if class_names else _decides_number
    few = slice(0, SAMPLE)  # what holds for all rows holds for some
    found = [
        (name, how)
        for name, values in columns.items()
        if (len(y) <= SAMPLE or decides(values[few], y[few])) and (how := decides(values, y))
    ]
    notes = [
        f"{name} alone tells {target}: {how}. If it is not known beforehand, or was made from the target,"
        " leave it out"
        + (f' with types="{origins.get(name[1:-1], name[1:-1])}=drop"' if name.startswith("`") else "")
        for name, how in found[:MOST]
    ]
    return notes + ([f"{len(found) - MOST} more columns alone tell {target}"] if len(found) > MOST else [])


def _decides_class(values: pd.Series, y: np.ndarray) -> str:
    """How a column decides the class; "" if it does not."""
    codes, names = pd.factorize(values, use_na_sentinel=False)
    classes = len(np.unique(y))
    if len(names) * EACH <= len(y):
        pairs = len(np.unique(codes.astype(np.int64) * (int(y.max()) + 1) + y))
        if pairs == len(names):
            return f"each of its {len(names):,} values has one class"
    if pd.api.types.is_numeric_dtype(values) and not values.isna().any():
        ordered = y[np.argsort(values.to_numpy(), kind="stable")]
        borders = np.flatnonzero(np.diff(ordered)) + 1
        sorted_values = np.sort(values.to_numpy())
        if len(borders) == classes - 1 and all(
            sorted_values[place - 1] < sorted_values[place] for place in borders
        ):
            return "its values part the classes"
    return ""


def _decides_number(values: pd.Series, y: np.ndarray) -> str:
    """How a column decides a number; "" if it does not."""
    if not pd.api.types.is_numeric_dtype(values) or values.isna().any():
        return ""
    numbers, target = values.to_numpy(np.float64), y.astype(np.float64)
    if np.ptp(numbers) == 0 or np.ptp(target) == 0:
        return ""
    if 1 - np.corrcoef(numbers, target)[0, 1] ** 2 < SAME:
        return "they lie on a straight line"
    if min(len(np.unique(numbers)), len(np.unique(target))) < VALUES:
        return ""
    if _same_order(numbers, target):
        return "both have the same order in all rows"
    if _same_order(-numbers, target):
        return "they have the opposite order in all rows"
    return ""


def _same_order(numbers: np.ndarray, target: np.ndarray) -> bool:
    """Whether no two rows have one order by one and the other by the other: one may be the other, rounded."""
    order = np.lexsort((target, numbers))
    starts = np.flatnonzero(np.diff(numbers[order], prepend=np.nan) != 0)
    lowest, highest = (each.reduceat(target[order], starts) for each in (np.minimum, np.maximum))
    return bool((highest[:-1] <= lowest[1:]).all())
