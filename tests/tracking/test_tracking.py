"""Tracking against a real sqlite store: what is written is read back through MLflow's client."""

import json
import math
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tracked import STUDY, children, client, findings, parent, runs, training

from suite.analysis.records import Checked
from suite.paths import home
from suite.tasks import TASKS
from suite.tracking import Tracker, check_store, ui_command

pytestmark = pytest.mark.usefixtures("no_store")

ROOT = Path(__file__).parents[2]


def test_a_study_is_a_parent_with_a_child_for_each_training(store):
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log("trial", "adam", 7, training(seed=1))
        tracker.log("replicate", "adam", 0, training(seed=2, test={"test_loss": 0.3, "test_accuracy": 0.9}))
    replicate, trial = children()
    run = parent()
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "optimizers"
    assert run.data.tags["question"] == STUDY.question
    assert run.data.tags["study_key"] == STUDY.key
    assert run.data.params["dataset"] == "digits"
    assert run.data.params["optimizer"] == "sgd, adam"
    assert (
        run.data.params["space/adam"] == "learning_rate=LogUniform(0.0001, 0.01), beta_2=NearOne(0.9, 0.9999)"
    )
    assert {run.data.tags[name] for name in ("budget", "replicates")} == {"2"}
    assert {
        "tensorflow",
        "keras",
        "optuna",
        "mlflow",
        "numpy",
        "python",
        "cpus",
        "memory_gib",
    } <= run.data.tags.keys()
    for child, name in ((trial, "adam trial 07"), (replicate, "adam replicate 00")):
        assert child.info.run_name == name
        assert child.info.status == "FINISHED"
        assert child.data.tags["mlflow.parentRunId"] == run.info.run_id
        assert child.info.end_time - child.info.start_time == 3000
    expected = {"role": "trial", "level": "adam", "number": "7", "seed": "1", "status": "completed"}
    assert {**expected, "diverged": "false"}.items() <= trial.data.tags.items()
    assert {"engine": "compiled", "xla": "True", "lanes": "4"}.items() <= trial.data.tags.items()
    assert trial.data.params == {
        name: str(value)
        for name, value in training(seed=1).config.model_dump().items()
        if value is not None  # left to Keras, the builder or the data
    }
    assert trial.data.metrics == {
        **dict.fromkeys(TASKS["classification"].curves, 0.25),
        "objective": 0.25,
        "seconds": 3.0,
    }
    assert replicate.data.metrics["test_accuracy"] == 0.9
    assert Path(trial.info.artifact_uri.removeprefix("file://").replace("%20", " ")).is_relative_to(store)


def test_curves_have_a_point_for_each_evaluation_spread_over_the_training(store):
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log("trial", "adam", 0, training())
    (child,) = children()
    points = client().get_metric_history(child.info.run_id, "val_loss")
    assert [(point.step, point.value) for point in points] == [(1, 0.9), (2, 0.5), (3, 0.25)]
    assert [point.timestamp - child.info.start_time for point in points] == [1000, 2000, 3000]


def test_what_is_not_finite_is_left_out_and_flagged(store):
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log("trial", "adam", 0, training(status="diverged", losses=(0.9, math.inf, math.nan)))
        tracker.log("trial", "adam", 1, training(status="diverged", losses=(math.nan,)))
    first, second = children()
    assert first.data.tags["diverged"] == second.data.tags["diverged"] == "true"
    assert first.data.metrics["val_loss"] == 0.9
    assert "objective" not in first.data.metrics
    assert second.data.metrics == {"seconds": 3.0}
    with closing(sqlite3.connect(store / "mlflow.db")) as database:
        assert database.execute("select count(*) from metrics where is_nan or value > 1e300").fetchone() == (
            0,
        )


def test_a_later_session_goes_on_with_the_parent_and_logs_only_what_is_new(store):
    first = STUDY.replace(pruner=None)  # so that no trial depends on the budget
    with Tracker(first, "optimizers") as tracker:
        tracker.log("trial", "adam", 0, training(seed=1))
    second = first.model_copy(update={"budget": 3, "question": "Asked in other words?"})
    with Tracker(second, "optimizers") as tracker:
        tracker.log("trial", "adam", 0, training(seed=1))
        tracker.log("trial", "adam", 1, training(seed=2))
        tracker.log("trial", "adam", 1, training(seed=2))
        tracker.log("trial", "sgd", 1, training(seed=2))
    assert [run.info.run_name for run in children()] == ["adam trial 00", "adam trial 01", "sgd trial 01"]
    assert parent().data.tags["budget"] == "3"
    assert parent().data.tags["question"] == "Asked in other words?"


