"""Runs that are written into the tables together are those that MLflow's client would have written."""

import math
import sqlite3
import uuid
from contextlib import closing
from types import SimpleNamespace

import pytest
from mlflow.exceptions import MlflowException
from sqlalchemy import create_engine
from tracked import STUDY, client, runs, training

from suite.tracking import tables
from suite.tracking.runs import Runs, Training

pytestmark = pytest.mark.usefixtures("no_store")

DIVERGED = training(status="diverged", losses=(0.9, math.inf, math.nan))
TRAININGS = [
    Training("trial", "adam", 0, training(seed=1), 1_700_000_000.5),
    Training("trial", "adam", 1, DIVERGED, 1_700_000_009),
    Training("trial", "sgd", 0, training(status="failed", losses=(math.nan,)), 1_700_000_010),
    Training("replicate", "한글 <b>", 3, training(seed=2, losses=(0.5, 0.5, 0.5)), 1_700_000_020),
]
OWN = ("run_uuid", "artifact_uri", "experiment_id")
"""Columns that no two runs have alike, or that the two studies of this test have not."""


def logged(name: str, at_once: bool) -> Runs:
    opened = Runs(STUDY, name)
    opened.open()
    if not at_once:
        opened._database = None
    opened.log_trainings(TRAININGS)
    return opened


def rows(database, name: str) -> dict[str, list]:
    """What stands in every table with runs of a study, its parent left out: by run, without OWN."""
    found = {}
    tables = [row["name"] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        if "run_uuid" not in [column["name"] for column in database.execute(f"PRAGMA table_info({table})")]:
            continue
        of_study = database.execute(
            f"SELECT run.name AS of_run, {table}.* FROM {table} JOIN runs AS run USING (run_uuid)"
            " JOIN experiments AS study ON study.experiment_id = run.experiment_id"
            " WHERE study.name = ? AND run.name != ?",
            (name, name),
        )
        lines = [{key: row[key] for key in row.keys() if key not in OWN} for row in of_study]  # noqa: SIM118
        told = [line for line in lines if line.get("key") not in ("study", "mlflow.parentRunId")]
        found[table] = sorted(map(str, told))
    return found


def test_every_row_is_that_of_the_client(store):
    for name, at_once in (("together", True), ("one by one", False)):
        logged(name, at_once)
    with closing(sqlite3.connect(store / "mlflow.db")) as database:
        database.row_factory = sqlite3.Row
        together, one_by_one = rows(database, "together"), rows(database, "one by one")
    assert together == one_by_one
    assert len(together["runs"]) == len(TRAININGS)
    assert all(together[table] for table in ("tags", "params", "metrics", "latest_metrics"))


def test_tables_of_another_version_are_left_to_the_client(store):
    """A test that fails here says that MLflow's tables have changed: does `tables.write` still fit them?"""
    opened = logged("together", at_once=True)
    assert opened._database is not None
    with closing(sqlite3.connect(store / "mlflow.db")) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [(tables.SCHEMA,)]
    assert not tables.fits(SimpleNamespace(engine=create_engine(other_version(store))))


def other_version(folder) -> str:
    with closing(sqlite3.connect(folder / "other.db")) as database:
        database.execute("CREATE TABLE alembic_version (version_num)")
        database.execute("INSERT INTO alembic_version VALUES ('another')")
        database.commit()
    return f"sqlite:///{folder / 'other.db'}"


def test_artifacts_of_a_run_lie_where_mlflow_puts_them(store):
    for name, at_once in (("together", True), ("one by one", False)):
        logged(name, at_once)
        root = client().get_experiment_by_name(name).artifact_location
        for run in runs("tags.role != 'study'", name):
            assert run.info.artifact_uri == f"{root}/{run.info.run_id}/artifacts"


def test_nothing_is_written_twice(store):
    opened = logged("together", at_once=True)
    opened.log_trainings([*TRAININGS, *TRAININGS])
    again = Runs(STUDY, "together")
    again.open()
    again.log_trainings(TRAININGS)
    assert len(runs("tags.role != 'study'", "together")) == len(TRAININGS)


def test_what_this_session_logged_of_a_failed_training_stays(store):
    """A store that is opened again, after an error, is not that of another session, which tries it again."""
    opened = logged("together", at_once=True)
    before = {run.info.run_id for run in runs("tags.role != 'study'", "together")}
    opened.open()
    opened.log_trainings(TRAININGS)
    assert {run.info.run_id for run in runs("tags.role != 'study'", "together")} == before
    Runs(STUDY, "together").open()
    assert len(runs("tags.role != 'study'", "together")) == len(TRAININGS) - 1


def test_all_or_nothing(store, monkeypatch):
    """One that the database refuses, as another has its id, leaves no run of the others behind."""
    opened = Runs(STUDY, "together")
    opened.open()
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=7))
    with pytest.raises(MlflowException, match=r"UNIQUE constraint failed: runs\.run_uuid"):
        opened.log_trainings(TRAININGS)
    assert runs("tags.role != 'study'", "together") == []


def test_an_experiment_that_is_deleted_is_not_written_to(store):
    opened = Runs(STUDY, "together")
    opened.open()
    client().delete_experiment(client().get_experiment_by_name("together").experiment_id)
    with pytest.raises(ValueError, match="the experiment together is deleted"):
        opened.log_trainings(TRAININGS)
