"""The local store survives kills at any moment of its first start, four first starts at once, and a move."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from tracked import STUDY, children, client, findings, free_port, parent, runs, training

from suite.tracking import Tracker, check_store, ui_command

pytestmark = pytest.mark.usefixtures("no_store")

ROOT = Path(__file__).parents[2]

OURS = "from suite.tracking import store\nwith store.lock():\n    store.client()\n"
"""Makes the database as a study does."""

MLFLOWS = "from mlflow import MlflowClient\nMlflowClient('sqlite:///{}').search_experiments()\n"
"""Makes it as MLflow does by itself, in place."""


LATER = """
import os, pathlib, tracked
from suite.tracking import Tracker
with Tracker(tracked.STUDY, "optimizers") as tracker:
    tracker.log("replicate", "adam", 1, tracked.training(seed=1))
    tracker.finish(pathlib.Path(os.environ["SUITE_HOME"], "reports", "optimizers"), tracked.findings())
assert tracker.failure is None, tracker.failure
"""
"""A later session of the study, in a process of its own."""


def started(code: str) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE, text=True)


def kill_while_making(code: str, made: Path, moment: float) -> None:
    """Runs `code` and kills it so many seconds after the file `made` appeared."""
    process = started(code)
    while not made.exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)


def works() -> None:
    """A study can be tracked, and the database is sound."""
    check_store()
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log("trial", "adam", 0, training())
    assert tracker.failure is None
    assert [run.info.run_name for run in children()] == ["adam trial 00"]
    with closing(sqlite3.connect(Path(os.environ["SUITE_HOME"]) / "mlflow.db")) as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)


@pytest.mark.slow
@pytest.mark.fault("signal 9 while the tracking database is made")
@pytest.mark.parametrize("moment", [0.0, *(random.Random().uniform(0.1, 3) for _ in range(2))], ids=range(3))
def test_a_kill_while_the_database_is_made_costs_nothing(no_store, moment):
    kill_while_making(OURS, no_store / ".mlflow.db.new", moment)
    works()
    assert not list(no_store.glob(".mlflow.db.new*"))


@pytest.mark.fault("a tracking database that MLflow left half made")
@pytest.mark.parametrize("moment", [0.0, 0.4])
def test_a_database_that_was_left_half_made_is_moved_aside(no_store, moment, caplog):
    no_store.mkdir()
    kill_while_making(MLFLOWS.format(no_store / "mlflow.db"), no_store / "mlflow.db", moment)
    works()
    assert "mlflow.db was never finished and holds nothing: it is now mlflow.db.half-made" in caplog.text
    assert (no_store / "mlflow.db.half-made").exists()


def test_a_database_with_runs_is_never_moved_aside(store):
    works()
    with closing(sqlite3.connect(store / "mlflow.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '451aebb31d03'")
    before = (store / "mlflow.db").stat().st_ino
    done = ui()
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "mlflow db upgrade" in done.stderr
    assert (store / "mlflow.db").stat().st_ino == before
    with closing(sqlite3.connect(store / "mlflow.db")) as database, database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (2,)


def ui() -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [
        sys.executable,
        "-c",
        "from suite.cli.app import main; main()",
        "ui",
        "--port",
        str(free_port()),
    ]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.fault("a tracking database of garbage")
def test_the_ui_says_in_one_line_what_is_broken(no_store):
    no_store.mkdir()
    (no_store / "mlflow.db").write_text("this is no database" * 1000)
    done = ui()
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "error: the tracking store must be writable. Received: sqlite:" in done.stderr
    assert "file is not a database" in done.stderr


@pytest.mark.slow
@pytest.mark.fault("four first starts at once", tries=4)
def test_four_first_starts_at_once(no_store):
    code = (
        "from suite import Study, Uniform\n"
        "from suite.tracking import Tracker\n"
        "with Tracker(Study(question='?', nuisance={'dropout': Uniform(0, 0.5)}), 'optimizers') as tracker:\n"
        "    pass\n"
        "assert tracker.failure is None, tracker.failure\n"
    )
    processes = [started(code) for _ in range(4)]
    errors = [process.communicate(timeout=240)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors
    assert errors == [""] * 4  # nor any chatter
    assert parent().info.status == "FINISHED"
    with closing(sqlite3.connect(no_store / "mlflow.db")) as database:
        assert database.execute("pragma journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("name", ["100% (a)", "a?b#c", "매출 x", "a%20b"])
def test_a_home_of_any_name(no_store, template, name, monkeypatch):
    home = no_store.parent / name
    home.mkdir()
    with closing(sqlite3.connect(template)) as whole, closing(sqlite3.connect(home / "mlflow.db")) as copy:
        whole.backup(copy)
    monkeypatch.setenv("SUITE_HOME", str(home))
    works()
    with closing(sqlite3.connect(home / "mlflow.db")) as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (2,)
    assert client().get_run(children()[0].info.run_id).info.artifact_uri.startswith(home.as_uri())


@pytest.fixture
def answered(store, tmp_path):
    """A home that holds a study with a report and a model."""
    import tensorflow as tf

    class Doubled(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
        def __call__(self, x):
            return 2.0 * x

    report = store / "reports" / "optimizers"
    report.mkdir(parents=True)
    (report / "index.html").write_text("<h1>Adam</h1>")
    tf.saved_model.save(Doubled(), str(store / "exports" / "optimizers"))
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log("replicate", "adam", 0, training())
        tracker.finish(report, findings())
        tracker.log_model(
            store / "exports" / "optimizers", "optimizers", inputs={"inputs": ("float32", (2,))},
            output=("float32", (2,)), metrics={},
        )  # fmt: skip
    assert tracker.failure is None
    return store


@pytest.mark.fault("a home that was moved or copied")
@pytest.mark.parametrize("by", [shutil.move, shutil.copytree], ids=["move", "copy"])
def test_a_moved_home_keeps_its_artifacts_and_puts_new_ones_to_the_new_place(
    answered, by, tmp_path, monkeypatch, caplog
):
    import mlflow
    import numpy as np

    home = tmp_path / "another place, 100%" / "mlruns"
    home.parent.mkdir()
    by(answered, home)
    monkeypatch.setenv("SUITE_HOME", str(home))
    command = ui_command(free_port())  # mends, as the start of a study does
    assert command[command.index("--default-artifact-root") + 1] == (home / "artifacts").as_uri()
    assert "was moved or copied" in caplog.text
    if by is shutil.copytree:
        shutil.rmtree(answered / "artifacts")  # nothing is read from there
    run = parent()
    (report,) = client().list_artifacts(run.info.run_id, "report")
    shown = client().download_artifacts(run.info.run_id, report.path, str(tmp_path))
    assert Path(shown).read_text() == "<h1>Adam</h1>"
    (output,) = run.outputs.model_outputs
    model = client().get_logged_model(output.model_id)
    mlflow.set_tracking_uri(f"sqlite:///{home}/mlflow.db")
    loaded = mlflow.pyfunc.load_model(model.model_uri)
    np.testing.assert_array_equal(loaded.predict(np.float32([[1, 2]])), [[2, 4]])
    later = started(LATER)  # MLflow remembers where a run's artifacts were as long as a process lives
    assert later.communicate(timeout=120)[1] == ""  # it was mended once
    assert {run.info.run_name for run in children()} == {"adam replicate 00", "adam replicate 01"}
    assert {run.info.artifact_uri.startswith((home / "artifacts").as_uri() + "/") for run in runs()} == {True}
    if by is shutil.move:
        assert not answered.exists()


def test_artifacts_that_are_not_ours_stay_where_they_are(answered, tmp_path, monkeypatch):
    elsewhere = (tmp_path / "theirs" / "artifacts").as_uri()
    theirs = client().create_experiment("theirs", elsewhere)
    client().create_run(theirs)
    home = tmp_path / "moved"
    shutil.move(answered, home)
    monkeypatch.setenv("SUITE_HOME", str(home))
    ui_command(free_port())
    assert client().get_experiment(theirs).artifact_location == elsewhere
    (run,) = runs(name="theirs")
    assert run.info.artifact_uri.startswith(elsewhere)
