"""What people delete in the UI does not stop a study: it is restored when it is needed, and that is said."""

import time

import pytest
from tracked import STUDY, children, client, findings, parent, runs, training

from suite.tracking import Tracker

pytestmark = pytest.mark.usefixtures("no_store")


@pytest.fixture
def logged(store):
    """A study of two trainings, as an earlier session left it."""
    session(1, 2)


def session(*seeds: int) -> Tracker:
    with Tracker(STUDY, "optimizers") as tracker:
        for seed in seeds:
            tracker.log("trial", "adam", seed, training(seed=seed))
    assert tracker.failure is None
    return tracker


def names() -> list[str]:
    return [run.info.run_name for run in runs()]


@pytest.mark.fault("what is deleted in the MLflow UI")
def test_a_deleted_experiment_is_restored(logged, caplog):
    before = parent().info.run_id
    client().delete_experiment(parent().info.experiment_id)
    session(1, 2, 3)
    assert names() == ["adam trial 01", "adam trial 02", "adam trial 03", "optimizers"]
    assert parent().info.run_id == before
    assert "The experiment optimizers was deleted, and is restored." in caplog.text


@pytest.mark.fault("what is deleted in the MLflow UI")
def test_a_deleted_parent_is_restored(logged, caplog):
    before = parent().info.run_id
    client().delete_run(before)
    session(1, 2, 3)
    assert names() == ["adam trial 01", "adam trial 02", "adam trial 03", "optimizers"]
    assert parent().info.run_id == before
    assert "The run optimizers was deleted, and is restored." in caplog.text


@pytest.mark.fault("what is deleted in the MLflow UI")
def test_a_deleted_child_is_restored_if_the_study_has_it(logged, caplog):
    first, second = children()
    client().delete_run(first.info.run_id)
    client().delete_run(second.info.run_id)
    session(1, 3)
    assert names() == ["adam trial 01", "adam trial 03", "optimizers"]
    assert children()[0].info.run_id == first.info.run_id
    assert "The run of adam, trial 1, was deleted, and is restored." in caplog.text


@pytest.mark.parametrize("what", ["experiment", "parent"])
def test_a_deletion_while_the_study_runs(store, what, caplog, report):
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log("trial", "adam", 1, training(seed=1))
        while not tracker._later.done:
            time.sleep(0.1)
        run = parent().info
        client().delete_run(run.run_id) if what == "parent" else client().delete_experiment(run.experiment_id)
        tracker.log("trial", "adam", 2, training(seed=2))
        tracker.finish(report, findings())
    assert tracker.failure is None
    assert names() == ["adam trial 01", "adam trial 02", "optimizers"]
    assert {run.info.status for run in runs()} == {"FINISHED"}
    assert parent().data.tags["answer"] == "Adam beats SGD."
    assert "restored" in caplog.text


def test_a_renamed_parent_keeps_its_name(logged):
    client().update_run(parent().info.run_id, name="mine")
    session(1, 2)
    assert names() == ["adam trial 01", "adam trial 02", "mine"]
