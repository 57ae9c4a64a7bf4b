"""The columns of a user's own data, and whether those that are named exist. Reads no more than the start of a
file."""

import csv
import re
import zipfile
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path

from suite.data.user import json_lines
from suite.data.user.dialect import dialect
from suite.data.user.kinds import instead, refuse_another
from suite.data.user.messages import first_line
from suite.data.user.options import Options
from suite.data.user.recognition import FORMATS, folder_and_size, target_and_task, targets, train_part
from suite.names import composed, one_of

TEXTS = (".csv", ".tsv")
"""Suffixes of tables as text."""
KERAS_PARTS = ("x_train", "y_train", "x_test", "y_test")
"""Arrays of an .npz file as Keras names them."""


def check(
    name: str,
    *,
    target: str | None = None,
    group: str | None = None,
    time: str | None = None,
    window: int | None = None,
    horizon: int | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    missing: str | None = None,
    types: str | None = None,
) -> None:
    """Checks a user's own data as far as a header tells.

    Args:
        name: the path.
        target: column to predict.
        group: column whose equal values stay in one split.
        time: column by which splits go from past to future.
        window, horizon: of a forecast, rows of the past and rows after them.
        decimal, encoding, missing, types: see `suite.data.user.options`.

    Raises:
        ValueError: no such file, a kind of file that is not read, columns that it does not have, or options
            that cannot be.
    """
    path = folder_and_size(Path(name))[0]
    options = Options(decimal, encoding, missing, types)
    if not path.exists():
        raise ValueError(f"`dataset` expects a file or folder that exists. Received: {name!r}.")
    part = train_part(path)
    _check_forecast(part, target, time, window, horizon)
    if part.is_dir():
        _refuse_tables(part, target)
        _refuse_columns(group=group, target=target, time=time, decimal=decimal, encoding=encoding,
                        missing=missing, types=types)  # fmt: skip
        return
    if part.suffix.lower() not in FORMATS:
        raise ValueError(
            f"`dataset` expects a file ending in {', '.join(FORMATS)}, or a folder of images. Received:"
            f" {name!r}.{instead(part)}"
        )
    stat = part.stat()
    _check_columns(part, stat.st_size, stat.st_mtime_ns, target, group, time, options, horizon is not None)


def _check_forecast(
    part: Path, target: str | None, time: str | None, window: int | None, horizon: int | None
) -> None:
    """Refuses half of what a forecast needs, and what it cannot be made from."""
    if window is None and horizon is None:
        return
    said = f"time={time!r}, window={window}, horizon={horizon}"
    if time is None or window is None or horizon is None:
        raise ValueError(
            "`window` and `horizon` make a forecast and expect `time`, the column of the time, and each"
            f" other: --set time=date --set window=14 --set horizon=7. Received: {said}."
        )
    if part.is_dir() or part.suffix.lower() == ".npz":
        raise ValueError(f"`window` and `horizon` expect a table. Received: {part.name}, {said}.")
    if target and (task := target_and_task(target)[1]) not in (None, "regression"):
        raise ValueError(f"`horizon` expects a target of numbers. Received: target={target!r}, a {task}.")


def _refuse_tables(folder: Path, target: str | None) -> None:
    """Refuses a folder that is neither train.* and test.* nor sub-folders of images."""
    entries = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith(".")]
    tables = [entry.name for entry in entries if entry.is_file() and entry.suffix.lower() in FORMATS]
    folders = [entry.name for entry in entries if entry.is_dir()]
    if tables and (target is not None or (len(folders) < 2 and "train" not in folders)):
        raise ValueError(
            "`dataset` expects a file, a folder with tables called train.* and test.*, or one with a"
            f" sub-folder of images for each class. Received: {folder.name}, with {', '.join(tables[:3])}."
            f" What to do: dataset={folder / tables[0]}; or, if a table has the classes of images, a"
            " sub-folder for each class."
        )


def _refuse_columns(**said: str | None) -> None:
    for argument, value in said.items():
        if value is not None:
            raise ValueError(
                f"`{argument}` expects a table; in a folder of images the sub-folders are the classes."
                f" Received: {argument}={value!r}."
            )


