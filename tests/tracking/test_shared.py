"""Stores that machines share: a real PostgreSQL, two first starts at once, logins, and a restart."""

import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

import optuna
import pytest
from postgresql import PASSWORD, postgres  # noqa: F401
from test_failures import is_whole, logged, session
from tracked import STUDY, client, parent, runs, training

from suite.running import archive, results
from suite.running.archive import Archive
from suite.running.search import Search
from suite.tracking import address, check_store, later, shared
from suite.tracking.runs import Runs, Training

pytestmark = pytest.mark.usefixtures("no_store")

START = """
from suite.running import archive
from suite.tracking import check_store
archive._opened()
check_store()
"""


@pytest.fixture(scope="module")
def databases(postgres, tmp_path_factory):  # noqa: F811
    """Addresses of a store of runs and one of trials, which two processes of other homes made at once."""
    postgres.ask("runs", "SELECT 1"), postgres.ask("trials", "SELECT 1")
    found = postgres.address("runs"), postgres.address("trials")
    environment = os.environ | dict(zip((address.TRACKING, address.TRIALS), found, strict=True))
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", START], stderr=subprocess.PIPE, text=True,
            env=environment | {"SUITE_HOME": str(tmp_path_factory.mktemp("home"))},
        )
        for _ in range(2)
    ]  # fmt: skip
    for start in starts:
        _, errors = start.communicate(timeout=120)
        assert start.returncode == 0, errors
    return found


@pytest.fixture
def here(databases, monkeypatch, tmp_path):
    monkeypatch.setenv(address.TRACKING, databases[0])
    monkeypatch.setenv(address.TRIALS, databases[1])
    monkeypatch.setenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", (tmp_path / "artifacts").as_uri())
    return tmp_path


def waits(is_so) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    pytest.fail("it was not so within half a minute")


def recorded() -> list[float | None]:
    storage = address.trials_uri()
    return [
        trial.value for trial in optuna.load_study(study_name=f"{STUDY.key}/adam", storage=storage).trials
    ]


def test_trainings_that_are_logged_together_are_whole_in_a_shared_database(here):
    """All rows are in one transaction; the client reads back what each training said."""
    opened = Runs(STUDY, "together")
    opened.open()
    assert opened._database is not None
    trainings = [Training("trial", "adam", number, training(seed=number), 1e9) for number in range(250)]
    opened.log_trainings(trainings)
    found = runs("tags.role = 'trial'", "together")
    assert sorted(int(run.data.tags["number"]) for run in found) == [*range(250)]
    assert {run.info.status for run in found} == {"FINISHED"}
    for run in found[::50]:
        points = client().get_metric_history(run.info.run_id, "val_loss")
        assert [(point.step, point.value) for point in points] == [(1, 0.9), (2, 0.5), (3, 0.25)]
        assert run.data.metrics["val_loss"] == 0.25


def test_runs_are_in_a_shared_database_and_artifacts_where_mlflow_is_told(here, report):
    check_store()
    assert session(report, "shared").failure is None
    is_whole("shared")
    assert parent("shared").info.artifact_uri.startswith((here / "artifacts").as_uri())
    assert [each.path for each in client().list_artifacts(parent("shared").info.run_id)] == ["report"]
    assert not (here / "a home" / "mlflow.db").exists()
    assert PASSWORD not in results.tracked_in() and "%2F" not in results.tracked_in()


@pytest.mark.fault("a PostgreSQL that is restarted, with the runs and the trials of a study in it")
def test_a_database_that_is_restarted_loses_nothing(here, postgres, report, monkeypatch):  # noqa: F811
    monkeypatch.setattr(later, "RETRY", 0.5)
    (adam,) = [case for case in STUDY.cases if case.label == "adam"]
    config = adam.config.replace(**Search(STUDY, adam).propose({})[0][1])
    finished = {number: training(seed=number, config=config) for number in (0, 1)}
    with Archive(STUDY) as trials:

        def restarts(tracker):
            trials.record(adam, {0: finished[0]})
            logged("restarted", 1)
            waits(lambda: trials._later.done)
            postgres.stop()
            tracker.log("trial", "adam", 1, training(seed=2))
            trials.record(adam, finished)
            waits(lambda: tracker._later.error and trials._later.error)
            postgres.start()

        assert session(report, "restarted", restarts).failure is None
    assert trials.failure is None
    is_whole("restarted")
    assert recorded() == [0.25, 0.25]


@pytest.mark.parametrize("wrong", ["password", "name of a database"])
def test_what_a_database_refuses_is_said_at_once_without_the_login(here, postgres, wrong, monkeypatch):  # noqa: F811
    uri = postgres.address("runs", "wr/ong") if wrong == "password" else postgres.address("none")
    for check, variable, named in (
        (check_store, address.TRACKING, "the tracking store"),
        (archive.check, address.TRIALS, address.TRIALS),
    ):
        for other in (address.TRACKING, address.TRIALS):
            monkeypatch.delenv(other, raising=False)
        monkeypatch.setenv(variable, uri)
        with pytest.raises((OSError, ValueError), match=rf"{named} must be.*\*\*\*@127.*: .*fail") as caught:
            check()
        text = "".join(traceback.format_exception(caught.value))
        assert str(caught.value).count("\n") == 0
        for secret in (PASSWORD, "s3cr", "wr/ong", "wr%2Fong"):
            assert secret not in text


def test_a_lock_is_held_across_connections(here, monkeypatch):
    monkeypatch.setattr(shared, "PATIENCE", 0.2)
    uri = address.trials_uri()
    with shared.locked(uri, "one"), shared.locked(uri, "other"), pytest.raises(OSError, match="not had"):
        shared.locked(uri, "one").__enter__()
    with shared.locked(uri, "one"):
        pass


@pytest.mark.parametrize("uri", ["sqlite:////somewhere/shared.db", "trials.log", "https://ada:s3cr@here"])
def test_trials_are_shared_by_a_database_of_a_server_only(uri, monkeypatch):
    monkeypatch.setenv(address.TRIALS, uri)
    with pytest.raises(ValueError, match=r"SUITE_OPTUNA_STORAGE expects.*postgresql://") as caught:
        archive.check()
    assert "s3cr" not in str(caught.value)


def test_a_driver_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(address, "reach", lambda uri: None)
    monkeypatch.setenv(address.TRIALS, "postgresql+pg8000://here/trials")
    with pytest.raises(ValueError, match=r"No module named 'pg8000'.*pip install '\.\[postgres\]'"):
        archive.check()


def test_runs_and_trials_do_not_share_a_database(monkeypatch):
    for variable in (address.TRACKING, address.TRIALS):
        monkeypatch.setenv(variable, "postgresql://ada:s3cr@here/all")
    with pytest.raises(
        ValueError, match=r"another database than MLFLOW_TRACKING_URI.*\*\*\*@here/all for both"
    ):
        archive.check()
