"""A user's own data: the path of a file or folder in place of a data set's name. Light until something is read.

- .csv, .tsv, .parquet: a table; .jsonl, .ndjson: an object a line. `target` names the column to predict.
- a folder with train.csv and test.csv (or another of these kinds): the same, with a test split of its own.
- .npz: arrays `x` and `y`, or the one that `target` names; or x_train, y_train, x_test and y_test as Keras has them.
- a folder of images with a sub-folder for each class, or with train/ and test/ that are such folders. FOLDER@64x48 makes
  every image 64 high and 48 wide.
"""

from __future__ import annotations

import csv
import hashlib
import importlib
import json
import re
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from suite.names import one_of
from suite.tasks import TASKS

if TYPE_CHECKING:
    from suite.data.dataset import Whole

FORMATS: dict[str, str] = {
    ".csv": "tables",
    ".tsv": "tables",
    ".parquet": "tables",
    ".jsonl": "tables",
    ".ndjson": "tables",
    ".npz": "arrays",
}
"""Suffix -> the module that reads it."""

KERAS_PARTS = ("x_train", "y_train", "x_test", "y_test")


def is_own(name: str) -> bool:
    """Whether `name` is a path: it has a known suffix or a separator, or is a folder. Ask for known names first."""
    if name.startswith("tfds:"):
        return False
    path = folder_and_size(Path(name))[0]
    return path.suffix.lower() in FORMATS or "/" in name or "\\" in name or path.is_dir()


def check(name: str, *, target: str | None = None, group: str | None = None, time: str | None = None) -> None:
    """Reads no more than a header, so that a Config can afford it.

    Raises:
        ValueError: no such file, a kind of file that is not read, or columns that it does not have.
    """
    path = folder_and_size(Path(name))[0]
    if not path.exists():
        raise ValueError(f"`dataset` expects a file or folder that exists. Received: {name!r}.")
    part = train_part(path)
    if part.is_dir():
        for argument, value in {"target": target, "group": group, "time": time}.items():
            if value is not None:
                raise ValueError(f"`{argument}` expects a table; in a folder of images the sub-folders are the classes."
                                 f" Received: {argument}={value!r}.")  # fmt: skip
        return
    if part.suffix.lower() not in FORMATS:
        raise ValueError(
            f"`dataset` expects a file ending in {', '.join(FORMATS)}, or a folder of images. Received: {name!r}."
        )
    stat = part.stat()
    _check_columns(part, stat.st_size, stat.st_mtime_ns, target, group, time)


@lru_cache(maxsize=64)
def _check_columns(
    path: Path, size: int, _changed: int, target: str | None, group: str | None, time: str | None
) -> None:
    if size == 0:
        raise ValueError(f"`dataset` expects a file with data. Received: {path}, which is empty.")
    columns = header(path)
    if path.suffix.lower() == ".npz":
        target = target or ("y_train" if "y" not in columns and set(KERAS_PARTS) <= set(columns) else "y")
    if target is None:
        raise ValueError(
            f"`target` expects the column of {path.name} to predict, one of {', '.join(columns)}. Received: none."
        )
    named = {"target": target_and_task(target)[0], "group": group, "time": time}
    named = {argument: column for argument, column in named.items() if column is not None}
    for argument, column in named.items():
        one_of(argument, column, columns)
    if group is not None and time is not None:
        raise ValueError(f"`group` and `time` exclude each other. Received: group={group!r}, time={time!r}.")
    if len(set(named.values())) < len(named):
        received = ", ".join(f"{argument}={column!r}" for argument, column in named.items())
        raise ValueError(f"`target`, `group` and `time` expect different columns. Received: {received}.")


def header(path: Path) -> list[str]:
    """The columns of a table, or the arrays of an .npz.

    Raises:
        ValueError: damaged, or two columns of one name.
    """
    try:
        columns = HEADERS[path.suffix.lower()](path)
    except (OSError, ValueError, EOFError, StopIteration, zipfile.BadZipFile) as error:
        reason = str(error) or "it has no first line"
        raise ValueError(
            f"`dataset` expects a readable {path.suffix} file. Received: {path}: {reason}."
        ) from None
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise ValueError(
            f"`dataset` expects columns of different names. Received: {path.name}, which has {twice[0]!r} twice."
        )
    return columns


def delimiter(path: Path) -> str:
    """What parts the fields: a tab in .tsv, else whichever of , ; tab | the first line has most of."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return max(",;\t|", key=file.readline().count)


def _csv_header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return [name.strip() for name in next(csv.reader(file, delimiter=delimiter(path)))]


def _parquet_header(path: Path) -> list[str]:
    import pyarrow.parquet

    return pyarrow.parquet.read_schema(path).names


def json_objects(path: Path) -> Iterator[tuple[int, dict]]:
    """The objects of a .jsonl file with their line numbers, from 1.

    Raises:
        ValueError: a line that is no JSON object; says which.
    """

    def refuse(number: str) -> None:
        raise ValueError(f"{number} is not a number")

    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                values = json.loads(
                    line.decode("utf-8-sig" if number == 1 else "utf-8"), parse_constant=refuse
                )
                if not isinstance(values, dict):
                    raise ValueError("no object of the form {...}")
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
            yield number, values


def _json_header(path: Path) -> list[str]:
    return list(dict.fromkeys(key for _, values in islice(json_objects(path), 100) for key in values))


def _npz_header(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist()]


HEADERS = {
    ".csv": _csv_header,
    ".tsv": _csv_header,
    ".parquet": _parquet_header,
    ".jsonl": _json_header,
    ".ndjson": _json_header,
    ".npz": _npz_header,
}


def read(
    path: Path, *, target: str | None = None, group: str | None = None, time: str | None = None
) -> Whole:
    """A user's own data in a training and a test split.

    Args:
        path: as in the module's docstring.
        target: what to predict; `COLUMN:TASK` says the task instead of having it inferred.
        group: column whose equal values stay in one split.
        time: column by which train comes before test.

    Raises:
        ValueError: the data cannot be learned from; says where and why.
    """
    check(str(path), target=target, group=group, time=time)
    part = train_part(folder_and_size(path)[0])
    module = importlib.import_module(
        f"suite.data.user.{'images' if part.is_dir() else FORMATS[part.suffix.lower()]}"
    )
    return module.read(path, target=target, group=group, time=time)


def version(name: str) -> str:
    """Changes when the files of a path do: a digest of their names, sizes and times of change, without reading them."""
    path = folder_and_size(Path(name))[0]
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    facts = [
        (file.relative_to(path).as_posix(), file.stat().st_size, file.stat().st_mtime_ns) for file in files
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def target_and_task(target: str) -> tuple[str, str | None]:
    """`COLUMN:TASK` as two; the task is None unless it is a known one."""
    column, _, task = target.rpartition(":")
    return (column, task) if task in TASKS else (target, None)


def folder_and_size(path: Path) -> tuple[Path, tuple[int, int] | None]:
    """FOLDER@64x48 as the folder and (height, width)."""
    found = re.fullmatch(r"(.+)@([1-9]\d*)x([1-9]\d*)", path.name)
    if not found or path.exists():
        return path, None
    return path.with_name(found[1]), (int(found[2]), int(found[3]))


def train_part(path: Path) -> Path:
    """The table train.* of a folder that has one; else the path itself."""
    tables = [path / f"train{suffix}" for suffix in FORMATS if suffix != ".npz"] if path.is_dir() else []
    return next((table for table in tables if table.is_file()), path)
