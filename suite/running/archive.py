"""Keeps finished trials in Optuna's database, to look at with its tools. Nothing of a study depends on it.

It is `optuna.db` below the home, or what SUITE_OPTUNA_STORAGE names. A trial is recorded when it is finished,
with all of its hyperparameters, and never before: whenever the process is killed, none is left running. What
is missing is recorded by the next start.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from suite import paths
from suite.running.search import direction, optuna_trial
from suite.study.study import Case, Study
from suite.tracking import address, shared
from suite.tracking.later import Later
from suite.training.result import Result

if TYPE_CHECKING:
    import optuna

PIECE = 100
"""Most trials that are recorded in one piece of work, which takes seconds: what takes minutes is given up."""


class Archive:
    """Records the finished trials of a study in one thread beside it; a context manager that waits for what
    is left.

    Args:
        study: whose trials they are. Its key and a case's label name Optuna's study.
    """

    def __init__(self, study: Study):
        self._study = study
        self._later = Later(self._open)
        self._given: dict[str, int] = {}
        self._studies: dict[str, int] = {}
        self._recorded: dict[int, int] = {}
        self._interrupted = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is not None:
            self._interrupted.set()
            self._later.drop()
        if self._given:
            self._later.finish()

    @property
    def failure(self) -> str | None:
        """What could not be recorded and why, in words; None if all was."""
        if self._later.whole:
            return None
        error = self._later.error or self._later.refused[0][1]
        return (
            f"trials could not be recorded in {_shown()}; the next start tries again. {address.reason(error)}"
        )

    def record(self, case: Case, results: Mapping[int, Result]) -> None:
        """Records trials that were not given yet, as far as those before them are finished; returns at once.

        Args:
            case: that was searched.
            results: finished trials by number.
        """
        first = end = self._given.get(case.label, 0)
        while end in results:
            end += 1
        if first == end or self._interrupted.is_set():
            return
        if not self._given:
            self._later.start()
        self._given[case.label] = end
        for start in range(first, end, PIECE):
            piece = {number: results[number] for number in range(start, min(start + PIECE, end))}
            self._later.add("trials", partial(self._record, case, piece))

    def _open(self) -> None:
        self._storage, self._studies, self._recorded = _opened(), {}, {}

    def _record(self, case: Case, results: Mapping[int, Result]) -> None:
        with _locked():
            study_id = self._study_id(case)
            while (number := self._recorded[study_id]) in results and not self._interrupted.is_set():
                trial = optuna_trial(self._study, case, results[number])
                # An `optuna.Study` would keep each trial that was ever added in memory.
                self._storage.create_new_trial(study_id, trial)
                self._recorded[study_id] += 1

    def _study_id(self, case: Case) -> int:
        """That of Optuna's study of a case, which is made if it is not there; its trials are counted once."""
        import optuna

        if case.label not in self._studies:
            name = f"{self._study.key}/{case.label}"
            optuna.create_study(
                study_name=name,
                storage=self._storage,
                direction=direction(self._study),
                load_if_exists=True,
            )
            study_id = self._studies[case.label] = self._storage.get_study_id_from_name(name)
            self._recorded[study_id] = self._storage.get_n_trials(study_id)
        return self._studies[case.label]


def database() -> Path:
    """Returns the file of the archive of this home."""
    return paths.home() / "optuna.db"


def check() -> None:
    """Ends a study before it trains if the archive is no database; takes milliseconds, and no Optuna.

    Raises:
        OSError: nobody answers at SUITE_OPTUNA_STORAGE.
        ValueError: the file is no database of sqlite, or SUITE_OPTUNA_STORAGE names none that can be used.
    """
    if address.trials_uri():
        _check_shared()
        return
    if not database().exists():
        return
    try:
        with closing(sqlite3.connect(database(), timeout=20)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        raise ValueError(
            f"`{database()}` must be a database of Optuna. Received: {error}. Move it away: the trainings"
            " are kept in studies/, and their trials are recorded again."
        ) from None


def _check_shared() -> None:
    try:
        with _locked():
            pass
    except (OSError, ValueError) as error:
        said = f"{address.TRIALS} must be a database that can be written. Received: {_shown()}: {error}"
        raise type(error)(said) from None


def _shown() -> str:
    uri = address.trials_uri()
    return address.shown(uri) if uri else str(database())


@contextmanager
def _locked() -> Iterator[None]:
    """Held while trials are numbered: by processes of all machines, where they share the database."""
    uri = address.trials_uri()
    with shared.locked(uri, "optuna") if uri else paths.locked(database().with_name("optuna.db.lock")):
        yield


def _opened() -> "optuna.storages.BaseStorage":
    """The storage, which is made if it is not there."""
    import optuna
    from sqlalchemy import event

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if uri := address.trials_uri():
        with _locked():
            return optuna.storages.RDBStorage(uri, engine_kwargs={"pool_pre_ping": True})

    def open_at(path: Path) -> optuna.storages.RDBStorage:
        wait = {"connect_args": {"timeout": 60}}
        return optuna.storages.RDBStorage(f"sqlite:///{path.absolute()}", engine_kwargs=wait)

    paths.create(database(), lambda path: open_at(path).engine.dispose())
    with closing(sqlite3.connect(database(), timeout=60)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")  # as of the tracker: writes wait less
    opened = open_at(database())
    event.listen(opened.engine, "connect", _sync_less)
    opened.engine.dispose()
    return opened


def _sync_less(connection: sqlite3.Connection, record: object) -> None:
    """Has each trial not wait for the disk: what a power cut takes is recorded by the next start."""
    connection.execute("PRAGMA synchronous=NORMAL")
