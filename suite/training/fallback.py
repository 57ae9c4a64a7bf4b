"""Training with Keras's own `fit`, for models that cannot be compiled as a pure function: the same batches, rates and curves."""

import time
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from suite.config import Config
from suite.data.dataset import Dataset, Split
from suite.training.feed import EVALUATION_CHUNK, probe
from suite.training.lane import Lane, OnEvaluation
from suite.training.program import DIVERGENCE_BOUND, Program, build_model, build_optimizer, scores
from suite.training.result import Result


def fit(
    index: int, config: Config, program: Program, reason: str, on_evaluation: OnEvaluation, *, test: bool, weights: bool
) -> Result:
    """Trains one configuration as the compiled engine would.

    Args:
        index: of the training among those asked for.
        program: gives data, initial weights and normalisation; it is never run.
        reason: why not, for the result.
        on_evaluation, test, weights: as in `train_many`.

    Raises:
        Exception: whatever the model raises in `fit`.
    """
    dataset, normalization = program.dataset, program.normalization
    model, lane = _model(config, program), Lane.begin(index, config, len(dataset.train))
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    seen = {"train": dataset.train.take(probe(dataset)), "val": dataset.validation}
    while lane.running:
        started, steps = time.perf_counter(), lane.next_steps
        rates, examples = _Rates(lane.rates()), _stream(dataset, normalization, lane.order()[:steps])
        history = model.fit(examples, epochs=1, steps_per_epoch=steps, shuffle=False, verbose=0, callbacks=[rates])
        numbers = {"running_loss": history.history["loss"][0]}
        if rates.fine:
            for name, split in seen.items():
                numbers |= _measure(model, normalization, split, name)
        fine = rates.fine and bool(np.isfinite([*numbers.values()]).all())
        if lane.record(numbers, fine, steps, time.perf_counter() - started) and (test or weights):
            lane.kept = [variable.numpy() for variable in variables]
        lane.ended(on_evaluation)

    def measure_test(kept: list[np.ndarray]) -> dict[str, float]:
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)
        return _measure(model, normalization, dataset.test, "test")

    facts = {"engine": "fit", "reason": reason, "xla": False, "lanes": 1, "traces": 0, "device": program.device}
    return lane.result(facts, measure_test if test else None, weights)


class _Rates(keras.callbacks.Callback):
    """Sets the learning rate of every step, and ends `fit` at a loss that is out of bounds."""

    def __init__(self, rates: np.ndarray):
        super().__init__()
        self.rates, self.fine = rates, True

    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate.assign(self.rates[batch])

    def on_train_batch_end(self, batch, logs=None):
        if not logs["loss"] < DIVERGENCE_BOUND:
            self.fine, self.model.stop_training = False, True


def _model(config: Config, program: Program) -> keras.Model:
    """The model of a config, compiled for `fit`, with the initial state that its program would have."""
    model = build_model(config, program.dataset.input_shape, program.dataset.num_classes)
    trainable, rest, _ = program.start(config)
    for variable, value in zip([*model.trainable_variables, *model.non_trainable_variables], [*trainable, *rest], strict=True):
        variable.assign(value)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(build_optimizer(config), loss, run_eagerly=program.needs_python)
    return model


def _stream(dataset: Dataset, normalization: keras.layers.Layer, order: np.ndarray) -> tf.data.Dataset:
    """The batches of `order` [steps, batch], normalised."""

    def read() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for index in order:
            yield dataset.train.x[index], dataset.train.y[index]

    shape = order.shape[1:]
    x = tf.TensorSpec(shape + dataset.input_shape, dataset.train.x.dtype)
    examples = tf.data.Dataset.from_generator(read, output_signature=(x, tf.TensorSpec(shape, tf.int32)))
    return examples.map(lambda x, y: (normalization(x), y)).prefetch(2)


def _measure(model: keras.Model, normalization: keras.layers.Layer, split: Split, name: str) -> dict[str, float]:
    """Loss and accuracy of a model on a split, in inference mode."""
    sums = np.zeros(2)
    for start in range(0, len(split), EVALUATION_CHUNK):
        part = slice(start, start + EVALUATION_CHUNK)
        sums += scores(split.y[part], model(normalization(split.x[part]), training=False)).numpy().sum(axis=1)
    loss, accuracy = (sums / len(split)).tolist()
    return {f"{name}_loss": loss, f"{name}_accuracy": accuracy}
