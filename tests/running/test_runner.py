"""Whole studies through the real command: workers, Optuna, MLflow, report and export, interrupted and not."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest

from suite.study import catalog

STUDY = '''"""Is Adam or SGD better on digits?"""
from suite import Config, LogUniform, Study
STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="digits", width=16, depth=1, epochs=20, batch_size=32),
    scientific={"optimizer": ("sgd", "adam")},
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
    budget=8,
    replicates=5,
)
'''
SUITE = Path(sys.executable).with_name("suite")


def command(home: Path, *arguments: str, **options) -> subprocess.Popen:
    environment = {**os.environ, "SUITE_HOME": str(home), "COLUMNS": "80"}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [SUITE, *arguments], env=environment, cwd=home.parent, stdout=pipe, stderr=pipe, text=True, **options
    )


def suite(home: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a `suite` command."""
    process = command(home, *arguments)
    output, errors = process.communicate(timeout=300)
    return process.returncode, output, errors


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The folder of a small study that ran to its end; `mlruns` in it is its home."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "digits_optimizers.py").write_text(STUDY)
    code, output, errors = suite(folder / "mlruns", "study", "digits_optimizers.py")
    assert code == 0, errors
    (folder / "output.txt").write_text(output)
    return folder


def name_in(folder: Path) -> str:
    """What the results of the study file in a folder go by."""
    return catalog.find(str(folder / "digits_optimizers.py"))[0]


def trainings(folder: Path) -> pd.DataFrame:
    """The table of the report, without what differs from folder to folder."""
    table = pd.read_csv(folder / "mlruns/reports" / name_in(folder) / "trainings.csv")
    return table.drop(columns=["seconds", "study"])


def test_a_study_answers(finished):
    summary = json.loads((finished / "mlruns/reports" / name_in(finished) / "summary.json").read_text())
    assert set(summary) >= {"study", "question", "answer", "seconds", "trainings", "warnings", "levels"}
    assert (summary["study"], summary["trainings"], summary["question"]) == (
        name_in(finished),
        26,
        "Is Adam or SGD better on digits?",
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
        assert value["replicates"] == 5
        assert value["ci_low"] <= value["iqm"] <= value["ci_high"]
        assert value["test_accuracy"] > 0.8
        assert "learning_rate" in value["best_config"]
    output = (finished / "output.txt").read_text()
    assert " ".join(summary["answer"].split()) in " ".join(output.split())


def test_the_protocol_is_kept(finished):
    table = trainings(finished)
    assert table.groupby(["level", "role"]).size().to_dict() == {
        ("adam", "replicate"): 5, ("adam", "trial"): 8, ("sgd", "replicate"): 5, ("sgd", "trial"): 8,
    }  # fmt: skip
    for _, rows in table.groupby("level"):
        trials, replicates = rows[rows.role == "trial"], rows[rows.role == "replicate"]
        assert not set(trials.seed) & set(replicates.seed)
        assert replicates.seed.is_unique
        best = trials.loc[trials.objective.idxmin()]
        assert set(replicates.learning_rate) == {best.learning_rate}
        assert trials.test_loss.isna().all()
        assert replicates.test_loss.notna().all()


def test_mlflow_has_a_parent_and_a_child_a_training(finished):
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{finished}/mlruns/mlflow.db")
    experiment = client.get_experiment_by_name(name_in(finished))
    runs = client.search_runs([experiment.experiment_id], max_results=100)
    (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in runs if run is not parent]
    assert len(children) == 26
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert {child.data.tags["mlflow.parentRunId"] for child in children} == {parent.info.run_id}
    history = client.get_metric_history(children[0].info.run_id, "val_loss")
    assert [point.step for point in history] == list(range(1, 21))
    assert {artifact.path for artifact in client.list_artifacts(parent.info.run_id, "report")} >= {
        "report/index.html"
    }
    assert parent.inputs.dataset_inputs[0].dataset.name == "digits"


def test_the_winner_is_exported_and_again_on_demand(finished):
    assert (finished / "mlruns/exports" / name_in(finished) / "saved_model.pb").exists()
    code, output, errors = suite(finished / "mlruns", "export", "digits_optimizers.py", "--out", "model")
    assert code == 0, errors
    assert "agrees with the Keras model on" in output
    assert (finished / "model/model_card.md").exists()


def test_a_finished_study_is_not_trained_again(finished):
    files = {path: path.stat().st_mtime_ns for path in finished.glob("mlruns/studies/*/trainings/*.json")}
    before = trainings(finished)
    code, _, errors = suite(finished / "mlruns", "study", "digits_optimizers.py", "--workers", "1")
    assert code == 0, errors
    assert files == {
        path: path.stat().st_mtime_ns for path in finished.glob("mlruns/studies/*/trainings/*.json")
    }
    pd.testing.assert_frame_equal(before, trainings(finished))


@pytest.mark.parametrize("signal_sent", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_study_goes_on_and_ends_with_the_same_result(finished, tmp_path, signal_sent):
    (tmp_path / "digits_optimizers.py").write_text(STUDY)
    plans = tmp_path / "mlruns/cache"
    plans.mkdir(parents=True)
    subprocess.run(["cp", "-r", finished / "mlruns/cache/plans", plans], check=True)
    process = command(tmp_path / "mlruns", "study", "digits_optimizers.py", start_new_session=True)
    deadline = time.monotonic() + 120
    while len(list(tmp_path.glob("mlruns/studies/*/trainings/*.json"))) < 5:
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    assert (
        len(list(tmp_path.glob("mlruns/studies/*/trainings/*.json"))) < 26
    )  # it is in the midst of training
    workers = psutil.Process(process.pid).children(recursive=True)
    if signal_sent == signal.SIGINT:
        os.killpg(process.pid, signal_sent)  # as a terminal does
    else:
        os.kill(process.pid, signal_sent)
    assert not psutil.wait_procs(workers, timeout=30)[1]
    output, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    if signal_sent == signal.SIGINT:
        assert process.returncode == 130
        assert "the same command goes on from there" in " ".join(output.split())
    code, _, errors = suite(tmp_path / "mlruns", "study", "digits_optimizers.py")
    assert code == 0, errors
    pd.testing.assert_frame_equal(trainings(finished), trainings(tmp_path))
