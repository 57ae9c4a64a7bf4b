"""Where the suite writes: everything made at run time lies below one folder."""

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO


def home() -> Path:
    """`mlruns/` of the current folder, or the folder that the environment variable SUITE_HOME names."""
    return Path(os.environ.get("SUITE_HOME", "mlruns"))


def replace(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Writes a file aside, by `write(file)`, and renames it into place: it is whole or not there."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("wb") as file:
        write(file)
    aside.replace(path)


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
