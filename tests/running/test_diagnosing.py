"""The end of a study: experiments say what limits the winner, in the terminal, on the page and in the
tracker."""

import json

import pytest
from commands import name_in, suite
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
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("diagnosed")
    (folder / FILE).write_text(STUDY)
    code, output, errors = suite(folder, "study", FILE)
    assert (code, errors) == (0, "")  # and no word of TensorFlow's, which only the workers import
    return folder, output


@pytest.fixture(scope="module")
def summary(finished):
    folder, _ = finished
    return json.loads((folder / "mlruns/reports" / name_in(folder, FILE) / "summary.json").read_text())


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


def test_terminal_page_and_tracker_say_the_same(finished, summary):
    folder, output = finished
    words = summary["diagnosis"]["words"]
    assert words in " ".join(output.split())
    page = (folder / "mlruns/reports" / name_in(folder, FILE) / "index.html").read_text()
    assert "What limits the winner, by experiments" in page
    client = MlflowClient(f"sqlite:///{folder}/mlruns/mlflow.db")
    (experiment,) = (each for each in client.search_experiments() if each.name == name_in(folder, FILE))
    (parent,) = (
        run
        for run in client.search_runs([experiment.experiment_id], max_results=1000)
        if "mlflow.parentRunId" not in run.data.tags
    )
    assert parent.data.tags["diagnosis"] == words


def test_the_next_step_is_known_without_another_diagnosis(finished):
    folder, _ = finished
    code, output, errors = suite(folder, "next", "--study", FILE)
    assert code == 0, errors
    assert "Predicted: " in output or "No step that the suite can do" in output
    assert "part of the validation loss" not in output  # of a diagnosis


def test_an_interrupted_diagnosis_goes_on_from_what_is_kept(finished):
    """As after a kill: one of the experiments is not kept, one is torn, and nothing is concluded."""
    folder, _ = finished
    (study,) = folder.glob("mlruns/studies/two_units-*/")
    (study / "findings.json").unlink()
    kept = sorted((study / "experiments").glob("*.json"))
    kept[0].unlink()
    kept[1].write_text(kept[1].read_text()[:99])
    before = {path: path.stat().st_mtime_ns for path in kept[2:]}
    code, output, errors = suite(folder, "study", FILE)
    assert code == 0, errors
    assert "diagnosis: " in output
    assert {path: path.stat().st_mtime_ns for path in kept[2:]} == before
    assert all(path.exists() for path in kept)
    assert json.loads(kept[1].read_text())


def test_what_is_not_wanted_is_left_out(tmp_path):
    (tmp_path / FILE).write_text(
        STUDY.replace("budget=50", "budget=2").replace("replicates=6", "replicates=2")
    )
    code, output, errors = suite(tmp_path, "study", FILE, "--set", "diagnosis_replicates=0")
    assert code == 0, errors
    assert "not made for 8: `diagnosis_replicates` is 0" in output or "not made for 16: `d" in output
    assert not list(tmp_path.glob("mlruns/studies/*/experiments"))
    code, _, errors = suite(tmp_path, "study", FILE, "--set", "diagnosis_replicates=1")
    assert (code, "expects 0, or two or more" in " ".join(errors.split())) == (2, True)


@pytest.mark.slow
@pytest.mark.fault("an experiment on the winner that kills or hangs its worker")
@pytest.mark.parametrize(
    ("harm", "why"),
    [("os.kill(os.getpid(), 9)", "a worker process died"), ("time.sleep(1000)", "it took too long")],
)
def test_an_experiment_that_loses_its_worker_is_named(harm, why, tmp_path):
    """The larger model of the experiments, of 32 units, kills the process that trains it, or hangs."""
    (tmp_path / "mine.py").write_text(MODEL.replace("HARM", harm))
    (tmp_path / FILE).write_text(STUDY.replace("width=2, depth=1", 'width=2, model="mine.py"'))
    code, _, errors = suite(tmp_path, "study", FILE, "--set", "time_limit=5")
    assert code == 0, errors
    (report,) = tmp_path.glob("mlruns/reports/two_units*/summary.json")
    found = json.loads(report.read_text())["diagnosis"]
    assert found["evidence"][-1] == f"a larger model: could not be tried, {why}."
    assert "more regularization" in " ".join(each["name"] for each in found["next"])
    assert (tmp_path / "mlruns/exports" / report.parent.name / "saved_model.pb").exists()


MODEL = '''
import os
import time

import keras


def build(*, input_shape, num_outputs, width: int = 8, dropout: float = 0.0):
    """Does harm where it is wide."""
    if width == 32:
        HARM
    inputs = keras.Input(input_shape)
    hidden = keras.layers.Dense(width, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(num_outputs)(keras.layers.Dropout(dropout)(hidden)))
'''
