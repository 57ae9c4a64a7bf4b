"""Keeps finished trials in `optuna.db`, to look at with Optuna's own tools. Nothing of a study depends on it.

A trial is recorded when it is finished, with all of its hyperparameters, and never before: whenever the
process is killed, none is left running. What is missing is recorded by the next start.
"""

import sqlite3
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Self

from suite import paths
from suite.running.search import direction, optuna_trial
from suite.study.study import Case, Study
from suite.training.result import Result

if TYPE_CHECKING:
    import optuna


class Archive:
    """Records the finished trials of a study in one thread beside it; a context manager that waits for what
    is left.

    Args:
        study: whose trials they are. Its key and a case's label name Optuna's study.

    Attributes:
        failure: what could not be recorded and why, in words; None if all was.
    """

    def __init__(self, study: Study):
        self._study = study
        self._storage: optuna.storages.BaseStorage | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._interrupted = threading.Event()
        self.failure: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is not None:
            self._interrupted.set()
        self._thread.shutdown(wait=True)

    def record(self, case: Case, results: Mapping[int, Result]) -> None:
        """Records trials that are not recorded yet, as far as those before them are finished; returns at
        once.

        Args:
            case: that was searched.
            results: finished trials by number.
        """
        self._thread.submit(self._record, case, dict(results))

    def _record(self, case: Case, results: dict[int, Result]) -> None:
        if self.failure is not None or self._interrupted.is_set():
            return
        try:
            if self._storage is None:
                self._storage = _open()
            with paths.locked(database().with_name("optuna.db.lock")):
                self._add(case, results, self._storage)
        except (
            Exception
        ) as error:  # SQLAlchemy, sqlite and the operating system have no nearer class in common
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            self.failure = (
                f"trials could not be recorded in {database()}; the next start tries again. {reason}"
            )

    def _add(self, case: Case, results: dict[int, Result], storage: "optuna.storages.BaseStorage") -> None:
        import optuna

        kept = optuna.create_study(
            study_name=f"{self._study.key}/{case.label}",
            storage=storage,
            direction=direction(self._study),
            load_if_exists=True,
        )
        number = len(kept.get_trials(deepcopy=False))
        while number in results and not self._interrupted.is_set():
            kept.add_trial(optuna_trial(self._study, case, results[number]))
            number += 1


def database() -> Path:
    """Returns the file of the archive."""
    return paths.home() / "optuna.db"


def check() -> None:
    """Ends a study before it trains if the archive is no database; takes milliseconds, and no Optuna.

    Raises:
        ValueError: the file is no database of sqlite.
    """
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


def _open() -> "optuna.storages.BaseStorage":
    """The storage, which is made if it is not there."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def open_at(path: Path) -> optuna.storages.RDBStorage:
        wait = {"connect_args": {"timeout": 60}}
        return optuna.storages.RDBStorage(f"sqlite:///{path.absolute()}", engine_kwargs=wait)

    paths.create(database(), lambda path: open_at(path).engine.dispose())
    return open_at(database())
