"""Puts an export in its place whole: it is made beside its folder, and takes its place in one rename."""

import ctypes
import os
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

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # of Linux, see renameat2(2)


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


def put(new: Path, folder: Path) -> None:
    """Puts the folder `new` in the place of `folder`, which then lies in the place of `new`, if it was there.

    Where the system can, the two change names at once. Elsewhere there is a moment at which `folder` is not
    there.
    """
    if not folder.exists():
        new.rename(folder)
    elif not _exchanged(new, folder):
        old = new.with_name(f"{new.name}.old")
        folder.rename(old)
        new.rename(folder)


def _exchanged(one: Path, other: Path) -> bool:
    """Lets two folders change names in one step; says whether the system did."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):  # not Linux
        return False
    return rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0


def _remove(lock: Path) -> None:
    """Removes an unfinished folder, then its lock: whatever is left at any moment has one."""
    shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
    lock.unlink(missing_ok=True)
