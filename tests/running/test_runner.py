"""A whole study through the real command: workers, Optuna, MLflow, diagnosis, report and export; and started
again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import optuna
import pandas as pd
import pytest
from commands import check_stores, name_in, results, suite, trainings
from mlflow import MlflowClient

STUDY = '''"""How large a batch for a network of two units on iris?"""
from suite import Config, LogUniform, Study
STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="iris", width=2, depth=1, epochs=10, batch_size=16),
    scientific={"batch_size": (8, 16)},
    nuisance={"learning_rate": LogUniform(1e-3, 0.3)},
    budget=50,
    replicates=6,
    protocol="single",
    pruner=None,
)
'''
FILE = "two_units.py"


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The folder of a small study that ran to its end; `mlruns` in it is its home."""
    folder = tmp_path_factory.mktemp("study")
    (folder / FILE).write_text(STUDY)
    code, output, errors = suite(folder, "study", FILE)
    assert (code, errors) == (0, "")  # and no word of TensorFlow's, which only the workers import
    (folder / "output.txt").write_text(output)
    return folder


@pytest.fixture(scope="module")
def summary(finished):
    return json.loads((finished / "mlruns/reports" / name_in(finished, FILE) / "summary.json").read_text())


def test_a_study_answers(finished, summary):
    assert set(summary) >= {"study", "question", "answer", "seconds", "trainings", "warnings", "levels"}
    assert (summary["study"], summary["trainings"], summary["question"]) == (
        name_in(finished, FILE),
        112,
        "How large a batch for a network of two units on iris?",
    )
    for value in summary["levels"]:
        assert set(value) >= {
            "level",
            "replicates",
            "metric",
            "iqm",
            "ci_low",
            "ci_high",
            "test_accuracy",
            "best_config",
        }
        assert value["replicates"] == 6
        assert value["ci_low"] <= value["iqm"] <= value["ci_high"]
        assert value["test_accuracy"] > 0.8
        assert "learning_rate" in value["best_config"]
    output = (finished / "output.txt").read_text()
    assert " ".join(summary["answer"].split()) in " ".join(output.split())


def test_the_protocol_is_kept(finished):
    table = trainings(finished, FILE)
    assert table.groupby(["level", "role"]).size().to_dict() == {
        (8, "replicate"): 6, (8, "trial"): 50, (16, "replicate"): 6, (16, "trial"): 50,
    }  # fmt: skip
    for _, rows in table.groupby("level"):
        trials, replicates = rows[rows.role == "trial"], rows[rows.role == "replicate"]
        assert not set(trials.seed) & set(replicates.seed)
        assert replicates.seed.is_unique
        best = trials.loc[trials.objective.idxmin()]
        assert set(replicates.learning_rate) == {best.learning_rate}
        assert trials.test_loss.isna().all()
        assert replicates.test_loss.notna().all()


@pytest.fixture(scope="module")
def runs(finished):
    """A client of the tracker, the study's own run, and those of its trainings."""
    client = MlflowClient(f"sqlite:///{finished}/mlruns/mlflow.db")
    experiment = client.get_experiment_by_name(name_in(finished, FILE))
    found = client.search_runs([experiment.experiment_id], max_results=200)
    (parent,) = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
    return client, parent, [run for run in found if run is not parent]


def test_mlflow_has_a_parent_and_a_child_a_training(runs):
    client, parent, children = runs
    assert len(children) == 112
    assert {run.info.status for run in (parent, *children)} == {"FINISHED"}
    assert {child.data.tags["mlflow.parentRunId"] for child in children} == {parent.info.run_id}
    history = client.get_metric_history(children[0].info.run_id, "val_loss")
    assert [point.step for point in history] == list(range(1, 11))
    assert {artifact.path for artifact in client.list_artifacts(parent.info.run_id, "report")} >= {
        "report/index.html"
    }
    assert parent.inputs.dataset_inputs[0].dataset.name == "iris"


