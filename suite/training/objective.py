"""What a task asks: the loss that is minimised and the metrics that are reported, example by example."""

from functools import cached_property

import keras
import numpy as np
import tensorflow as tf

from suite.data.preprocessing import Prepared
from suite.tasks import TASKS


class Objective:
    """Loss and metrics of a task on a data set. `outputs` are a model's: logits, or standardised targets [batch, 1]."""

    def __init__(self, prepared: Prepared):
        self._prepared, self.task = prepared, TASKS[prepared.dataset.task]
        functions = {
            "classification": (_cross_entropy, _right),
            "regression": (self._squared_error, self._absolute_error),
            "sequence_to_sequence": (_cross_entropy_per_token, _right_per_token),
        }
        self.loss, self.metric = functions[prepared.dataset.task]

    def weights(self, y: np.ndarray) -> np.ndarray:
        """[n] float32: what each example counts in a mean: 1, or its number of target tokens."""
        return np.ones(len(y), np.float32) if y.ndim == 1 else np.sum(y != 0, axis=1, dtype=np.float32)

    def mean_loss(self, y, outputs):
        """The loss of a batch: a scalar."""
        losses = self.loss(y, outputs)
        if y.shape.rank == 1:
            return tf.reduce_mean(losses)
        tokens = tf.math.count_nonzero(y, axis=1, dtype=tf.float32)
        return tf.math.divide_no_nan(tf.reduce_sum(losses * tokens), tf.reduce_sum(tokens))

    def scores(self, y, outputs):
        """[2, batch]: loss and metric."""
        return tf.stack([self.loss(y, outputs), self.metric(y, outputs)])

    def test_scores(self, y, outputs):
        """[3, batch]: loss, metric and the square of the metric, for `tested`."""
        loss, metric = self.loss(y, outputs), self.metric(y, outputs)
        return tf.stack([loss, metric, tf.square(metric)])

    def tested(self, means: np.ndarray) -> dict[str, float]:
        """`test_*` figures from the weighted means of `test_scores` over the test split."""
        loss, metric, square = means.tolist()
        figures = {"test_loss": loss, f"test_{self.task.metric}": metric}
        if "r2" in self.task.tested:
            figures["test_rmse"] = square**0.5
            if self._test_variance:  # else there is nothing to explain
                figures["test_r2"] = 1 - loss / self._test_variance
        return figures

    @cached_property
    def _test_variance(self) -> float:
        """Of the standardised target over the test split."""
        y = self._prepared.dataset.test.y.astype(np.float64)
        y = np.log(y) if self._prepared.dataset.log_target else y
        return float(np.var(y)) / self._prepared.target_scale**2

    def _squared_error(self, y, outputs):
        target = tf.math.log(y) if self._prepared.dataset.log_target else y
        return tf.square((target - self._prepared.target_mean) / self._prepared.target_scale - outputs[:, 0])

    def _absolute_error(self, y, outputs):
        return tf.abs(y - predicted(self._prepared, outputs))


def predicted(prepared: Prepared, outputs):
    """[batch] targets in their own unit from a regression's outputs [batch, 1]."""
    target = outputs[:, 0] * prepared.target_scale + prepared.target_mean
    return tf.exp(target) if prepared.dataset.log_target else target


def _cross_entropy(y, logits):
    return keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)


def _right(y, logits):
    return tf.cast(tf.equal(tf.argmax(logits, -1, output_type=tf.int32), tf.cast(y, tf.int32)), tf.float32)


def _cross_entropy_per_token(y, logits):
    return _mean_of_tokens(y, _cross_entropy(y, logits))


def _right_per_token(y, logits):
    return _mean_of_tokens(y, _right(y, logits))


def _mean_of_tokens(y, values):
    """[batch] means of [batch, length] values where `y` is no padding."""
    counts = tf.cast(y != 0, tf.float32)
    return tf.reduce_sum(values * counts, -1) / tf.maximum(tf.reduce_sum(counts, -1), 1.0)
