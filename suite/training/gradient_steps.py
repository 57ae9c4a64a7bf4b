"""What a compiled program computes: gradient steps, and evaluations at the weights that they lead to.

Pure functions of TensorFlow tensors, for use inside a graph. The engine's only gradient is taken here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from suite.models.augmentation import neighbours, share_at
from suite.training.feed import Data
from suite.training.program_inputs import with_hyperparameters
from suite.training.task_loss import TaskLoss

DIVERGENCE_BOUND = 1e4
"""A batch loss above this (or not finite) ends a training as diverged."""

State = tuple[Sequence[tf.Tensor], Sequence[tf.Tensor], Sequence[tf.Tensor]]
"""Trainable, non-trainable and optimizer variables."""


@dataclass(frozen=True, eq=False)
class GradientSteps:
    """Takes gradient steps of `lanes` trainings at once, and evaluates them.

    Every tensor of state has a leading axis of `lanes`, unless that is 1.

    Attributes:
        model: from normalised examples to outputs.
        optimizer: with a `stateless_apply` that works, see `suite.training.compat.stateless`.
        normalization: the layer before the model.
        task_loss: what is minimised and measured.
        lanes: trainings.
    """

    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    normalization: keras.layers.Layer
    task_loss: TaskLoss
    lanes: int

    def segment(
        self,
        state: State,
        hyperparameters: Mapping[str, tf.Tensor],
        data: Data,
        order: tf.Tensor,
        rates: tf.Tensor,
        steps: tf.Tensor,
        chunks: tf.Tensor,
    ) -> tuple[State, tf.Tensor, tf.Tensor, tf.Tensor]:
        """Takes `steps` gradient steps, or as many as no training outlives, and evaluates.

        Args:
            state: before the first step.
            hyperparameters: [lanes] by name, as `suite.training.program_inputs` has them.
            data: of a `suite.training.feed.Feed`.
            order: [length, lanes, batch] int32 places in `data` (no axis of lanes when there is one).
            rates: [length, lanes] float32 learning rates.
            steps: int32 scalar, at most length.
            chunks: int32 scalar, number of evaluation chunks; 0 skips the evaluation.

        Returns:
            state; mean batch loss [lanes]; whether all was finite and below DIVERGENCE_BOUND [lanes]; and the
            first four curves of the task [lanes, 4].
        """
        shape = [] if self.lanes == 1 else [self.lanes]

        def body(step: tf.Tensor, state: State, total: tf.Tensor, finite: tf.Tensor) -> tuple:
            index = order[step]
            x, y = tf.gather(data["x"], index), tf.gather(data["y"], index)
            state, loss = self._over_lanes(self._step, (state, hyperparameters, x, y, rates[step]))
            return step + 1, state, total + loss, finite & (loss < DIVERGENCE_BOUND)

        def goes_on(step: tf.Tensor, state: State, total: tf.Tensor, finite: tf.Tensor) -> tf.Tensor:
            return (step < steps) & tf.reduce_any(finite)

        begin = (tf.constant(0), state, tf.zeros(shape), tf.ones(shape, tf.bool))
        step, state, total, finite = tf.while_loop(goes_on, body, begin)
        metrics = self._evaluate(state, data, chunks)
        mean = total / tf.cast(tf.maximum(step, 1), tf.float32)
        return state, mean, finite & tf.reduce_all(tf.math.is_finite(metrics), -1), metrics

    def test_sums(
        self, weights: Sequence[tf.Tensor], x: tf.Tensor, y: tf.Tensor, example_weight: tf.Tensor
    ) -> tf.Tensor:
        """Gives the weighted sums [3] of `TaskLoss.test_scores` of one model over a chunk of examples.

        Args:
            weights: trainable, then other variables.
            x, y: [chunk, ...].
            example_weight: [chunk].
        """
        return tf.linalg.matvec(self.task_loss.test_scores(y, self.outputs(weights, x)), example_weight)

    def outputs(self, weights: Sequence[tf.Tensor], x: tf.Tensor) -> tf.Tensor:
        """Gives the outputs of one model for a chunk of examples, in inference mode.

        Args:
            weights: trainable, then other variables.
            x: [chunk, ...].
        """
        count = len(self.model.trainable_variables)
        return self._infer(weights[:count], weights[count:], self.normalization(x))

    def _over_lanes(self, function: Callable, arguments: Any) -> Any:
        return function(arguments) if self.lanes == 1 else tf.vectorized_map(function, arguments)

    def _step(self, arguments: tuple) -> tuple[State, tf.Tensor]:
        """One gradient step of one lane."""
        (trainable, non_trainable, optimizer_variables), hyperparameters, x, y, rate = arguments
        learning_rate = self.optimizer.learning_rate
        optimizer_variables = [
            rate if variable is learning_rate else value
            for variable, value in zip(self.optimizer.variables, optimizer_variables, strict=True)
        ]
        with with_hyperparameters(self.model, self.optimizer, hyperparameters):
            with tf.GradientTape() as tape:
                tape.watch(trainable)
                outputs, non_trainable, penalties = self.model.stateless_call(
                    trainable, non_trainable, self.normalization(x), training=True, return_losses=True
                )
                loss = self._loss(y, outputs, non_trainable) + sum(penalties)
            # A weight that the loss does not depend on stays as it is, as `fit` leaves it.
            gradients = tape.gradient(loss, trainable, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
            trainable, optimizer_variables = self.optimizer.stateless_apply(
                optimizer_variables, gradients, trainable
            )
        return (trainable, non_trainable, optimizer_variables), loss

    def _loss(self, y: tf.Tensor, outputs: tf.Tensor, non_trainable: Sequence[tf.Tensor]) -> tf.Tensor:
        """What is minimised of a batch: where examples were mixed, their losses are mixed alike."""
        loss, at = self.task_loss.mean_loss(y, outputs), share_at(self.model)
        if at is None:
            return loss
        share = non_trainable[at]
        return share * loss + (1 - share) * self.task_loss.mean_loss(neighbours(y), outputs)

    def _evaluate(self, state: State, data: Data, chunks: tf.Tensor) -> tf.Tensor:
        """[lanes, 4] loss and metric of the training and the validation examples, in inference mode."""
        x, y, weight = data["chunks_x"], data["chunks_y"], data["chunks_weight"]
        flat = [2 * y.shape[2]]

        def body(chunk: tf.Tensor, sums: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            examples = self.normalization(tf.reshape(x[:, chunk], flat + x.shape[3:]))
            targets = tf.reshape(y[:, chunk], flat + y.shape[3:])

            def scores(variables: tuple[Any, Any]) -> tf.Tensor:
                return self.task_loss.scores(targets, self._infer(*variables, examples))

            each = tf.reshape(self._over_lanes(scores, state[:2]), [-1, 2, 2, y.shape[2]])
            return chunk + 1, sums + tf.einsum("lmse,se->lms", each, weight[:, chunk])

        begin = (tf.constant(0), tf.zeros([self.lanes, 2, 2]))
        _, sums = tf.while_loop(lambda chunk, _: chunk < chunks, body, begin)
        metrics = tf.reshape(sums / tf.reduce_sum(weight, [1, 2]), [self.lanes, 4])
        return metrics[0] if self.lanes == 1 else metrics

    def _infer(
        self, trainable: Sequence[tf.Tensor], non_trainable: Sequence[tf.Tensor], x: tf.Tensor
    ) -> tf.Tensor:
        outputs, _ = self.model.stateless_call(trainable, non_trainable, x, training=False)
        return outputs
