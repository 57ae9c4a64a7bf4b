"""The ways to a published data set, tried in order until one gives the published content."""

import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from suite.data import cache
from suite.data.cache import DataUnavailable
from suite.data.dataset import Split, Whole
from suite.data.hold_out import hold_out
from suite.data.published import packages, tfds_source
from suite.data.published.formats import DAMAGE, Arrays, read_tfds
from suite.paths import home

logger = logging.getLogger("suite.data")

OFFICIAL = (
    "test is the official one; train and validation are drawn from the official train split by `data_seed`"
)
"""`Facts.splits` of a set that has a test split of its own."""

Found = tuple[Arrays, str]  # the examples, and their source in words


@dataclass(frozen=True)
class Published:
    """A published data set.

    Attributes:
        name: of its folder in the cache.
        sha256: `cache.checksum` of train and test in `cache.canonical` order; "": not known beforehand.
        files: what a folder of local files or of a package holds. reader: makes examples of such a folder.
        package: registry, package, and the folder in it that holds the files.
        shape: of one example of an array. columns: of a DataFrame, in order.
        local: folders where a system keeps the files.
        tfds: its name in TFDS; "": it is not there.
    """

    name: str
    sha256: str
    files: str = ""
    reader: Callable[[Path], Arrays] | None = None
    package: tuple[str, str, str] | None = None
    shape: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    tfds: str = ""

    @property
    def folder(self) -> Path:
        """Of the prepared cache. Beside it: NAME.lock, and NAME.part for what is being fetched."""
        return (home() / "data" / self.name).absolute()

    @property
    def own_files(self) -> Path:
        """Where a user without a network may put the files."""
        return self.folder.parent / "local" / self.name


@dataclass(frozen=True, kw_only=True)
class KnownSet:
    """A published data set whose content is known, and what a reader should know of it, as in
    `dataset.Facts`.

    Attributes:
        figure: `Whole.published`.
        validation_share: of the training examples.
    """

    published: Published
    licence: str
    description: str
    splits: str = OFFICIAL
    task: str = "classification"
    class_names: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    log_target: bool = False
    figure: str = ""
    validation_share: float = 1 / 6


def read(known: KnownSet) -> Whole:
    """A known set, got in whatever way there is.

    Raises:
        suite.data.cache.DataUnavailable: says what was tried and what to do.
    """
    train, test, source = load(known.published)
    return Whole(
        name=known.published.name, task=known.task, train=train, test=test, class_names=known.class_names,
        validation_size=int(len(train) * known.validation_share), kinds=known.kinds, target=known.target,
        log_target=known.log_target, source=source, licence=known.licence, description=known.description,
        splits=known.splits, published=known.figure, sha256=known.published.sha256,
    )  # fmt: skip


def load(what: Published, ways: Iterable[str] | None = None) -> tuple[Split, Split, str]:
    """Train, test and their source, from the prepared cache; fills it first if need be, one process at a
    time.

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
        if found := cache.read(what.folder, what.sha256):
            return found
        raise DataUnavailable(f"{what.folder} could not be read after it was written.")


def _obtain(what: Published, ways: Iterable[str], part: Path) -> tuple[Split, Split, str, dict]:
    tried = []
    for way in ways:
        shutil.rmtree(part, ignore_errors=True)  # what an interrupted run left is never read
        part.mkdir()
        try:
            arrays, source = WAYS[way](what, part)
            train, test = _splits(what, arrays)
            if what.sha256 and (received := cache.checksum(train, test)) != what.sha256:
                raise DataUnavailable(f"{source}: not the published content, checksum {received}")
            logger.info("Got %s from %s.", what.name, source)
            facts = part / tfds_source.FACTS
            return train, test, source, json.loads(facts.read_text()) if facts.exists() else {}
        except (DataUnavailable, *DAMAGE) as problem:
            logger.debug("%s: %s: %s", what.name, way, problem)
            tried.append(f"{way} ({problem})")
    place = (
        f"put {what.files} into {what.own_files}"
        if what.files
        else "prepare it with TFDS and name its folder in TFDS_DATA_DIR"
    )
    raise DataUnavailable(
        f"{what.name} could not be had. Tried: {'; '.join(tried)}. What to do: connect to the internet and"
        f" try again, or {place}."
    )


def _splits(what: Published, arrays: Arrays) -> tuple[Split, Split]:
    """Train and test in canonical order; test is held out where none is official."""

    def shaped(x: Any) -> Any:
        return x.reshape(-1, *what.shape) if what.shape else x[list(what.columns)] if what.columns else x

    parts = [cache.canonical(shaped(x), y) for x, y in zip(arrays[::2], arrays[1::2], strict=True)]
    return hold_out(parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def _tfds_copy(what: Published, part: Path) -> Found:
    _check_in_tfds(what)
    place = Path(os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets")).expanduser()
    if not (place / what.tfds.partition(":")[0]).is_dir():
        raise DataUnavailable(f"none in {place}")
    logger.info("Reading %s from the copy that TFDS prepared in %s ...", what.name, place)
    _tfds_program("prepared", what, part)
    return read_tfds(part), f"TFDS {what.tfds}, prepared in {place}"


def _check_in_tfds(what: Published) -> None:
    if not what.tfds:
        raise DataUnavailable("TFDS does not have it")


def _examples(what: Published, folder: Path) -> Arrays:
    """What its reader makes of a folder of files."""
    if what.reader is None:
        raise DataUnavailable("no files of it are known, but for TFDS's")
    return what.reader(folder)


def _local_files(what: Published, part: Path) -> Found:
    folders = [what.own_files, *map(Path, what.local)]
    for folder in folders:
        if folder.is_dir():
            return _examples(what, folder), f"files in {folder}"
    raise DataUnavailable(f"no folder {' or '.join(map(str, folders))}")


def _tfds(what: Published, part: Path) -> Found:
    _check_in_tfds(what)
    _tfds_program("probe", what, part, limit=60)
    logger.info("Getting %s through TFDS (at most %d minutes) ...", what.name, packages.LIMIT // 60)
    _tfds_program("download", what, part)
    return read_tfds(part), f"TFDS {what.tfds}"


def _tfds_program(action: str, what: Published, part: Path, limit: float = packages.LIMIT) -> None:
    # -P: the folder of the program stays off sys.path, where its neighbours could hide other modules.
    command = [sys.executable, "-P", tfds_source.__file__, action, what.tfds, str(part)]
    packages.run(command, part, limit=limit, env={"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"})


def _package(what: Published, part: Path) -> Found:
    if what.package is None:
        raise DataUnavailable("no package has it")
    registry, package, inside = what.package
    logger.info("Getting %s from %s package %s ...", what.name, registry, package)
    packages.CLIENTS[registry](package, part, inside)
    return _examples(what, part / inside), f"{registry} package {package}"


WAYS: dict[str, Callable[[Published, Path], Found]] = {
    "prepared TFDS copy": _tfds_copy,
    "local files": _local_files,
    "TFDS": _tfds,
    "package": _package,
}
