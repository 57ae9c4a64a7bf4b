"""Recognises a user's own data by its path. Importable without NumPy."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from suite.names import one_of
from suite.tasks import TASKS

FORMATS: dict[str, str] = {
    ".csv": "tables",
    ".tsv": "tables",
    ".parquet": "tables",
    ".jsonl": "tables",
    ".ndjson": "tables",
    ".json": "tables",
    ".npz": "arrays",
}
"""Suffix -> the module that reads it."""


def is_own(name: str) -> bool:
    """Tells whether `name` is a path: it has a known suffix or a separator, or is a folder. Ask for known
    names first."""
    if name.startswith("tfds:"):
        return False
    path = folder_and_size(Path(name))[0]
    return path.suffix.lower() in FORMATS or "/" in name or "\\" in name or path.is_dir()


def target_and_task(target: str) -> tuple[str, str | None]:
    """Parts `COLUMN:TASK` in two; the task is None unless it is a known one."""
    column, _, task = target.rpartition(":")
    return (column, task) if task in TASKS else (target, None)


def targets(target: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Gives the columns of `COLUMN,COLUMN:TASK`; the name of one may hold commas itself.

    Args:
        target: what is said.
        columns: of the file.

    Raises:
        ValueError: there is no such column.
    """
    said = target_and_task(target)[0]
    found: list[str] = []
    rest = [said] if said in columns else said.split(",")
    while rest:
        names = [",".join(rest[:size]).strip() for size in range(1, len(rest) + 1)]
        size = max((size for size, name in enumerate(names, 1) if name in columns), default=0)
        found.append(one_of("target", names[(size or (1 if found else len(names))) - 1], columns))
        rest = rest[size:]
    return tuple(found)


def folder_and_size(path: Path) -> tuple[Path, tuple[int, int] | None]:
    """Parts FOLDER@64x48 in the folder and (height, width)."""
    found = re.fullmatch(r"(.+)@([1-9]\d*)x([1-9]\d*)", path.name)
    if not found or path.exists():
        return path, None
    return path.with_name(found[1]), (int(found[2]), int(found[3]))


def train_part(path: Path) -> Path:
    """Gives the table train.* of a folder that has one; else the path itself."""
    tables = [path / f"train{suffix}" for suffix in FORMATS if suffix != ".npz"] if path.is_dir() else []
    return next((table for table in tables if table.is_file()), path)


def version(name: str) -> str:
    """Digests the names, sizes and times of change of a path's files, without reading them: it changes when
    they do."""
    path = folder_and_size(Path(name))[0]
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    facts = [
        (file.relative_to(path).as_posix(), file.stat().st_size, file.stat().st_mtime_ns) for file in files
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
