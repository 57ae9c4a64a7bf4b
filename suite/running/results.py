"""Keeps what a study found, so that it says it again at once, and puts its report and export in their places.

The findings lie in the study's own folder. Report and export lie under the study's name, which another
version of the study may have used before: both are withdrawn before either is written, and a seal says
whose they are once both are.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from suite import paths
from suite.analysis.records import Findings
from suite.running import findings_file
from suite.study.demonstration import Demonstration
from suite.study.identity import code_key
from suite.study.study import Study
from suite.tracking import address

FINDINGS = "findings.json"

REPORT_MARK, EXPORT_MARK = "index.html", "saved_model.pb"
"""Files by which a report and an export are known: nothing else is withdrawn."""


@dataclass(frozen=True)
class Kept:
    """What a study found when it was analysed last.

    Attributes:
        identity: of what was analysed, see `identity`.
        findings: all that is said of it.
        saved_model: why there is no export; None where there is one.
        tracked: where all of it was tracked, see `tracked_in`; None if something was not.
    """

    identity: str
    findings: Findings
    saved_model: str | None = None
    tracked: str | None = None


def folder_of(study: Study | Demonstration, name: str) -> Path:
    """Returns the folder in which the trainings of a study are kept."""
    return paths.home() / "studies" / f"{name}-{study.key}"


def report_of(name: str) -> Path:
    """Returns the folder of a study's report."""
    return paths.home() / "reports" / name


def export_of(name: str) -> Path:
    """Returns the folder of a study's SavedModel."""
    return paths.home() / "exports" / name


def identity(study: Study | Demonstration) -> str:
    """Identifies the findings of a study: its trainings, what is declared, and the code that concludes."""
    declared = study.model_dump(mode="json")
    return _digest(json.dumps([study.key, declared, code_key()], sort_keys=True).encode())


def keep(folder: Path, kept: Kept) -> None:
    """Writes what a study found into its folder, in place of what is there."""
    findings_file.write(folder / FINDINGS, vars(kept))


def read(folder: Path) -> Kept | None:
    """Reads what `keep` wrote; None if there is nothing, or nothing whole."""
    try:
        kept = Kept(**findings_file.read(folder / FINDINGS))
    except (OSError, ValueError, TypeError):
        return None
    return kept if isinstance(kept.findings, Findings) else None


def withdraw(name: str) -> None:
    """Removes report and export of a name, of whichever version of the study: new ones are to be written."""
    _seal(name).unlink(missing_ok=True)
    for folder, mark in ((report_of(name), REPORT_MARK), (export_of(name), EXPORT_MARK)):
        if (folder / mark).exists():
            paths.remove(folder)


def seal(folder: Path, name: str, kept: Kept) -> None:
    """Keeps findings whose report and export are in the places of `name`, and says so there."""
    keep(folder, kept)
    paths.replace(_seal(name), lambda file: file.write(kept.identity.encode()))


def is_sealed(name: str, kept: Kept) -> bool:
    """Says whether report and export of a name are there, whole, and of these findings."""
    try:
        sealed = _seal(name).read_text() == kept.identity
    except (OSError, UnicodeDecodeError):
        return False
    exported = kept.saved_model is not None or (export_of(name) / EXPORT_MARK).exists()
    return sealed and exported and (report_of(name) / REPORT_MARK).exists()


def tracked_in() -> str:
    """Returns where studies are tracked, without logins: `here`, which may be moved, or by what address."""
    runs = "here" if address.is_local() else address.shown()
    trials = address.trials_uri()
    return f"{runs}, trials in {address.shown(trials)}" if trials else runs


def is_tracked(kept: Kept) -> bool:
    """Says whether all of these findings were tracked where studies are tracked now."""
    there = not address.is_local() or (paths.home() / "mlflow.db").exists()
    return kept.tracked == tracked_in() and there


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds a study for this process, by a lock beside its folder, which need not be there.

    Raises:
        ValueError: another process holds it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0):
            yield
    except Timeout:
        raise ValueError(
            f"the study in {folder} is running in another process. Wait for it, or stop it."
        ) from None


SECONDS = "seconds"
"""How the names of files begin that hold wall times: one of the study's own sessions, one of each shard."""


def read_seconds(folder: Path) -> float:
    """Reads the wall time that the sessions of a study spent so far, those of its shards included."""
    return sum(map(_seconds_in, folder.glob(f"{SECONDS}*")))


def add_seconds(folder: Path, seconds: float, of: str = "") -> None:
    """Adds to the wall time that the sessions of a study, or those `of` a shard of it, spent so far."""
    path = folder / (SECONDS + of)
    total = _seconds_in(path) + seconds
    paths.replace(path, lambda file: file.write(f"{total:.1f}".encode()))


def _seconds_in(path: Path) -> float:
    try:
        return max(0.0, float(path.read_text()))
    except (OSError, ValueError):
        return 0.0


def _seal(name: str) -> Path:
    return paths.home() / "reports" / f".{name}.sealed"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
