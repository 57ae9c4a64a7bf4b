"""A training that the tracker has is repeated by the real command, and every number of it is compared."""

from pathlib import Path

import numpy as np
import pytest
from commands import ask, suite
from tracked import training

from suite.running.rerun import TOLERANCE, compare, rerun
from suite.tracking import TrackedRun
from suite.tracking.record import training_metrics

RESULT = training(losses=(0.9, 0.5, 0.25), test={"test_loss": 0.3})


def run_with(folder: Path, key: str, value: str) -> str:
    """The id of a run with a tag."""
    query = f"SELECT run_uuid FROM tags WHERE key = '{key}' AND value = '{value}'"
    return ask(folder / "mlruns/mlflow.db", query)[0][0]


def test_the_winner_of_a_study_is_the_same_to_the_last_bit(whole):
    code, output, errors = suite(whole, "rerun", run_with(whole, "role", "study"))
    assert (code, errors) == (0, "")
    assert "replicate" in output and ": bitwise." in output.split("\n")[0]
    # 5 evaluations of 3 losses and 2 accuracies; the objective, and loss and accuracy on the test split
    assert "of 28 numbers are the same" in output and "28 of 28" in output
    assert "differs" not in output


def test_a_trial_that_was_ended_early_is_the_same_until_then(whole, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(whole / "mlruns"))
    found = rerun(run_with(whole, "status", "pruned"))
    assert (found.verdict, found.differs, found.status) == ("bitwise", {}, ("pruned", "pruned"))
    assert {step for _, step in found.numbers} == {1}  # after three tenths of five evaluations


def test_what_is_no_run_is_refused(whole, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(whole / "mlruns"))
    with pytest.raises(ValueError, match=r"`RUN` expects the id of a run in the tracker. Received: '0000'\."):
        rerun("0000")


def recorded(result=RESULT, **tags) -> TrackedRun:
    """A run as the tracker gives it back."""
    metrics = {(name, step): value for name, value, _, step in training_metrics(result, 0.0)}
    made = TrackedRun(
        "0123", "adam replicate 00", {}, {"status": result.status, **tags}, {"digits": "abc"}, None
    )
    made.__dict__["metrics"] = metrics
    return made


def test_what_differs_is_named():
    result = training(losses=(0.9, 0.5, 0.25), test={"test_loss": 0.3})
    result.program.update(threads=2, processor="this one", xla=True, traces=1)
    run = recorded(result, threads="1", processor="this one", xla="True", engine="compiled", lanes="4")
    found = compare(run, result, "abd")
    assert found.verdict == "bitwise"  # it was luck
    assert found.differs == {"data": ("abc", "abd"), "threads": ("1", "2")}


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [
        (1.0, "bitwise"),
        (1 + 2**-23, "within tolerance"),
        (1 + 0.9 * TOLERANCE, "within tolerance"),
        (1 + 1.1 * TOLERANCE, "different"),
        (np.nan, "different"),
    ],
)
def test_verdicts(factor, verdict):
    again = training(losses=(0.9, 0.5, 0.25), test={"test_loss": 0.3 * factor})
    found = compare(recorded(), again, "abc")
    assert found.verdict == verdict
    if factor != 1:
        assert found.unequal == [("test_loss", 3)] and found.farthest[0] == ("test_loss", 3)


def test_a_training_that_ended_otherwise_is_different():
    assert compare(recorded(), training(status="diverged", losses=()), "abc").verdict == "different"