def test_the_winner_is_exported_and_again_on_demand(finished):
    assert (finished / "mlruns/exports" / name_in(finished, FILE) / "saved_model.pb").exists()
    code, output, errors = suite(finished, "export", FILE, "--out", "model")
    assert code == 0, errors
    assert "agrees with the Keras model on" in output
    assert (finished / "model/model_card.md").exists()


def test_a_finished_study_is_not_trained_again(finished):
    files = {path: path.stat().st_mtime_ns for path in finished.glob("mlruns/studies/*/trainings/*.json")}
    before = trainings(finished, FILE)
    code, _, errors = suite(finished, "study", FILE, "--workers", "1")
    assert code == 0, errors
    assert files == {
        path: path.stat().st_mtime_ns for path in finished.glob("mlruns/studies/*/trainings/*.json")
    }
    pd.testing.assert_frame_equal(before, trainings(finished, FILE))


def test_trials_are_recorded_for_optuna(finished):
    check_stores(finished)
    storage = f"sqlite:///{finished}/mlruns/optuna.db"
    names = optuna.get_all_study_names(storage)
    assert sorted(name.split("/")[1] for name in names) == ["16", "8"]
    table = trainings(finished, FILE)
    for name in names:
        trials = optuna.load_study(study_name=name, storage=storage).trials
        rows = table[(table.level == int(name.split("/")[1])) & (table.role == "trial")]
        assert [trial.params["learning_rate"] for trial in trials] == rows.learning_rate.tolist()
        assert [trial.user_attrs["status"] for trial in trials] == rows.status.tolist()


