"""The experiments at the end of a study, where they are not wanted, or lose their worker."""

import json
import re

import commands
import pytest
from commands import suite
from test_runner import FILE, STUDY


def test_what_is_not_wanted_is_left_out(whole):
    assert re.search(
        r"not made for (sgd|momentum): `diagnosis_replicates` is 0", (whole / "said").read_text()
    )
    assert not list(whole.glob("mlruns/studies/*/experiments"))
    code, _, errors = suite(whole, "study", commands.FILE, "--set", "diagnosis_replicates=1")
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
    (tmp_path / FILE).write_text(
        STUDY.replace("width=2, depth=1", 'width=2, model="mine.py"').replace("budget=50", "budget=200")
    )
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
