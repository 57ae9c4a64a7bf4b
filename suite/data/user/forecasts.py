"""A forecast from a user's own table: a window of rows of the past to the target of the rows that follow.

Rows are put in order of time. An example is `window` rows, of the target and of all other columns of numbers,
and the target in the `horizon` rows after them, all of one series: of several, `group` is the column that
names them. The last fifth of the rows is test, from one moment on in every series: no target of an example of
train lies in it, and those of train and validation lie apart in the same way. Rows before a border may be the
past of what comes behind it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from suite.data.dataset import Rows, Split, Whole
from suite.data.user.splits import Table, in_time, moments_of
from suite.data.user.targets import labels

LEAST = 10
"""Examples of train, validation included, and of test."""


@dataclass(frozen=True)
class Series:
    """The rows of a table by series, and in order of time in each.

    Attributes:
        channels: [n, channels] float32; the first channel is the target.
        moments: [n] numbers that rise with time.
        codes: [n] which series a row is of.
        names: of the series; of a single one, empty.
    """

    channels: np.ndarray
    moments: np.ndarray
    codes: np.ndarray
    names: tuple[str, ...]


def whole(path: Path, table: Table, window: int, horizon: int) -> Whole:
    """Cuts a table into windows, and divides them in a training and a test split.

    Args:
        path: of the user's file or folder.
        table: what was read of it, with times; groups name its series.
        window: rows of the past.
        horizon: rows after them.

    Raises:
        ValueError: columns that are no numbers, missing values, two rows of one moment, or too few rows.
    """
    assert table.times is not None  # `check` has asked for it
    (column,) = table.target
    _, held, words = in_time(table.times, table.test)
    moments = _moments(table.times)
    border = moments[held].min()
    if table.test is not None and moments[~table.test].max() >= border:
        raise ValueError(
            f"`time` expects test to come after train in a forecast. Received: {path.name}, of which test"
            " begins before the end of train."
        )
    series, gaps = _series(table, column, moments)
    about = labels(pd.Series(series.channels[:, 0], dtype=float), column, "regression")[3]
    first, last, starts, told = _examples(series, table, window, horizon)
    places = {"train": np.flatnonzero(last < border), "test": np.flatnonzero(first >= border)}
    for part, found in places.items():
        if len(found) < LEAST + (horizon if part == "train" else 0):
            raise ValueError(
                f"`window` and `horizon` expect more rows: at least {LEAST} examples of {part} without those"
                f" on the border. Received: window={window}, horizon={horizon}, {len(moments):,} rows, which"
                f" leave {len(found)} of {part}."
            )
    x = sliding_window_view(series.channels, window, axis=0).transpose(0, 2, 1)
    y = sliding_window_view(series.channels[:, 0], horizon)
    parts = {
        name: Split(Rows(x, starts[found]), y[starts[found] + window].reshape(len(found), *_steps(horizon)))
        for name, found in places.items()
    }
    train, unit = places["train"], table.units.get(column)
    channels = (column, *table.kinds)
    notes = [
        *table.notes, *about, *gaps, *told,
        f"An example is {window} rows in order of `{table.times.name}`; the channels are"
        f" {', '.join(channels)}, and the target is `{column}` in the next {horizon} rows",
    ]  # fmt: skip
    return Whole(
        name=path.name, task="regression", target=column + (f", in {unit}" if unit else ""),
        targets=tuple(f"{column} step {step}" for step in range(1, horizon + 1)) if horizon > 1 else (),
        train=parts["train"], test=parts["test"], history=0, channels=channels,
        in_time=True,
        apart=np.searchsorted(np.maximum.accumulate(last[train]), first[train]),
        splits=f"{words}; no example of one has a target in another",
        validation_size=max(1, round(len(parts["train"]) / (4 if table.test is None else 5))),
        source=table.source, licence="the user's own", sha256=table.sha256, description=table.description,
        notes=tuple(f"{note.rstrip('.')}." for note in notes),
    )  # fmt: skip


def _steps(horizon: int) -> tuple[int, ...]:
    """Shape of the targets of an example: of one step, a number."""
    return (horizon,) if horizon > 1 else ()


def _moments(times: pd.Series) -> np.ndarray:
    """Times as numbers."""
    moments = moments_of(times)
    dated = pd.api.types.is_datetime64_any_dtype(moments)
    return moments.astype("int64").to_numpy() if dated else moments.to_numpy()


def _examples(
    series: Series, table: Table, window: int, horizon: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Of each example, by the time of its first target: moments of its first and of its last target, and the
    row it starts at; and what there is to tell."""
    starts = np.arange(len(series.moments) - window - horizon + 1)
    starts = starts[series.codes[starts] == series.codes[starts + window + horizon - 1]]
    starts = starts[np.argsort(series.moments[starts + window], kind="stable")]
    first, last = series.moments[starts + window], series.moments[starts + window + horizon - 1]
    if not series.names:
        return first, last, starts, []
    assert table.groups is not None
    without = np.setdiff1d(np.arange(len(series.names)), series.codes[starts])
    told = [f"`{table.groups.name}` names {len(series.names):,} series, and no example is of two"]
    if len(without):
        told.append(
            f"{len(without):,} series are shorter than an example and were left out, like"
            f" {series.names[without[0]]!r}"
        )
    return first, last, starts, told