def test_a_finished_study_says_at_once_what_it_knows(finished):
    """It imports nothing that takes seconds; and it says the same."""
    script = (
        "import sys\n"
        "from suite.cli.app import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    slow = {'keras', 'mlflow', 'optuna', 'pandas', 'scipy', 'sklearn', 'tensorflow'}\n"
        "    print(sorted(slow & set(sys.modules)), file=sys.stderr)\n"
    )
    arguments = [sys.executable, "-c", script, "study", FILE]
    environment = {**os.environ, "SUITE_HOME": "mlruns", "COLUMNS": "80"}  # of the same code
    done = subprocess.run(
        arguments, cwd=finished, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == "[]\n"
    said = (finished / "output.txt").read_text()
    answer = said[said.index("Among the 2 values of batch_size") : said.index("112 trainings")]
    assert answer in done.stdout


def test_experiments_decide(summary):
    found = summary["diagnosis"]
    told = " ".join(found["evidence"])
    for name in ("width 2 -> 32", "epochs 10 -> 40", "dropout 0 -> 0.3", "training examples", "logistic"):
        assert name in told
    assert "learning_rate" not in told  # the study has searched it
    assert told.count("(2 trainings, ") >= 5
    parts = found["parts"]
    whole = sum(parts[name][0] for name in ("reference", "optimisation", "avoidable_bias", "variance"))
    assert whole == pytest.approx(parts["val_loss"][0])
    assert found["level"] == summary["levels"][0]["level"]


def test_terminal_page_and_tracker_say_the_same(finished, summary, runs):
    output = (finished / "output.txt").read_text()
    words = summary["diagnosis"]["words"]
    assert words in " ".join(output.split())
    page = (finished / "mlruns/reports" / name_in(finished, FILE) / "index.html").read_text()
    assert "What limits the winner, by experiments" in page
    _, parent, _ = runs
    assert parent.data.tags["diagnosis"] == words


def test_the_next_step_is_known_without_another_diagnosis(finished):
    code, output, errors = suite(finished, "next", "--study", FILE)
    assert code == 0, errors
    assert "Predicted: " in output or "No step that the suite can do" in output
    assert "part of the validation loss" not in output  # of a diagnosis


@pytest.mark.slow
@pytest.mark.fault("a diagnosis that was interrupted")
def test_an_interrupted_diagnosis_goes_on_from_what_is_kept(finished):
    """As after a kill: one of the experiments is not kept, one is torn, and nothing is concluded."""
    (study,) = finished.glob("mlruns/studies/two_units-*/")
    (study / "findings.json").unlink()
    kept = sorted((study / "experiments").glob("*.json"))
    kept[0].unlink()
    kept[1].write_text(kept[1].read_text()[:99])
    before = {path: path.stat().st_mtime_ns for path in kept[2:]}
    code, output, errors = suite(finished, "study", FILE)
    assert code == 0, errors
    assert "diagnosis: " in output
    assert {path: path.stat().st_mtime_ns for path in kept[2:]} == before
    assert all(path.exists() for path in kept)
    assert json.loads(kept[1].read_text())


@pytest.mark.slow
@pytest.mark.fault("a tracker that does not answer, and a report and a database that were lost", tries=2)
def test_what_was_not_tracked_is_tracked_and_a_lost_report_written_by_the_next_start(finished, tmp_path):
    """Nothing is trained for it. A store that does not answer costs no answer, and is said beside it."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    moved = name_in(tmp_path, FILE)  # results go by the place of the file
    home = tmp_path / "mlruns"
    for kind in ("reports", "exports"):
        (home / kind / name_in(finished, FILE)).rename(home / kind / moved)
    (home / "reports" / f".{name_in(finished, FILE)}.sealed").rename(home / "reports" / f".{moved}.sealed")
    (folder,) = (home / "studies").glob("[!.]*")
    folder.rename(folder.with_name(folder.name.replace(name_in(finished, FILE), moved)))
    files = {path: path.stat().st_mtime_ns for path in results(tmp_path)}
    unreachable = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    code, output, errors = suite(tmp_path, "study", FILE, environment=unreachable)
    assert (code, errors) == (1, "")
    answer = json.loads((home / "reports" / moved / "summary.json").read_text())["answer"]
    words = " ".join(output.split())
    assert " ".join(answer.split()) in words
    assert "failed: tracking in http://127.0.0.1:9 failed" in words
    assert "The answer stands." in words
    (home / "mlflow.db").unlink()  # but not what sqlite keeps beside it
    shutil.rmtree(home / "reports" / moved)
    code, output, errors = suite(tmp_path, "study", FILE)
    assert (code, errors) == (0, ""), output
    tracked = MlflowClient(f"sqlite:///{home}/mlflow.db")
    experiment = tracked.get_experiment_by_name(moved)
    assert len(tracked.search_runs([experiment.experiment_id], max_results=200)) == 113
    assert files == {path: path.stat().st_mtime_ns for path in results(tmp_path)}
    pd.testing.assert_frame_equal(trainings(finished, FILE), trainings(tmp_path, FILE))
    assert (home / "exports" / moved / "saved_model.pb").exists()


NOTHING_TRAINS = '''"""Which width?"""
from suite import Config, LogUniform, Study
STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="iris", optimizer="sgd", epochs=2, batch_size=16),
    scientific={"width": (4, 8)},
    nuisance={"learning_rate": LogUniform(1e30, 1e35)},
    budget=2,
    replicates=2,
    protocol="single",
)
'''


def test_a_study_that_was_edited_and_trains_nothing_leaves_no_old_model(finished):
    """It counts the trainings that ran, and says what to do."""
    name = name_in(finished, FILE)
    assert (finished / "mlruns/exports" / name).exists()
    (finished / FILE).write_text(NOTHING_TRAINS)
    try:
        code, output, errors = suite(finished, "study", FILE, "--workers", "1")
        assert (code, errors) == (0, "")
        words = " ".join(output.split())
        assert "SavedModel none: " in words
        assert "4 trainings in" in words
        assert not (finished / "mlruns/exports" / name).exists()
        summary = json.loads((finished / "mlruns/reports" / name / "summary.json").read_text())
        assert summary["trainings"] == 4
        assert summary["answer"] in words
        assert trainings(finished, FILE).status.unique().tolist() == ["diverged"]
        again = suite(finished, "study", FILE)[1]
        assert summary["answer"] in " ".join(again.split())
    finally:
        (finished / FILE).write_text(STUDY)
