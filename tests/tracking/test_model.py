"""The exported winner is the one current model of a study: it predicts, and makes way for a later one."""

import numpy as np
import pytest
from tracked import STUDY, client, parent

from suite.tracking import Tracker

pytestmark = pytest.mark.usefixtures("no_store")


def exported(folder, factor):
    """A SavedModel that multiplies by `factor`."""
    import tensorflow as tf

    class Multiplied(tf.Module):
        def __init__(self):
            super().__init__()
            self.factor = tf.Variable(factor)

        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.uint8)])
        def __call__(self, x):
            return self.factor * tf.cast(x, tf.float32)

    tf.saved_model.save(Multiplied(), str(folder))
    return folder


def log(folder, factor, name="best"):
    """A session that exports and logs the winner."""
    with Tracker(STUDY, "optimizers") as tracker:
        tracker.log_model(
            exported(folder, factor),
            name,
            inputs={"inputs": ("uint8", (2,))},
            output=("float32", (2,)),
            metrics={"test_accuracy": 0.9},
        )
    assert tracker.failure is None


def current():
    """The models of the study that are shown."""
    return list(client().search_logged_models([parent().info.experiment_id]))


def test_a_saved_model_is_logged_and_predicts_as_mlflow_model(store, tmp_path):
    import mlflow

    log(tmp_path / "exported", 2.0)
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


def test_a_study_that_is_run_four_times_has_one_model(store, tmp_path):
    for _ in range(4):
        log(tmp_path / "exported", 2.0)
    (model,) = current()
    assert [output.model_id for output in parent().outputs.model_outputs] == [model.model_id]


def test_a_better_model_takes_the_place_of_the_earlier_one(store, tmp_path):
    import mlflow

    log(tmp_path / "exported", 2.0)
    (earlier,) = current()
    client().create_logged_model(
        parent().info.experiment_id, "best", parent().info.run_id
    )  # by a killed session
    log(tmp_path / "exported", 3.0)
    (model,) = current()
    assert model.model_id != earlier.model_id
    folder = model.artifact_location.removeprefix("file://").replace("%20", " ")
    loaded = mlflow.pyfunc.load_model(folder)
    np.testing.assert_array_equal(loaded.predict(np.uint8([[1, 2]])), [[3, 6]])


def test_models_of_other_studies_stay(store, tmp_path):
    log(tmp_path / "exported", 2.0)
    with Tracker(STUDY.replace(epochs=4), "optimizers") as tracker:
        tracker.log_model(
            tmp_path / "exported",
            "best",
            inputs={"inputs": ("uint8", (2,))},
            output=("float32", (2,)),
            metrics={},
        )
    assert tracker.failure is None
    experiment = client().get_experiment_by_name("optimizers").experiment_id
    assert len(client().search_logged_models([experiment])) == 2