def _series(table: Table, column: str, moments: np.ndarray) -> tuple[Series, list[str]]:
    """The rows in order, and what there is to tell of their times."""
    values = _values(table, column)
    codes, names = np.zeros(len(moments), np.int64), pd.Index([])
    if table.groups is not None:
        if table.groups.isna().any():
            raise ValueError(
                f"`group` expects the name of a series in every row. Received: {table.groups.isna().sum()}"
                f" missing in {table.groups.name!r}."
            )
        codes, names = pd.factorize(table.groups)
    order = np.lexsort((moments, codes))
    steps = np.diff(moments[order])[np.diff(codes[order]) == 0]
    if (steps == 0).any():
        _refuse_twice(table, moments, codes)
    return Series(values[order], moments[order], codes[order], tuple(map(str, names))), _gaps(table, steps)


def _values(table: Table, column: str) -> np.ndarray:
    """[n, channels] float32 target and other columns of numbers."""
    if not isinstance(table.x, pd.DataFrame):
        raise ValueError(
            "`horizon` expects a table that fits into memory. Received: a larger one; SUITE_RESIDENT_BYTES"
            " says how much it may take."
        )
    if not pd.api.types.is_numeric_dtype(table.target[column]):
        raise ValueError(
            f"`horizon` expects columns of numbers. Received: the target {column!r}, which holds others."
        )
    others = [name for name, kind in table.kinds.items() if kind != "numeric"]
    if others:
        name = others[0]
        series = "" if table.groups is not None else f"; group={name}, if it names the series of each row"
        raise ValueError(
            f"`horizon` expects columns of numbers. Received: {name!r}, which holds others. What to do:"
            f' types="{name}=drop" leaves it out; or make it a column of 0 and 1 for each of its'
            f" values{series}."
        )
    values = pd.concat([table.target, table.x[list(table.kinds)]], axis=1)
    missing = values.isna().sum()
    if missing.any():
        name = str(missing.idxmax())
        drop = f', or leave it out with types="{name}=drop"' if name != column else ""
        raise ValueError(
            f"`horizon` expects a value in every row, since a window has no holes. Received: column {name!r},"
            f" missing in {missing[name]:,} of {len(values):,}. What to do: fill it in the file{drop}."
        )
    return values.to_numpy(np.float32)


def _refuse_twice(table: Table, moments: np.ndarray, codes: np.ndarray) -> None:
    """Refuses rows of one moment; names a column that tells them apart, if there is one."""
    assert table.times is not None and isinstance(table.x, pd.DataFrame)
    rows = pd.DataFrame({"moment": moments, "code": codes})
    twice = rows.duplicated().to_numpy()
    apart = [name for name in table.x if not rows.assign(name=table.x[name]).duplicated().any()]
    few = [name for name in apart if table.x[name].nunique() * LEAST <= len(rows)]
    named = f"group={few[0]}, if `{few[0]}` names" if few else "group=COLUMN, if a column names"
    where = "" if table.groups is None else f" in a series of {table.groups.name!r}"
    fix = f"{named} the series of each row; or" if table.groups is None else "make"
    raise ValueError(
        f"`horizon` expects one row for each moment of {table.times.name!r}{where}. Received: {twice.sum():,}"
        f" rows of moments that are there before, like {table.times.iloc[int(twice.argmax())]}. What to do:"
        f" {fix} sums or means of the rows of a moment."
    )


def _gaps(table: Table, steps: np.ndarray) -> list[str]:
    """Tells of steps of time that are not equal."""
    assert table.times is not None
    lengths, counts = np.unique(steps, return_counts=True)
    if len(lengths) < 2:
        return []
    return [
        f"The rows of `{table.times.name}` are not equally far apart: {counts.sum() - counts.max():,} of"
        f" {counts.sum():,} steps differ from the usual one; a window counts rows, whatever lies between them"
    ]
