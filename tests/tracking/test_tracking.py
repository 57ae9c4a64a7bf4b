"""Tracking against a real sqlite store: what is written is read back through MLflow's client."""

import math
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from suite import Config, LogUniform, Study
from suite.tasks import TASKS
from suite.tracking import Tracker, check_store, tracking_uri, ui_command
from suite.training.result import Result

ROOT = Path(__file__).parents[2]
STUDY = Study(
    question="Does Adam beat SGD on digits?",
    fixed=Config(dataset="digits", epochs=3),
    scientific={"optimizer": ("sgd", "adam")},
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
    budget=2,
    replicates=2,
)


def training(seed=0, status="completed", losses=(0.9, 0.5, 0.25), test=None):
    """A result whose curves are all `losses`, an evaluation after every 10 gradient steps."""
    losses = np.asarray(losses, float)
    finite = np.flatnonzero(np.isfinite(losses))
    return Result(
        config=STUDY.fixed.replace(optimizer="adam", learning_rate=0.01, seed=seed),
        status=status,
        curves={name: losses for name in TASKS["classification"].curves},
        steps=10 * np.arange(1, len(losses) + 1),
        best=int(finite[-1]) if len(finite) else None,
        test=test or {},
        seconds=3.0,
        program={"engine": "compiled", "xla": True, "lanes": 4},
    )


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """An empty database made by MLflow, which takes it seconds."""
    folder = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUITE_HOME", str(folder))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        ui_command(5000)
    return folder / "mlflow.db"


@pytest.fixture(autouse=True)
def no_store(tmp_path, monkeypatch):
    """A place for a store where nothing is yet."""
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "a home"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "a home"


@pytest.fixture
def store(no_store, template):
    no_store.mkdir()
    with (
        closing(sqlite3.connect(template)) as source,
        closing(sqlite3.connect(no_store / "mlflow.db")) as copy,
    ):
        source.backup(copy)
    return no_store


def client():
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri())


def runs(query="", name="optimizers"):
    found = client().get_experiment_by_name(name)
    found = client().search_runs([found.experiment_id], query)
    return sorted(found, key=lambda run: (run.info.run_name, run.data.tags.get("seed")))


def children():
    return runs("tags.role != 'study'")


def parent():
    (run,) = runs("tags.role = 'study'")
    return run


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
        name: str(value) for name, value in training(seed=1).config.model_dump().items()
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
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log("trial", "adam", 0, training(seed=1))
    with Tracker(
        STUDY.model_copy(update={"budget": 3, "question": "Asked in other words?"}), "optimizers"
    ) as tracker:
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


@pytest.mark.parametrize(("ended_by", "status"), [(KeyboardInterrupt, "KILLED"), (RuntimeError, "FAILED")])
def test_an_interrupted_study_keeps_what_was_logged_and_says_how_it_ended(store, ended_by, status):
    def session():
        with Tracker(STUDY, "optimizers") as tracker:
            tracker.log("trial", "adam", 0, training())
            raise ended_by

    with pytest.raises(ended_by):
        session()
    assert parent().info.status == status
    assert len(children()) == 1
    with Tracker(STUDY, "optimizers"):
        pass
    assert parent().info.status == "FINISHED"


def test_finish_puts_the_report_the_answer_and_the_summary_on_the_parent(store, tmp_path):
    report = tmp_path / "report"
    report.mkdir()
    (report / "index.html").write_text("<h1>Adam</h1>")
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.finish(
            report, {"adam/iqm": 0.25, "lr=(1, 2)/iqm": 0.5, "sgd/iqm": math.nan}, "Adam beats SGD."
        )
    run = parent()
    assert run.data.metrics == {"adam/iqm": 0.25, "lr__1_ 2_/iqm": 0.5}
    assert run.data.tags["answer"] == "Adam beats SGD."
    assert run.data.tags["mlflow.note.content"] == f"**{STUDY.question}**\n\nAdam beats SGD."
    assert [file.path for file in client().list_artifacts(run.info.run_id, "report")] == ["report/index.html"]


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


def test_a_saved_model_is_logged_and_predicts_as_mlflow_model(store, tmp_path):
    import mlflow
    import tensorflow as tf

    class Doubled(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.uint8)])
        def __call__(self, x):
            return 2.0 * tf.cast(x, tf.float32)

    tf.saved_model.save(Doubled(), str(tmp_path / "exported"))
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log_model(
            tmp_path / "exported",
            "best",
            inputs={"inputs": ("uint8", (2,))},
            output=("float32", (2,)),
            metrics={"test_accuracy": 0.9},
        )
    (output,) = client().get_run(parent().info.run_id).outputs.model_outputs
    model = client().get_logged_model(output.model_id)
    assert model.name == "best"
    assert str(model.status) == "READY"
    assert [(metric.key, metric.value) for metric in model.metrics] == [("test_accuracy", 0.9)]
    folder = model.artifact_location.removeprefix("file://").replace("%20", " ")
    loaded = mlflow.pyfunc.load_model(folder)
    np.testing.assert_array_equal(loaded.predict(np.uint8([[1, 2], [3, 4]])), [[2, 4], [6, 8]])
    with pytest.raises(mlflow.MlflowException, match="shape"):
        loaded.predict(np.uint8([[1, 2, 3]]))


def test_three_processes_create_the_store_and_one_parent_together(no_store):
    code = (
        "from suite import Study, Uniform\n"
        "from suite.tracking import Tracker\n"
        "with Tracker(Study(question='?', nuisance={'dropout': Uniform(0, 0.5)}), 'optimizers'):\n"
        "    pass\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    started = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    errors = [process.communicate(timeout=240)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], errors
    assert errors == ["", "", ""]  # nor any chatter
    assert parent().info.status == "FINISHED"
    with closing(sqlite3.connect(no_store / "mlflow.db")) as database:
        assert database.execute("pragma journal_mode").fetchone() == ("wal",)


def test_an_error_of_the_tracker_waits_for_the_end_and_is_said_once(store):
    tracker = Tracker(STUDY, "optimizers")
    tracker.__enter__()
    tracker.log_dataset("x" * 1000, "ab", "a name that MLflow refuses", {})
    tracker.log("trial", "adam", 0, training())
    with pytest.raises(OSError, match=r"results are kept\. .*maximum length of 500"):
        tracker.__exit__(None, None, None)
    assert parent().info.status == "FAILED"


def test_what_is_to_be_kept_must_be_there(store, tmp_path):
    with Tracker(STUDY, "optimizers") as tracker:
        with pytest.raises(ValueError, match="`folder` must be the folder of a report"):
            tracker.finish(tmp_path / "missing", {}, "answer")
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
    with pytest.raises(ValueError, match="open that address"):
        ui_command(5123)


def test_importing_the_package_imports_neither_mlflow_nor_tensorflow():
    code = "import sys, suite.tracking; print([m for m in ('mlflow', 'tensorflow', 'pandas') if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert printed.stdout.strip() == "[]", printed.stderr