def test_another_winner_has_other_replicates(store):
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log("replicate", "adam", 0, training(seed=1))
        tracker.log("replicate", "adam", 0, training(seed=5))
    assert [run.data.tags["seed"] for run in children()] == ["1", "5"]


def test_another_study_of_the_same_name_has_its_own_parent(store):
    for study in (STUDY, STUDY.replace(epochs=4)):
        with Tracker(study, "optimizers"):
            pass
    assert {run.data.params["epochs"] for run in runs("tags.role = 'study'")} == {"3", "4"}


def test_a_half_logged_training_of_a_killed_session_is_logged_again():
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log("trial", "adam", 0, training())
    (half,) = children()
    client().update_run(half.info.run_id, status="RUNNING")  # as SIGKILL leaves it
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log("trial", "adam", 0, training())
    (whole,) = children()
    assert whole.info.run_id != half.info.run_id
    assert whole.info.status == "FINISHED"


def wait_for_a_child():
    """An interruption gives up what is not logged yet; the next start logs it."""
    for _ in range(300):
        with suppress(AttributeError):  # the experiment is not there yet
            if (home() / "mlflow.db").exists() and children():
                return
        time.sleep(0.1)


@pytest.mark.parametrize(("ended_by", "status"), [(KeyboardInterrupt, "KILLED"), (RuntimeError, "FAILED")])
def test_an_interrupted_study_keeps_what_was_logged_and_says_how_it_ended(store, ended_by, status):
    def session():
        with Tracker(STUDY, "optimizers") as tracker:
            tracker.log("trial", "adam", 0, training())
            wait_for_a_child()
            raise ended_by

    with pytest.raises(ended_by):
        session()
    assert parent().info.status == status
    assert len(children()) == 1
    with Tracker(STUDY, "optimizers"):
        pass
    assert parent().info.status == "FINISHED"


def test_finish_puts_the_report_the_answer_and_the_summary_on_the_parent(store, report):
    said = Checked("Adam wins", "Kingma & Ba 2015", "less", "0.25", "survives")
    found = findings(
        [({"optimizer": "adam"}, 0.25), ({"optimizer": "sgd"}, math.inf), ({}, 0.1)],
        predictions=(said,),
        summary={"diagnoses": {"adam": {"verdict": "underfitting"}}},
    )
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log("replicate", "adam", 1, training(seed=2))
        tracker.log("replicate", "adam", 0, training(seed=1))
        tracker.log("replicate", "sgd", 0, training(seed=1, config=STUDY.fixed))
        tracker.finish(report, found)
    run = parent()
    assert run.data.metrics == {"test_loss/adam": 0.25}
    assert run.data.tags["test_loss/adam"] == "0.250 [0.240, 0.260]"
    assert run.data.tags["test_loss/sgd"] == "∞ [∞, ∞]"
    assert run.data.tags["diagnosis/adam"] == "underfitting"
    assert run.data.tags["answer"] == "Adam beats SGD."
    assert (
        run.data.tags["mlflow.note.content"]
        == f"**{STUDY.question}**\n\nAdam beats SGD.\n\n- Adam wins (Kingma & Ba 2015): survives"
    )
    best = [client().get_run(run_id).info.run_name for run_id in json.loads(run.data.tags["winner_runs"])]
    assert best == ["adam replicate 00", "adam replicate 01"]
    files = [file.path for file in client().list_artifacts(run.info.run_id, "report")]
    assert files == ["report/index.html", "report/saved_model.pb"]


