"""The ways to a published data set, tried in order until one gives the published content."""

import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from suite.data import cache, packages, tfds_source
from suite.data.cache import DataUnavailable
from suite.data.dataset import Split
from suite.data.formats import DAMAGE, Arrays, read_npy
from suite.paths import home

logger = logging.getLogger("suite.data")

Found = tuple[Arrays, str]  # the arrays, and their source in words


@dataclass(frozen=True)
class Published:
    """A published data set whose content is known.

    Attributes:
        name: also its name in TFDS.
        shape: of one example.
        sha256: `cache.checksum` of train and test in `cache.canonical` order.
        files: what a folder of local files or of a package holds. reader: makes arrays of such a folder.
        package: registry, package, and the folder in it that holds the files.
        local: folders where a system keeps the files.
    """

    name: str
    shape: tuple[int, ...]
    sha256: str
    files: str
    reader: Callable[[Path], Arrays]
    package: tuple[str, str, str]
    local: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Of the prepared cache. Beside it: NAME.lock, and NAME.part for what is being fetched."""
        return (home() / "data" / self.name).absolute()

    @property
    def own_files(self) -> Path:
        """Where a user without a network may put the files."""
        return self.folder.parent / "local" / self.name


def load(what: Published, ways: Iterable[str] | None = None) -> tuple[Split, Split, str]:
    """Train, test and their source, from the prepared cache; fills it first if need be, one process at a time.

    Args:
        what: the data set.
        ways: keys of WAYS to try, in this order; None: all.

    Raises:
        DataUnavailable: no way led to the data; says what was tried and what to do.
    """
    if found := cache.read(what.folder, what.sha256):
        return found
    what.folder.parent.mkdir(parents=True, exist_ok=True)
    part = what.folder.with_name(f"{what.name}.part")
    with FileLock(what.folder.with_name(f"{what.name}.lock")):
        if found := cache.read(what.folder, what.sha256):  # another process was first
            return found
        try:
            cache.write(what.folder, *_obtain(what, WAYS if ways is None else ways, part))
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return cache.read(what.folder, what.sha256)


def _obtain(what: Published, ways: Iterable[str], part: Path) -> tuple[Split, Split, str]:
    tried = []
    for way in ways:
        shutil.rmtree(part, ignore_errors=True)  # what an interrupted run left is never read
        part.mkdir()
        try:
            arrays, source = WAYS[way](what, part)
            train, test = (cache.canonical(x.reshape(-1, *what.shape), y) for x, y in (arrays[:2], arrays[2:]))
            if (received := cache.checksum(train, test)) != what.sha256:
                raise DataUnavailable(f"{source}: not the published content, checksum {received}")
            logger.info("Got %s from %s.", what.name, source)
            return train, test, source
        except (DataUnavailable, *DAMAGE) as problem:
            logger.debug("%s: %s: %s", what.name, way, problem)
            tried.append(f"{way} ({problem})")
    raise DataUnavailable(
        f"{what.name} could not be had. Tried: {'; '.join(tried)}."
        f" What to do: connect to the internet and try again, or put {what.files} into {what.own_files}."
    )


def _tfds_copy(what: Published, part: Path) -> Found:
    place = Path(os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets")).expanduser()
    if not (place / what.name).is_dir():
        raise DataUnavailable(f"none in {place}")
    logger.info("Reading %s from the copy that TFDS prepared in %s ...", what.name, place)
    _tfds_program("prepared", what, part)
    return read_npy(part), f"TFDS {what.name}, prepared in {place}"


def _local_files(what: Published, part: Path) -> Found:
    folders = [what.own_files, *map(Path, what.local)]
    for folder in folders:
        if folder.is_dir():
            return what.reader(folder), f"files in {folder}"
    raise DataUnavailable(f"no folder {' or '.join(map(str, folders))}")


def _tfds(what: Published, part: Path) -> Found:
    _tfds_program("probe", what, part, limit=30)
    logger.info("Getting %s through TFDS (at most %d minutes) ...", what.name, packages.LIMIT // 60)
    _tfds_program("download", what, part)
    return read_npy(part), f"TFDS {what.name}"


def _tfds_program(action: str, what: Published, part: Path, limit: float = packages.LIMIT) -> None:
    # -P: the folder of the program stays off sys.path, where its neighbours could hide other modules.
    command = [sys.executable, "-P", tfds_source.__file__, action, what.name, str(part)]
    packages.run(command, part, limit=limit, env={"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"})


def _package(what: Published, part: Path) -> Found:
    registry, package, inside = what.package
    logger.info("Getting %s from %s package %s ...", what.name, registry, package)
    packages.CLIENTS[registry](package, part)
    return what.reader(part / inside), f"{registry} package {package}"


WAYS: dict[str, Callable[[Published, Path], Found]] = {
    "prepared TFDS copy": _tfds_copy,
    "local files": _local_files,
    "TFDS": _tfds,
    "package": _package,
}
