"""Says where an export is made: beside the folder whose place it takes when it is whole."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

MARKS = ("saved_model.pb", "model_card.md", "evaluation.json")
"""Files by which an export is known."""

UNFINISHED = ".unfinished"
"""End of the name of a folder in which an export is being made."""

LOCK = ".lock"
"""What is added to it for the file that says whether somebody still makes it."""


def refuse_foreign(folder: Path) -> None:
    """Refuses to replace what is no export.

    Raises:
        ValueError: `folder` is a file, or holds something else.
    """
    if folder.is_dir() and (not any(folder.iterdir()) or all((folder / mark).is_file() for mark in MARKS)):
        return
    if folder.exists() or folder.is_symlink():
        raise ValueError(
            f"`folder` must be new, empty or an earlier export, which is replaced. Received: {folder}."
        )


@contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """Gives a new folder beside `folder`, in which its successor is made, and removes it at the end.

    If this process is killed, the next one that makes an export there finds the lock of the folder free, and
    removes it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    for lock in folder.parent.glob(f".*{UNFINISHED}{LOCK}"):
        with suppress(Timeout, OSError), FileLock(lock, timeout=0):
            _remove(lock)
    lock = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}{UNFINISHED}{LOCK}")
    with FileLock(lock):
        try:
            made = lock.with_suffix("")
            made.mkdir()
            yield made
        finally:
            _remove(lock)


def _remove(lock: Path) -> None:
    """Removes an unfinished folder, then its lock: whatever is left at any moment has one."""
    shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
    lock.unlink(missing_ok=True)
