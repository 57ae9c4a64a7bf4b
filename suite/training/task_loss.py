"""The loss of a task, which training minimises, and its metrics: example by example, and as means."""

from collections.abc import Callable
from functools import cached_property

import keras
import numpy as np
import tensorflow as tf

from suite.data.preprocessing import Prepared
from suite.tasks import TASKS, Task

ByExample = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""Targets and a model's outputs, [batch, ...] each -> float32 numbers of each example, [..., batch]."""


class TaskLoss:
    """Measures how far a model's outputs are from the targets of a data set, as its task has it.

    Outputs are what a model gives: logits [batch, classes or labels], or [batch, length, tokens] where
    targets are sequences, or standardised targets [batch, targets or quantiles].

    Args:
        prepared: the data set.
        minimized: what training minimises: one of `task.losses`; None: the first of them, which is measured.
        class_weight: `balanced`: what is minimised weighs a class with examples / (classes * its examples),
            as scikit-learn's `class_weight` does. What is measured weighs all examples alike.

    Attributes:
        task: of the data set.
        loss: gives the loss of each example that is measured.
        metric: gives `task.metric` of each example.
    """

    def __init__(self, prepared: Prepared, minimized: str | None = None, *, class_weight: str | None = None):
        self._prepared = prepared
        self.task: Task = TASKS[prepared.dataset.task]
        functions: dict[str, tuple[ByExample, ByExample]] = {
            "classification": (_cross_entropy, _is_right),
            "multilabel_classification": (_binary_cross_entropy, _labels_right),
            "regression": (self._standardised(keras.losses.mean_squared_error), self._absolute_error),
            "quantile_regression": (self._standardised(self._pinball_loss), self._pinball_loss_in_unit),
            "sequence_to_sequence": (_cross_entropy_per_token, _is_right_per_token),
        }
        tested: dict[str, ByExample] = {
            "multilabel_classification": _all_labels_right,
            "regression": self._squares,
            "quantile_regression": self._interval,
        }
        self._tested = tested.get(prepared.dataset.task)
        self.loss, self.metric = functions[prepared.dataset.task]
        self._class_weights = None
        if class_weight == "balanced":
            frequencies = prepared.dataset.frequencies
            self._class_weights = tf.constant(1 / (len(frequencies) * frequencies), tf.float32)
        others: dict[tuple[str, str], ByExample] = {
            ("classification", "mean_squared_error"): _squared_error_of_probabilities,
            ("regression", "mean_absolute_error"): self._standardised(keras.losses.mean_absolute_error),
            ("regression", "huber"): self._standardised(keras.losses.huber),
        }
        self._minimized = others.get((prepared.dataset.task, minimized or ""), self.loss)

    def example_weights(self, y: np.ndarray) -> np.ndarray:
        """Gives what each example counts in a mean, [n] float32: 1, or its number of target tokens."""
        if self._of_tokens:
            return np.asarray((y != 0).sum(axis=1), np.float32)
        return np.ones(len(y), np.float32)

    def mean_loss(self, y: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """Gives what training minimises on a batch: a scalar, in which every example or every target token
        counts alike."""
        losses = self._minimized(y, outputs)
        if self._class_weights is not None:
            losses *= tf.gather(self._class_weights, tf.cast(y, tf.int32))
        if not self._of_tokens:
            return tf.reduce_mean(losses)
        tokens = tf.math.count_nonzero(y, axis=1, dtype=tf.float32)
        return tf.math.divide_no_nan(tf.reduce_sum(losses * tokens), tf.reduce_sum(tokens))

    def scores(self, y: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """Gives loss and metric of each example, [2, batch]."""
        return tf.stack([self.loss(y, outputs), self.metric(y, outputs)])

    def test_scores(self, y: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """Gives loss, metric and what else the task measures of each example, [figures, batch]: for
        `test_metrics`."""
        scores = self.scores(y, outputs)
        return scores if self._tested is None else tf.concat([scores, self._tested(y, outputs)], axis=0)

    def test_metrics(self, means: np.ndarray) -> dict[str, float]:
        """Gives the `test_*` metrics of a result.

        Args:
            means: [figures] weighted means of `test_scores` over the test split.
        """
        loss, metric, *others = means.tolist()
        metrics = {"test_loss": loss, f"test_{self.task.metric}": metric}
        if "r2" in self.task.tested:
            learned, own = np.reshape(others, (2, -1))
            metrics["test_rmse"] = float(np.mean(np.sqrt(own)))
            if (self._test_variance > 0).all():  # else there is nothing to explain
                metrics["test_r2"] = float(np.mean(1 - learned / self._test_variance))
            return metrics
        names = [f"test_{name}" for name in self.task.tested if name != self.task.metric]
        return metrics | dict(zip(names, others, strict=True))

    @property
    def _of_tokens(self) -> bool:
        """Whether targets are sequences, whose tokens count alike."""
        return self._prepared.dataset.task == "sequence_to_sequence"

    @cached_property
    def _test_variance(self) -> np.ndarray:
        """[targets] of the standardised targets over the test split."""
        y = self._prepared.dataset.test.y.astype(np.float64)
        y = np.log(y) if self._prepared.dataset.log_target else y
        return np.var(y, axis=0) / self._prepared.target_scale**2

    def _learned(self, y: tf.Tensor) -> tf.Tensor:
        """Standardised targets, [batch, targets]."""
        target = tf.math.log(y) if self._prepared.dataset.log_target else y
        return (_columns(target) - self._prepared.target_mean) / self._prepared.target_scale

    def _standardised(self, loss: ByExample) -> ByExample:
        """A loss of Keras's, of standardised targets."""

        def by_example(y: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
            return loss(self._learned(y), _in_order(self._prepared, outputs))

        return by_example

    def _absolute_error(self, y: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.abs(_columns(y) - predicted(self._prepared, outputs)), -1)

    def _squares(self, y: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """Squared errors of each target, [2 * targets, batch]: as learned, then in its own unit."""
        learned = self._learned(y) - _in_order(self._prepared, outputs)
        own = _columns(y) - predicted(self._prepared, outputs)
        return tf.transpose(tf.square(tf.concat([learned, own], axis=-1)))

    def _pinball_loss(self, y: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """The mean over the quantiles, see `suite.data.pinball`."""
        quantiles = tf.constant(self._prepared.dataset.quantiles, tf.float32)
        return tf.reduce_mean(tf.maximum(quantiles * (y - outputs), (quantiles - 1) * (y - outputs)), -1)

    def _pinball_loss_in_unit(self, y: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        return self._pinball_loss(_columns(y), predicted(self._prepared, outputs))

    def _interval(self, y: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """Whether the target lies between the lowest and the highest quantile, and their distance:
        [2, batch]."""
        found = predicted(self._prepared, outputs)
        low, high = found[:, 0], found[:, -1]
        return tf.stack([tf.cast((low <= y) & (y <= high), tf.float32), high - low])


def predicted(prepared: Prepared, outputs: tf.Tensor) -> tf.Tensor:
    """Gives the predictions of a regression in the targets' own units, [batch, targets or quantiles] float32.

    Args:
        prepared: the data set.
        outputs: [batch, targets or quantiles] of its model.
    """
    target = _in_order(prepared, outputs) * prepared.target_scale + prepared.target_mean
    return tf.exp(target) if prepared.dataset.log_target else target


def _in_order(prepared: Prepared, outputs: tf.Tensor) -> tf.Tensor:
    """Outputs, of which quantiles are put in order.

    What a model gives for two of them may cross, and sorted they are nearer to the truth (Chernozhukov,
    Fernandez-Val and Galichon 2010, doi:10.3982/ECTA7880).
    """
    outputs = tf.cast(outputs, tf.float32)
    return tf.sort(outputs, axis=-1) if prepared.dataset.quantiles else outputs


def _columns(y: tf.Tensor) -> tf.Tensor:
    """Targets as [batch, targets]."""
    return y[:, None] if y.shape.rank == 1 else y


def _binary_cross_entropy(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return keras.losses.binary_crossentropy(y, tf.cast(logits, tf.float32), from_logits=True)


def _labels_right(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The share of the labels of each example that are told right."""
    return tf.reduce_mean(tf.cast(tf.equal(logits > 0, y > 0.5), tf.float32), -1)


def _all_labels_right(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Whether all of them are, [1, batch]."""
    return tf.cast(tf.reduce_all(tf.equal(logits > 0, y > 0.5), -1), tf.float32)[None]


def _cross_entropy(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return keras.losses.sparse_categorical_crossentropy(y, tf.cast(logits, tf.float32), from_logits=True)


def _squared_error_of_probabilities(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Mean over the classes of the squared differences of softmax and truth, as Keras has it."""
    truth = tf.one_hot(tf.cast(y, tf.int32), logits.shape[-1])
    return keras.losses.mean_squared_error(truth, tf.nn.softmax(tf.cast(logits, tf.float32)))


def _is_right(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.equal(tf.argmax(logits, -1, output_type=tf.int32), tf.cast(y, tf.int32)), tf.float32)


def _cross_entropy_per_token(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return _mean_of_tokens(y, _cross_entropy(y, logits))


def _is_right_per_token(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return _mean_of_tokens(y, _is_right(y, logits))


def _mean_of_tokens(y: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Gives [batch] means of [batch, length] values over the places where `y` is no padding."""
    counted = tf.cast(y != 0, tf.float32)
    return tf.reduce_sum(values * counted, -1) / tf.maximum(tf.reduce_sum(counted, -1), 1.0)
