"""A forecast from a user's own table: a window of rows of the past to the target of the rows that follow.

Rows are put in order of time. An example is `window` rows, of the target and of all other columns of numbers,
and the target in the `horizon` rows after them. The last fifth of the rows is test: no target of an example
of train lies in it, and those of train and validation lie apart in the same way. Rows before a border may be
the past of what comes behind it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from suite.data.dataset import Split, Whole
from suite.data.user.splits import Table, in_time, moments_of
from suite.data.user.targets import labels

LEAST = 10
"""Examples of train, validation included, and of test."""


def whole(path: Path, table: Table, window: int, horizon: int) -> Whole:
    """Cuts a table into windows, and divides them in a training and a test split.

    Args:
        path: of the user's file or folder.
        table: what was read of it, with times.
        window: rows of the past.
        horizon: rows after them.

    Raises:
        ValueError: columns that are no numbers, missing values, two rows of one moment, or too few rows.
    """
    assert table.times is not None  # `check` has asked for it
    (column,) = table.target
    train, _, words = in_time(table.times, table.test)
    border, order = len(train), np.argsort(moments_of(table.times).to_numpy(), kind="stable")
    if table.test is not None and table.test[order][:border].any():
        raise ValueError(
            f"`time` expects test to come after train in a forecast. Received: {path.name}, of which test"
            " begins before the end of train."
        )
    gaps = _gaps(table.times, order)
    series = _series(table, column)[order]
    about = labels(pd.Series(series[:, 0], dtype=float), column, "regression")[3]
    windows = len(series) - window - horizon + 1
    starts = {"train": range(border - window - horizon + 1), "test": range(max(border - window, 0), windows)}
    for part, places in starts.items():
        if len(places) < LEAST + (horizon if part == "train" else 0):
            raise ValueError(
                f"`window` and `horizon` expect more rows: at least {LEAST} examples of {part} without those"
                f" on the border. Received: window={window}, horizon={horizon}, {len(series):,} rows, which"
                f" leave {len(places)} of {part}."
            )
    x = sliding_window_view(series, window, axis=0).transpose(0, 2, 1)
    y = sliding_window_view(series[:, 0], horizon)[window:]
    parts = {
        name: Split(x[places.start : places.stop], np.array(y[places.start : places.stop].squeeze()))
        for name, places in starts.items()
    }
    unit = table.units.get(column)
    notes = [
        *table.notes, *about, *gaps,
        f"An example is {window} rows in order of `{table.times.name}`; the channels are"
        f" {', '.join([column, *table.kinds])}, and the target is `{column}` in the next {horizon} rows",
    ]  # fmt: skip
    return Whole(
        name=path.name, task="regression", target=column + (f", in {unit}" if unit else ""),
        targets=tuple(f"{column} step {step}" for step in range(1, horizon + 1)) if horizon > 1 else (),
        train=parts["train"], test=parts["test"], history=0, in_time=True, gap=horizon - 1,
        splits=f"{words}; no example of one has a target in another",
        validation_size=max(1, round(len(parts["train"]) / (4 if table.test is None else 5))),
        source=table.source, licence="the user's own", sha256=table.sha256, description=table.description,
        notes=tuple(f"{note.rstrip('.')}." for note in notes),
    )  # fmt: skip


def _series(table: Table, column: str) -> np.ndarray:
    """[n, channels] float32 target and other columns of numbers."""
    if not isinstance(table.x, pd.DataFrame):
        raise ValueError(
            "`horizon` expects a table that fits into memory. Received: a larger one; SUITE_RESIDENT_BYTES"
            " says how much it may take."
        )
    others = [name for name, kind in table.kinds.items() if kind != "numeric"]
    if not pd.api.types.is_numeric_dtype(table.target[column]):
        others.insert(0, column)
    if others:
        drop = "" if column in others else f' What to do: types="{others[0]}=drop" leaves it out.'
        raise ValueError(
            f"`horizon` expects columns of numbers. Received: {others[0]!r}, which holds others.{drop}"
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


def _gaps(times: pd.Series, order: np.ndarray) -> list[str]:
    """Tells of steps of time that are not equal.

    Raises:
        ValueError: two rows of one moment.
    """
    moments = moments_of(times).to_numpy()[order]
    steps, counts = np.unique(np.diff(moments), return_counts=True)
    if steps[0] == np.zeros(1, steps.dtype)[0]:
        place = int(np.argmax(np.diff(moments) == steps[0]))
        raise ValueError(
            f"`horizon` expects one row for each moment of {times.name!r}. Received: {counts[0] + 1:,} or"
            f" more rows of moments that are there twice, like {times.iloc[order[place]]}. What to do: one"
            " series in a file, or sums or means of the rows of a moment."
        )
    if len(steps) == 1:
        return []
    usual = int(counts.argmax())
    return [
        f"The rows of `{times.name}` are not equally far apart: {counts.sum() - counts[usual]:,} of"
        f" {counts.sum():,} steps differ from the usual one; a window counts rows, whatever lies between them"
    ]
