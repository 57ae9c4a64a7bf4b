"""Says where the suite writes, and writes it: everything made at run time lies below one folder.

A process may be killed at any moment. So a file is written aside and renamed, and what must be there once
(a database) is made aside under a lock: each is whole or not there.
"""

import contextlib
import ctypes
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # of Linux, see renameat2(2)

PATIENCE = 120.0
"""Seconds to wait for another process that makes the same thing."""


def home() -> Path:
    """Returns `mlruns/` of the current folder, or what the variable SUITE_HOME names, with `~` expanded."""
    return Path(os.environ.get("SUITE_HOME") or "mlruns").expanduser()


def replace(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Writes a file aside, by `write(file)`, and renames it into place: it is whole or not there.

    Args:
        path: of the file; one that is there is replaced.
        write: called with the open file.

    Raises:
        OSError: it cannot be written, as on a full disk; what was there is left, and nothing else.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as file:
            write(file)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


JOURNALS = ("-wal", "-shm", "-journal")
"""Ends of the names of what sqlite keeps beside a database."""


def create(path: Path, make: Callable[[Path], object]) -> Path:
    """Makes a file that is to be there once, such as a database; returns its path.

    It is made aside under a lock, reaches the disk and is renamed. So only one process makes it, and another
    finds all of it or nothing, whenever the one that makes it is killed.

    Args:
        path: of what is to be made. One that is there is left as it is.
        make: called with another path in the same folder, where nothing is. It leaves one file there, closed:
            a database of sqlite without a `-wal` or `-journal` beside it.

    Raises:
        OSError: it cannot be written, or another process held the lock for PATIENCE seconds.
    """
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.with_name(f"{path.name}.lock")):
        if not path.exists():
            aside = path.with_name(f".{path.name}.new")
            for torn in path.parent.glob(f"{aside.name}*"):  # by a process that was killed
                remove(torn)
            try:
                make(aside)
                _sync(aside)
                for end in JOURNALS:  # of one that was removed: sqlite would play it into this one
                    remove(path.with_name(path.name + end))
                aside.replace(path)
                _sync(path.parent)
            except BaseException:
                remove(aside)
                raise
    return path


def put(aside: Path, folder: Path) -> None:
    """Puts the folder `aside` in the place of `folder`, which holds the old or the new, unmixed.

    Where the system can, the two change names at once. Elsewhere there is a moment at which nothing is there.
    """
    old = folder.with_name(f".{folder.name}.old")
    remove(old)
    if folder.exists() and _exchanged(aside, folder):
        old = aside
    else:
        if folder.exists():
            folder.rename(old)
        aside.rename(folder)
    remove(old)


def _exchanged(one: Path, other: Path) -> bool:
    """Lets two folders change names in one step; says whether the system did."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):  # not Linux
        return False
    return rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0


def remove(path: Path) -> None:
    """Removes a file, or a folder with all that is in it, if it is there: all of it or nothing."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    aside = path.with_name(f".{path.name}.removed")
    shutil.rmtree(aside, ignore_errors=True)  # of a process that was killed
    path.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock file `path`, which ends with this process however that ends.

    Raises:
        OSError: another process held it for PATIENCE seconds.
    """
    from filelock import FileLock, Timeout

    try:
        with FileLock(path, timeout=PATIENCE):
            yield
    except Timeout as error:
        raise OSError(
            f"`{error.lock_file}` must be free. Received: held by another process for {PATIENCE:.0f} seconds."
        ) from error


def check_writable() -> Path:
    """Makes the folder if need be, and returns it.

    Raises:
        ValueError: it cannot be written, or is marked read-only (which would not stop root).
    """
    folder = home()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(
            f"`{folder}/` must be a folder that can be written. Received: {error.strerror}."
        ) from None
    if not folder.stat().st_mode & stat.S_IWUSR:
        raise ValueError(f"`{folder}/` must be a folder that can be written. Received: one marked read-only.")
    return folder


def _sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
