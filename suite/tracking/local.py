"""Keeps the local store whole: its database is there or not, and addresses of artifacts follow a moved home.

MLflow has no way to change where artifacts are, so its tables are read and written here, and nowhere else.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from suite import paths
from suite.paths import home
from suite.tracking.address import artifacts, database

ADDRESSES = {
    "experiments": "artifact_location",
    "runs": "artifact_uri",
    "logged_models": "artifact_location",
    "model_versions": "source",
}
"""Table -> column that holds the address of a folder of artifacts."""

OURS = """
    SELECT DISTINCT artifact_location FROM experiments WHERE artifact_location != ? AND EXISTS (
        SELECT 1 FROM runs JOIN tags USING (run_uuid)
        WHERE runs.experiment_id = experiments.experiment_id AND tags.key = 'study_key'
    )
"""
"""Where artifacts of studies are, if not at the place that is asked about."""

log = logging.getLogger(__name__)


def check() -> None:
    """Looks in milliseconds, and without MLflow, whether the database can be written, if there is one.

    Raises:
        sqlite3.Error: it is no database, or cannot be written.
        OSError, ValueError: the home cannot be written.
    """
    paths.check_writable()
    if database().exists():
        with _opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "CREATE TABLE is_writable (x)"
            )  # never committed; BEGIN alone is content with reading


def prepare(make: Callable[[Path], object]) -> None:
    """Makes the database unless a whole one is there, and mends addresses in it. Hold the lock of the store.

    Args:
        make: makes a database at a path.
    """
    if database().exists() and _is_half_made():
        _set_aside()
    paths.create(database(), make)
    with _opened() as connection:
        connection.execute("PRAGMA journal_mode=WAL")  # the UI reads while a study writes; writes wait less
        _mend(connection)


def _is_half_made() -> bool:
    """Whether whoever made it was killed: MLflow's last step is to write an experiment, which then stays."""
    with _opened() as connection:
        found = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'experiments'"
        )
        return not (found.fetchone() and connection.execute("SELECT 1 FROM experiments LIMIT 1").fetchone())


def _set_aside() -> None:
    """Moves the database out of the way, with what belongs to it."""
    aside = database().with_name("mlflow.db.half-made")
    for end in ("", *paths.JOURNALS):
        path = database().with_name(database().name + end)
        if path.exists():
            path.replace(aside.with_name(aside.name + end))
    log.warning("mlflow.db was never finished and holds nothing: it is now %s, and made anew.", aside.name)


def _mend(connection: sqlite3.Connection) -> None:
    """Lets the addresses of artifacts follow the home, which may have been moved or copied since."""
    new = artifacts()
    places = [old for (old,) in connection.execute(OURS, [new]) if old.endswith("/artifacts")]
    for old in places:
        with connection:  # one transaction
            connection.execute("BEGIN IMMEDIATE")
            for table, column in ADDRESSES.items():
                connection.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?)"
                    f" WHERE {column} = ? OR substr({column}, 1, ?) = ?",
                    [new, len(old) + 1, old, len(old) + 1, f"{old}/"],
                )
        log.warning("%s was moved or copied: the addresses of its artifacts are mended.", home())


@contextmanager
def _opened() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database(), timeout=20, isolation_level=None)) as connection:
        yield connection
