"""What training minimises, by hand, beside what is measured; and what is refused."""

import numpy as np
import pytest
import tensorflow as tf
from tiny_tasks import TINY

from suite import Config
from suite.data.preprocessing import prepare
from suite.training import train
from suite.training.task_loss import TaskLoss


@pytest.fixture(scope="module")
def table():
    return prepare(TINY["regression"](), max_tokens=100, sequence_length=None)


def test_squared_error_of_classes_is_that_of_probabilities():
    data = prepare(TINY["images"](), max_tokens=100, sequence_length=None)
    logits = np.log(np.array([[0.7, 0.3], [0.2, 0.8]], np.float32))
    task_loss = TaskLoss(data, "mean_squared_error")
    found = task_loss.mean_loss(tf.constant([0, 0]), tf.constant(logits))
    assert float(found) == pytest.approx((0.3**2 + 0.8**2) / 2, rel=1e-5)  # of two classes alike
    measured = task_loss.loss(tf.constant([0, 0]), tf.constant(logits))
    np.testing.assert_allclose(measured, [-np.log(0.7), -np.log(0.2)], rtol=1e-5)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (None, (0.5**2 + 3**2) / 2),
        ("mean_squared_error", (0.5**2 + 3**2) / 2),
        ("mean_absolute_error", (0.5 + 3) / 2),
        ("huber", (0.5**2 / 2 + 3 - 1 / 2) / 2),  # squares up to 1, straight beyond
    ],
)
def test_losses_of_standardised_targets(loss, expected, table):
    y = np.exp(table.target_mean + table.target_scale * np.array([0.5, -3.0]))  # whose logarithm is learned
    outputs, task_loss = tf.zeros([2, 1]), TaskLoss(table, loss)
    assert float(task_loss.mean_loss(tf.constant(y, tf.float32), outputs)) == pytest.approx(
        expected, rel=1e-4
    )
    np.testing.assert_allclose(task_loss.loss(tf.constant(y, tf.float32), outputs), [0.25, 9], rtol=1e-3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"dataset": "digits", "loss": "huber"},
            "`loss` must be one of sparse_categorical_crossentropy, mean_sq",
        ),
        (
            {"dataset": "diabetes", "loss": "sparse_categorical_crossentropy"},
            "`loss` must be one of mean_squared",
        ),
        (
            {"dataset": "digits", "outliers": 0.1},
            "`outliers` expects a regression: digits is a classification",
        ),
    ],
    ids=str,
)
def test_what_a_task_does_not_have_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        train(Config(**settings))
