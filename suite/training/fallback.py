"""Training with Keras's own `fit`, for models that cannot be compiled as a pure function: the same batches, rates and curves."""

import time
from collections.abc import Callable, Iterator

import keras
import numpy as np
import tensorflow as tf

from suite.data.dataset import Split
from suite.data.preprocessing import Prepared
from suite.study.config import Config
from suite.training.feed import evaluation_chunk, probe
from suite.training.lane import Lane, OnEvaluation
from suite.training.objective import Objective
from suite.training.program import DIVERGENCE_BOUND, Program, build_model, build_optimizer
from suite.training.result import Result


def fit(
    index: int,
    config: Config,
    program: Program,
    start,
    reason: str,
    on_evaluation: OnEvaluation,
    *,
    test: bool,
    weights: bool,
) -> Result:
    """Trains one configuration as the compiled engine would.

    Args:
        index: of the training among those asked for.
        program: gives data and normalisation; it is never run.
        start: initial state, as `Program.start` gives it.
        reason: why not, for the result.
        on_evaluation, test, weights: as in `train_many`.

    Raises:
        Exception: whatever the model raises in `fit`.
    """
    prepared, curves = program.prepared, program.objective.task.curves
    model, lane = _model(config, program, start), Lane.begin(index, config, prepared, curves)
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    seen = (prepared.train.take(probe(prepared)), prepared.validation)
    while lane.running:
        started, steps = time.perf_counter(), lane.next_steps
        rates, examples = _Rates(lane.rates()), _stream(prepared, lane.order()[:steps])
        history = model.fit(
            examples, epochs=1, steps_per_epoch=steps, shuffle=False, verbose=0, callbacks=[rates]
        )
        numbers = [np.nan] * 4
        if rates.fine:
            means = [_means(model, program, split, program.objective.scores) for split in seen]
            numbers = np.stack(means, axis=1).reshape(-1).tolist()  # both losses, then both metrics
        numbers = dict(zip(curves, [*numbers, history.history["loss"][0]], strict=True))
        fine = rates.fine and bool(np.isfinite([*numbers.values()]).all())
        if lane.record(numbers, fine, steps, time.perf_counter() - started) and (test or weights):
            lane.kept = [variable.numpy() for variable in variables]
        lane.ended(on_evaluation)

    def measure_test(kept: list[np.ndarray]) -> dict[str, float]:
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)
        return program.objective.tested(_means(model, program, prepared.test, program.objective.test_scores))

    facts = {
        "engine": "fit",
        "reason": reason,
        "xla": False,
        "lanes": 1,
        "traces": 0,
        "device": program.device,
    }
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


class _Loss(keras.losses.Loss):
    """The objective's, which Keras would squeeze if it were a mere function."""

    def __init__(self, objective: Objective):
        super().__init__()
        self.objective = objective

    def call(self, y_true, y_pred):
        return self.objective.mean_loss(y_true, y_pred)


def _model(config: Config, program: Program, start) -> keras.Model:
    """The model of a config, compiled for `fit`, in its initial state."""
    model = build_model(config, program.prepared)
    trainable, rest, _ = start
    for variable, value in zip(
        [*model.trainable_variables, *model.non_trainable_variables], [*trainable, *rest], strict=True
    ):
        variable.assign(value)
    model.compile(build_optimizer(config), _Loss(program.objective), run_eagerly=program.needs_python)
    return model


def _stream(prepared: Prepared, order: np.ndarray) -> tf.data.Dataset:
    """The batches of `order` [steps, batch], normalised."""
    train = prepared.train

    def read() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for index in order:
            yield train.x[index], train.y[index]

    specs = tuple(tf.TensorSpec(order.shape[1:] + part.shape[1:], part.dtype) for part in (train.x, train.y))
    examples = tf.data.Dataset.from_generator(read, output_signature=specs)
    return examples.map(lambda x, y: (prepared.normalization(x), y)).prefetch(2)


def _means(model: keras.Model, program: Program, split: Split, scores: Callable) -> np.ndarray:
    """Weighted means over a split of what `scores` gives for its examples, in inference mode."""
    weights, sums, chunk = program.objective.weights(split.y), 0.0, evaluation_chunk(program.prepared)
    for start in range(0, len(split), chunk):
        part = slice(start, start + chunk)
        outputs = model(program.normalization(split.x[part]), training=False)
        sums += scores(tf.constant(split.y[part]), outputs).numpy() @ weights[part]
    return sums / weights.sum()
