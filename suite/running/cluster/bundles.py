"""Brings data sets and a user's own files to other machines: packed as bytes, unpacked once a machine, and
checked there."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from suite import paths
from suite.data import is_own as is_own_data
from suite.data.user.recognition import folder_and_size
from suite.models import is_own as is_own_model

Files = Mapping[str, np.ndarray]
"""Path below the bundle's own -> bytes of the file."""


@dataclass(frozen=True)
class Bundle:
    """A file, or a folder with all that is in it, which trainings read.

    Attributes:
        name: what configurations call it.
        place: where it belongs below the home of a machine.
        sha256: of names and contents.
        own: whether it is a user's own, so that a configuration names its path.
        content: the files, or what stands for them on the way.
    """

    name: str
    place: str
    sha256: str
    own: bool
    content: Any


def pack(datasets: Iterable[str], models: Iterable[str]) -> list[Bundle]:
    """Packs what trainings read: prepared data sets below this home, the user's own data and models.

    What is generated, or comes with a package, is on every machine and is left out.
    """
    own = [name for name in datasets if is_own_data(name)]
    folders = {name: re.sub("[/:]", "-", name) for name in datasets if name not in own}
    prepared = {name: paths.home() / "data" / folder for name, folder in folders.items()}
    packed = [_packed(name, path, None) for name, path in prepared.items() if path.is_dir()]
    for name in [*own, *filter(is_own_model, models)]:
        path = Path(name).expanduser()
        packed.append(_packed(name, folder_and_size(path)[0] if name in own else path, path.name))
    return packed


def _packed(name: str, path: Path, own: str | None) -> Bundle:
    """A bundle of `path`; `own`: the name that its path ends with there, of a user's own."""
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    content = {
        file.relative_to(path).as_posix() if path.is_dir() else "": np.fromfile(file, np.uint8)
        for file in files
    }
    sha256 = digest(content)
    place = f"data/{path.name}" if own is None else f"files/{sha256[:32]}/{own}"
    return Bundle(name, place, sha256, own is not None, content)


def digest(files: Files) -> str:
    """SHA-256 over the names and contents of files, in the order of their names."""
    total = hashlib.sha256()
    for name, content in sorted(files.items()):
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(np.ascontiguousarray(content).data)
    return total.hexdigest()


def unpack(bundle: Bundle, files: Files) -> None:
    """Puts the files of a bundle in their place below this machine's home, whole or not at all.

    Args:
        bundle: whose place is free. The caller holds a lock.
        files: of the bundle.

    Raises:
        OSError: they are not what was packed, or cannot be written.
    """
    if (received := digest(files)) != bundle.sha256:
        raise OSError(f"{bundle.name} was damaged on its way: SHA-256 {received}, not {bundle.sha256}.")
    place = folder_and_size(paths.home() / bundle.place)[0]
    aside = place.with_name(f".{place.name}.new")
    paths.remove(aside)
    for name, content in files.items():
        file = aside / name if name else aside
        file.parent.mkdir(parents=True, exist_ok=True)
        content.tofile(file)
    place.parent.mkdir(parents=True, exist_ok=True)
    aside.rename(place)
