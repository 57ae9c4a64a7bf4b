"""The test split of a user's own data, whatever it was read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from suite.data.dataset import Rows, Split, Whole, refuse_one_sided, strata, stratified_order
from suite.data.hold_out import TEST_SEED
from suite.data.user.leakage import contradicting, digests, repeated, telling
from suite.data.user.targets import labels, numbers, rows_with_target


@dataclass(frozen=True)
class Table:
    """What was read, with one entry a row in each array.

    Attributes:
        x: [n, ...] examples, as in `Split`; an np.memmap stays on disk.
        target: [n] the column that is predicted, or several of them; a missing value is None or NaN.
        groups, times: [n].
        test: [n] bool: the rows of a test file or folder of the user's; None: there is none.
        kinds: of the columns of a DataFrame.
        description: what it is, a sentence.
        source: file and size.
        sha256: of the files.
        notes: what is worth saying about the inputs, a sentence each.
        origins, dates, units, missing: as in `Facts`.
        said: what names several targets, where that is not the names of their columns.
    """

    x: np.ndarray | np.memmap | pd.DataFrame
    target: pd.DataFrame
    groups: pd.Series | None
    times: pd.Series | None
    test: np.ndarray | None
    kinds: dict[str, str]
    description: str
    source: str
    sha256: str
    notes: list[str] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class Loaded:
    """The inputs of a table, and its other columns.

    Attributes:
        x: [n, ...] examples.
        rest: the columns of target, group and time, as the file has them.
        rows: of each file.
        sha256: of the files.
        notes: what is worth saying, a sentence each.
        kinds, origins, units, dates: as in `Facts`.
    """

    x: np.memmap | pd.DataFrame
    rest: pa.Table
    rows: list[int]
    sha256: str
    notes: list[str]
    kinds: dict[str, str] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)


def whole(path: Path, table: Table, task: str | None) -> Whole:
    """Divides a table in a training and a test split.

    Args:
        path: of the user's file or folder.
        table: what was read of it.
        task: a key of `suite.tasks.TASKS`; None: it is inferred.

    Raises:
        ValueError: the target cannot be learned, or there are too few rows, groups or examples of a class.
    """
    columns = list(table.target)
    column, several = columns[0], len(columns) > 1
    marks = {name: next((n for n in table.notes if n.startswith(f"`{name}`: ")), "") for name in columns}
    kept, notes = rows_with_target(table.target, marks)
    found = table.target.loc[kept].reset_index(drop=True).infer_objects()
    class_names: tuple[str, ...] = ()
    if several:
        y, task, about = numbers(found, task, table.said or ",".join(columns))
    else:
        y, task, class_names, about = labels(found[column], column, task, marks[column])
    if task == "sequence_to_sequence" and len(table.kinds) != 1:
        raise ValueError(
            "`target` expects classes or numbers, or texts beside one column of texts. Received: column"
            f" {column!r} of"
            f" {len(set(y))} different texts in {len(y)} rows, beside {len(table.kinds)} columns."
        )
    groups, times = (
        None if part is None else part[kept].reset_index(drop=True) for part in (table.groups, table.times)
    )
    train, test, splits = divide(
        strata(task, y),
        class_names,
        groups,
        times,
        None if table.test is None else table.test[kept],
    )
    parts = [_take(table.x, y, kept, index) for index in (train, test)]
    if task == "multilabel_classification":
        for part in parts:
            refuse_one_sided(part.y, columns, f"`target` expects train and test ({splits})")
    read = table.x[list(table.kinds)] if isinstance(table.x, pd.DataFrame) else table.x
    examples = digests(read)[kept]
    if (examples == examples[0]).all():
        raise ValueError(
            f"`dataset` expects examples that differ. Received: {path.name}, {len(examples):,} examples whose"
            " inputs are all the same."
        )
    notes = [*table.notes, *_about_missing(table), *about, *notes]
    notes += [*repeated(examples[train], examples[test]), *contradicting(examples, y, class_names)]
    if not isinstance(table.x, np.memmap):  # of rows that repeat one
        different = _take(read, y, kept, train).take(np.unique(examples[train], return_index=True)[1])
        if several:
            notes += _telling_each(different, task, columns, table.origins)
        else:
            notes += telling(different, class_names, table.origins)
    named = [name + (f", in {unit}" if (unit := table.units.get(name)) else "") for name in columns]
    return Whole(
        name=path.name, task=task, class_names=class_names, kinds=table.kinds,
        target="; ".join(named), targets=tuple(columns) if several else (),
        train=parts[0], test=parts[1], splits=splits,
        validation_size=max(1, round(len(train) / (4 if table.test is None else 5))),
        groups=None if groups is None else pd.factorize(groups)[0][train], in_time=times is not None,
        source=table.source, licence="the user's own", sha256=table.sha256, description=table.description,
        notes=tuple(f"{note.rstrip('.')}." for note in notes), origins=table.origins, dates=table.dates,
        units=table.units, missing=table.missing,
    )  # fmt: skip


def _telling_each(train: Split, task: str, columns: list[str], origins: Mapping[str, str]) -> list[str]:
    """Tells which columns alone say what one of several targets is; see `telling`."""
    classes, dtype = (("0", "1"), np.int32) if task == "multilabel_classification" else ((), np.float32)
    each = zip(columns, train.y.T.astype(dtype), strict=True)
    return [note for name, y in each for note in telling(Split(train.x, y), classes, origins, f"`{name}`")]


def _about_missing(table: Table) -> list[str]:
    """What becomes of missing values, where there are some."""
    if not isinstance(table.x, pd.DataFrame) or not table.x.isna().to_numpy().any():
        return []
    return ["A missing number becomes the mean of train and a flag, a missing category a category of its own"]


def divide(
    y: np.ndarray,
    class_names: tuple[str, ...],
    groups: pd.Series | None,
    times: pd.Series | None,
    given: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray, str]:
    """Rows of train, in order of time where there is one, rows of test, and how they were told apart.

    Args:
        y: [n] what is to be in proportion, see `strata`. given: [n] bool, the user's own test rows.

    Raises:
        ValueError: too few groups or moments, or a class missing on one side.
    """
    if times is not None:
        train, test, words = in_time(times, given)
    elif given is not None:
        train, test, words = np.flatnonzero(~given), np.flatnonzero(given), "test is the user's own"
    elif groups is not None:
        train, test, words = _by_groups(y, groups)
    else:
        order = (
            stratified_order(y, TEST_SEED)
            if len(np.unique(y)) > 1
            else np.random.default_rng(TEST_SEED).permutation(len(y))
        )
        fifth = round(len(y) / 5)
        train, test = np.sort(order[fifth:]), np.sort(order[:fifth])
        kind = "stratified " if len(np.unique(y)) > 1 else ""
        words = f"test is a fixed {kind}fifth; train and validation are drawn by `data_seed`"
    if groups is not None and given is not None:
        shared = len(set(groups[train]) & set(groups[test]))
        words += f"; a group stays in train or in validation ({shared} groups are also in test)"
    for part, rows in {"train": train, "test": test}.items():
        absent = np.setdiff1d(np.arange(len(class_names)), y[rows] if class_names else [])
        if len(absent):
            raise ValueError(
                f"`dataset` expects every class on both sides of the split ({words})."
                f" Received: {class_names[absent[0]]!r}, which is not in {part}."
            )
    return train, test, words


def in_time(times: pd.Series, given: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, str]:
    """Gives rows of train, in order of time, rows of test, and how they were told apart.

    Args:
        times: [n]. given: [n] bool, the user's own test rows; None: the last fifth is test.

    Raises:
        ValueError: a row without a time, what is no time, or one moment only.
    """
    values = moments_of(times).to_numpy()
    order = np.argsort(values, kind="stable")
    if given is not None:
        return (
            order[~given[order]],
            np.flatnonzero(given),
            "test is the user's own; validation is the last part of train in time",
        )
    ordered = values[order]
    border = ordered[len(order) - round(len(order) / 5)]
    cut = np.searchsorted(ordered, border) or np.searchsorted(ordered, border, side="right")
    if cut == len(order):
        raise ValueError(
            f"`time` expects more than one moment. Received: column {times.name!r}, {times.iloc[0]} in all"
            " rows."
        )
    return (
        order[:cut],
        order[cut:],
        f"test is the last fifth by `{times.name}`, and validation the last part of the rest",
    )


def moments_of(times: pd.Series) -> pd.Series:
    """Gives times as numbers or timestamps.

    Raises:
        ValueError: a row without a time, or what is no time.
    """
    if times.isna().any():
        raise ValueError(
            f"`time` expects a time in every row. Received: {times.isna().sum()} missing in column"
            f" {times.name!r}."
        )
    if not pd.api.types.is_numeric_dtype(times) and not pd.api.types.is_datetime64_any_dtype(times):
        try:
            times = pd.to_datetime(times, format="ISO8601", utc=True)
        except ValueError:
            raise ValueError(
                f"`time` expects numbers or dates like 2026-05-31. Received: column {times.name!r}, which"
                " holds"
                f" {times.iloc[0]!r}."
            ) from None
    return times


def _by_groups(y: np.ndarray, groups: pd.Series) -> tuple[np.ndarray, np.ndarray, str]:
    """Whole groups, about a fifth of the rows: the first of many fixed draws that leaves every class on both
    sides."""
    if groups.isna().any():
        raise ValueError(
            f"`group` expects a group in every row. Received: {groups.isna().sum()} missing in"
            f" {groups.name!r}."
        )
    codes, names = pd.factorize(groups)
    if len(names) < 3:
        raise ValueError(
            f"`group` expects 3 groups or more, one a split. Received: {len(names)} in column"
            f" {groups.name!r}."
        )
    sizes, classes = np.bincount(codes), len(np.unique(y))
    for seed in range(TEST_SEED, TEST_SEED + 100):
        order = np.random.default_rng(seed).permutation(len(names))
        order = order[np.argsort(sizes[order] > len(y) / 5, kind="stable")]  # a giant is train unless all are
        nearest = np.abs(np.cumsum(sizes[order]) - len(y) / 5)[:-2].argmin() + 1
        inside = np.isin(codes, order[:nearest])
        if len(np.unique(y[inside])) == len(np.unique(y[~inside])) == classes:
            break
    words = f"test is a fixed fifth of whole groups of `{groups.name}`, which validation keeps whole too"
    return np.flatnonzero(~inside), np.flatnonzero(inside), words


def _take(
    x: np.ndarray | np.memmap | pd.DataFrame, y: np.ndarray, kept: np.ndarray, index: np.ndarray
) -> Split:
    if isinstance(x, pd.DataFrame):
        return Split(x.iloc[kept[index]].reset_index(drop=True), y[index])
    return Split(Rows(x, kept[index]) if isinstance(x, np.memmap) else x[kept[index]], y[index])