@lru_cache(maxsize=64)
def _check_columns(
    path: Path,
    size: int,
    _changed: int,
    target: str | None,
    group: str | None,
    time: str | None,
    options: Options,
    is_forecast: bool,
) -> None:
    if size == 0:
        raise ValueError(f"`dataset` expects a file with data. Received: {path}, which is empty.")
    columns = header(path, options)
    if path.suffix.lower() == ".npz":
        if options != Options():
            raise ValueError(
                "`decimal`, `encoding`, `missing` and `types` expect a table."
                f" Received: {path.name}, whose arrays have types."
            )
        parts = {column.replace("X", "x") for column in columns if column[:2].lower() in ("x_", "y_")}
        keras = "y" not in columns and set(KERAS_PARTS) <= parts
        target = target or ("y_train" if keras else "y" if "y" in columns else None)
    if target is None:
        raise ValueError(
            f"`target` expects the {'array' if path.suffix.lower() == '.npz' else 'column'} of {path.name} to"
            f" predict, one of {', '.join(columns)}. Received:"
            " none."
            f"{_headless(columns)}"
        )
    named = {"target": target_and_task(target)[0], "group": group, "time": time}
    for argument, column in named.items():
        if column is not None and column not in columns and (hint := _hint(path, column, columns, options)):
            raise ValueError(f"`{argument}` expects a column of {path.name}. Received: {column!r}.{hint}")
    predicted = targets(target, columns)
    chosen = [
        *predicted,
        *(one_of(name, each, columns) for name in ("group", "time") if (each := named[name])),
    ]
    for column in options.kinds:
        one_of("types", column, columns)
    if group is not None and time is not None and not is_forecast:
        raise ValueError(f"`group` and `time` exclude each other. Received: group={group!r}, time={time!r}.")
    if is_forecast and len(predicted) > 1:
        raise ValueError(f"`horizon` expects one target. Received: target={target!r}, horizon and window.")
    if len(set(chosen)) < len(chosen):
        received = ", ".join(f"{argument}={column!r}" for argument, column in named.items() if column)
        raise ValueError(f"`target`, `group` and `time` expect different columns. Received: {received}.")


def _hint(path: Path, column: str, columns: Sequence[str], options: Options) -> str:
    """What may be wrong with a file that lacks a column."""
    if path.suffix.lower() not in TEXTS:
        return ""
    if len(columns) == 1 and re.search(r"\W", columns[0]):
        return (
            f" The first line has a single name, {columns[0][:60]!r}. What to do: part the fields by comma,"
            " semicolon, tab or |, without quotes around whole lines."
        )
    form = dialect(path, options.encoding)
    for place, row in enumerate(form.below, start=form.above + 1):
        if column in row:
            return f" It stands in line {place}. What to do: leave out the lines above it."
    return _headless(columns)


def _headless(columns: Iterable[str]) -> str:
    """A hint where the first line is data: more than half of the names are numbers."""
    numbers = [column.replace(".", "", 1).replace("-", "", 1).isdecimal() for column in columns]
    return (
        " The first line must name the columns; it seems to hold data."
        if sum(numbers) * 2 >= len(numbers) > 0
        else ""
    )


def header(path: Path, options: Options) -> list[str]:
    """Names the columns of a table, or the arrays of an .npz.

    Args:
        path: of the file.
        options: what the user says of it.

    Raises:
        ValueError: damaged, or two columns of one name.
    """
    refuse_another(path)
    try:
        columns = HEADERS[path.suffix.lower()](path, options)
    except StopIteration:
        raise ValueError(f"`dataset` expects a file with a first line. Received: {path}.") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError, csv.Error) as error:
        reason = first_line(error)
        if reason.startswith("`"):
            raise ValueError(reason) from None
        raise ValueError(
            f"`dataset` expects a readable {path.suffix} file. Received: {path}: {reason.rstrip('.')}."
        ) from None
    if broken := next((column for column in columns if len(column.splitlines()) > 1), None):
        raise ValueError(f"`dataset` expects names of one line. Received: {path.name}, with {broken!r}.")
    if not columns:
        raise ValueError(f"`dataset` expects columns. Received: {path.name}, which has none.")
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise ValueError(
            f"`dataset` expects columns of different names. Received: {path.name}, which has {twice[0]!r}"
            " twice. What to do: rename one; or leave out the lines above the names."
        )
    return columns


def _csv_header(path: Path, options: Options) -> list[str]:
    return list(dialect(path, options.encoding).names)


def _parquet_header(path: Path, _options: Options) -> list[str]:
    import pyarrow.parquet

    return [composed(name) for name in pyarrow.parquet.read_schema(path).names]


def _json_header(path: Path, options: Options) -> list[str]:
    objects = json_lines.objects(path, options.encoding, header=True)
    return list(dict.fromkeys(key for _, values in islice(objects, 100) for key in values))


def _npz_header(path: Path, _options: Options) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist()]


HEADERS = {
    ".csv": _csv_header,
    ".tsv": _csv_header,
    ".parquet": _parquet_header,
    ".jsonl": _json_header,
    ".ndjson": _json_header,
    ".json": _json_header,
    ".npz": _npz_header,
}
"""Suffix -> what reads its header."""