def test_data_sets_of_other_sizes_are_other_inputs(store):
    for sizes in ({"train": 1000, "test": 100}, {"train": 500, "test": 100}):
        with Tracker(STUDY.replace(train_size=sizes["train"]), "optimizers") as tracker:
            tracker.log_dataset("digits", "ab" * 32, "scikit-learn", sizes)
    inputs = [run.inputs.dataset_inputs for run in runs("tags.role = 'study'")]
    assert [len(each) for each in inputs] == [1, 1]
    assert {each[0].dataset.name for each in inputs} == {"digits"}
    assert sorted(each[0].dataset.profile.split(",")[0] for each in inputs) == [
        '{"num_rows": 1100',
        '{"num_rows": 600',
    ]


def test_what_the_store_refuses_is_said_at_the_end_and_holds_up_nothing_else(store):
    with closing(sqlite3.connect(store / "mlflow.db")) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON inputs BEGIN SELECT RAISE(ABORT, 'it is full'); END"
        )
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log_dataset("digits", "ab", "scikit-learn", {"train": 3})
        tracker.log("trial", "adam", 0, training())
    assert re.fullmatch(
        r"tracking in sqlite:\S.* failed in part: .*it is full; 1 data set not logged, the results are"
        r" kept in .*a home\. To do: .* run the same command again: it logs what is missing\.",
        tracker.failure,
    )
    assert parent().info.status == "FAILED"
    assert len(children()) == 1
    with closing(sqlite3.connect(store / "mlflow.db")) as database:
        database.execute("DROP TRIGGER full")
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log_dataset("digits", "ab", "scikit-learn", {"train": 3})
    assert tracker.failure is None
    assert parent().info.status == "FINISHED"
    assert len(parent().inputs.dataset_inputs) == 1


def test_what_is_to_be_kept_must_be_there(store, tmp_path):
    with Tracker(STUDY, "optimizers") as tracker:
        with pytest.raises(ValueError, match="`folder` must be the folder of a report"):
            tracker.finish(tmp_path / "missing", findings())
        with pytest.raises(ValueError, match="`folder` must hold a SavedModel"):
            tracker.log_model(
                tmp_path, "best", inputs={"inputs": ("uint8", (2,))}, output=("float32", (2,)), metrics={}
            )
    assert parent().info.status == "FINISHED"


def test_check_store_accepts_a_new_place_and_one_in_use(no_store):
    check_store()
    assert no_store.is_dir()
    with Tracker(STUDY, "optimizers"):
        check_store()
    check_store()


def test_check_store_refuses_what_cannot_be_written(no_store, monkeypatch):
    no_store.mkdir()
    (no_store / "mlflow.db").write_text(
        "this is no database, but it is long enough to be taken for one" * 100
    )
    with pytest.raises(OSError, match=r"must be writable\. Received: sqlite:.*not a database"):
        check_store()
    (no_store / "file").write_text("")
    monkeypatch.setenv("SUITE_HOME", str(no_store / "file" / "below"))
    with pytest.raises(OSError, match=r"must be writable\. Received: sqlite:.*Not a directory"):
        check_store()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to a read-only folder")
def test_check_store_refuses_a_read_only_folder(no_store):
    no_store.mkdir(mode=0o500)
    with pytest.raises(OSError, match="Permission denied"):
        check_store()


def test_check_store_refuses_a_server_that_does_not_answer(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(OSError, match=r"must be writable\. Received: http://127.*refused"):
            check_store()


def test_check_store_refuses_a_server_that_is_not_mlflow(monkeypatch, tmp_path):
    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        do_POST = do_GET

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(OSError, match=r"must be writable\. Received: http://127.*404"):
            check_store()
        server.shutdown()


def test_ui_command_serves_the_local_store_only(store, monkeypatch):
    command = ui_command(5123)
    assert command[:4] == [sys.executable, "-m", "mlflow", "server"]
    assert command[command.index("--backend-store-uri") + 1] == f"sqlite:///{store}/mlflow.db"
    assert command[command.index("--allowed-hosts") + 1] == "127.0.0.1:5123,localhost:5123"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracking.example")
    assert ui_command(5123) is None
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "databricks")
    with pytest.raises(ValueError, match="pages of its own"):
        ui_command(5123)


def test_importing_the_package_imports_neither_mlflow_nor_tensorflow():
    heavy = ("mlflow", "tensorflow", "pandas")
    code = f"import sys, suite.tracking; print([m for m in {heavy} if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert printed.stdout.strip() == "[]", printed.stderr
