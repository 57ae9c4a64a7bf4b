"""A model that kills, hangs or fills the process that trains it: the study goes on, and says what failed and
why."""

import json

import pytest
from commands import ask, check_stores, name_in, results, suite, trainings

MODEL = '''
import os
import time
import traceback

import keras
import numpy as np

KEPT = []


def build(*, input_shape, num_outputs, width: int = 8):
    """Does harm with some widths where it is trained: before, the models are only looked at."""
    if any(frame.name == "_trained" for frame in traceback.extract_stack()):
        if width == 13:
            os.kill(os.getpid(), 9)
        if width in (14, 15):
            KEPT.append(np.ones(2**28 if width == 15 else 1))  # of 2 GiB
            time.sleep(1000)
    inputs = keras.Input(input_shape)
    hidden = keras.layers.Dense(width, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(num_outputs)(hidden))
'''
FILE = "traps.py"
STUDY = '''"""Which width is best, where others kill, hang or fill their worker?"""
from suite import Config, Study
STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="iris", model="mine.py", epochs=2, batch_size=16),
    scientific={"width": (8, 13, 14, 15)},
    replicates=2,
    time_limit=40,
    memory_limit=1.5,
)
'''
REASONS = {
    13: "the worker process died, as happens when memory runs out",
    14: "over the time limit of 40 s",
    15: "over the memory limit of 1.5 GiB",
}


def test_a_model_whose_build_hangs_ends_a_study_before_it_trains(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import time\n\n\ndef build(*, input_shape, num_outputs):\n    time.sleep(1000)\n"
    )
    (tmp_path / FILE).write_text(STUDY.replace('"width": (8, 13, 14, 15)', '"batch_size": (8, 16)'))
    code, output, errors = suite(tmp_path, "study", FILE, "--set", "time_limit=1", "--workers", "1")
    assert code == 2 and errors.count("\n") == 1, output
    assert "`time_limit` expects at least what it takes to build a model. Received: 1 s" in errors
    assert not results(tmp_path)


@pytest.mark.slow
@pytest.mark.fault("a training that kills, hangs or fills its worker each time", tries=3)
def test_a_training_that_no_worker_survives_fails_and_the_study_goes_on(tmp_path):
    (tmp_path / "mine.py").write_text(MODEL)
    (tmp_path / FILE).write_text(STUDY)
    code, output, errors = suite(tmp_path, "study", FILE, "--workers", "2")
    assert (code, errors) == (0, ""), output
    said = " ".join(output.split())
    for width, reason in REASONS.items():
        assert f"1 training failed (width={width}): {reason}." in said
    assert "A worker died or was over a limit 7 times: it was replaced" in said  # the killer thrice

    table = trainings(tmp_path, FILE)
    assert table[table.role == "trial"].set_index("level").status.to_dict() == {
        8: "completed", 13: "failed", 14: "failed", 15: "failed",
    }  # fmt: skip
    assert table[table.role == "replicate"].level.tolist() == [8, 8]
    page = tmp_path / "mlruns/reports" / name_in(tmp_path, FILE)
    assert all(reason in (page / "index.html").read_text() for reason in REASONS.values())
    summary = json.loads((page / "summary.json").read_text())
    assert summary["failures"] == {str(width): {reason: 1} for width, reason in REASONS.items()}
    status = ask(tmp_path / "mlruns/mlflow.db", "SELECT status, count(*) FROM runs GROUP BY status")
    assert sorted(status) == [("FAILED", 3), ("FINISHED", 4)]  # three trainings and the study
    check_stores(tmp_path)
