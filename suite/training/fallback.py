"""Trains with Keras's own `fit` what cannot be compiled as a pure function.

Batches, rates and curves are the compiled engine's.
"""

import time
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from suite.data.dataset import Split
from suite.data.preprocessing import Prepared
from suite.study.config import Config
from suite.training.arithmetic import arithmetic
from suite.training.build import assign, build_model, build_optimizer, variables_of
from suite.training.feed import evaluated_training_examples, evaluation_chunk, from_generator
from suite.training.gradient_steps import DIVERGENCE_BOUND
from suite.training.lane import Lane, OnEvaluation
from suite.training.program import Program
from suite.training.result import Result
from suite.training.task_loss import ByExample, TaskLoss


def fit(
    index: int,
    config: Config,
    program: Program,
    start: tuple,
    reason: str,
    on_evaluation: OnEvaluation,
    part: np.ndarray | None,
    *,
    test: bool,
    weights: bool,
) -> Result:
    """Trains one configuration as the compiled engine would.

    Args:
        index: of the training among those asked for.
        config: what to train.
        program: gives data and normalisation; it is never run.
        start: initial state, as `Program.start` gives it.
        reason: why it is not compiled, for the result.
        on_evaluation, test, weights: as in `train_many`.
        part: indices of the training examples that it sees; None: all.

    Raises:
        ValueError: mixup, which `fit` would not do to the targets.
        Exception: whatever the model raises in `fit`.
    """
    if config.augmentation == "mixup":
        raise ValueError(f"`augmentation` expects no mixup where {reason}. Received: augmentation='mixup'.")
    prepared, task_loss = program.prepared, program.task_loss
    model = _compiled(config, program, start)
    lane = Lane.begin(index, config, prepared, task_loss.task, part)
    by_split = task_loss.task.by_split_of(config.monitor)
    splits = (prepared.train.take(evaluated_training_examples(prepared)), prepared.validation)

    def infer(x: np.ndarray) -> np.ndarray:
        outputs: np.ndarray = model(program.normalization(x), training=False).numpy()
        return outputs

    while lane.running:
        started, steps = time.perf_counter(), lane.next_steps
        finite, running_loss = _stretch(model, prepared, lane, steps)
        metrics, more = [np.nan] * 4, [np.nan] * (2 * len(by_split))
        if finite:
            means = [_means(model, program, split, task_loss.scores) for split in splits]
            metrics = np.stack(means, axis=1).reshape(-1).tolist()  # both losses, then both metrics
            more = program.split_metrics.evaluated(by_split, infer) if by_split else []
        row = dict(zip(lane.curves, [*metrics, running_loss, *more], strict=True))
        finite = finite and bool(np.isfinite([*row.values()]).all())
        keep = lane.record(row, finite, steps, time.perf_counter() - started)
        if keep and (test or weights):
            lane.kept = [variable.numpy() for variable in variables_of(model)]
        lane.ended(on_evaluation)

    def measure(kept: list[np.ndarray]) -> dict[str, float]:
        assign(model, kept)
        means = task_loss.test_metrics(_means(model, program, prepared.test, task_loss.test_scores))
        return means | program.split_metrics.tested(by_split, infer) if by_split else means

    return lane.result(_facts(program, reason), measure if test else None, weights)


def _facts(program: Program, reason: str) -> dict[str, str | int | bool]:
    """How it runs, for a Result."""
    return {
        "engine": "fit",
        "reason": reason,
        "xla": False,
        "lanes": 1,
        "traces": 0,
        "device": program.device,
        **arithmetic(),
    }


def _stretch(model: keras.Model, prepared: Prepared, lane: Lane, steps: int) -> tuple[bool, float]:
    """Trains until the next evaluation.

    Returns:
        Whether the loss stayed in bounds, and its mean over the steps.
    """
    rates = _Rates(lane.rates())
    examples = _examples(prepared, lane.order()[:steps])
    history = model.fit(
        examples, epochs=1, steps_per_epoch=steps, shuffle=False, verbose=0, callbacks=[rates]
    )
    return rates.finite, history.history["loss"][0]


class _Rates(keras.callbacks.Callback):
    """Sets the learning rate of every step, and ends `fit` at a loss that is out of bounds.

    Attributes:
        rates: [steps] learning rates.
        finite: whether every loss was finite and below the bound so far.
    """

    def __init__(self, rates: np.ndarray):
        super().__init__()
        self.rates, self.finite = rates, True

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.model.optimizer.learning_rate.assign(self.rates[batch])

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if not (logs or {})["loss"] < DIVERGENCE_BOUND:
            self.finite, self.model.stop_training = False, True


class _Loss(keras.losses.Loss):
    """Gives the task's loss to `fit`. A mere function's targets would be squeezed by Keras."""

    def __init__(self, task_loss: TaskLoss):
        super().__init__()
        self.task_loss = task_loss

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        return self.task_loss.mean_loss(y_true, y_pred)


def _compiled(config: Config, program: Program, start: tuple) -> keras.Model:
    """The model of a config, compiled for `fit`, in its initial state."""
    model = build_model(config, program.prepared)
    trainable, non_trainable, _ = start
    assign(model, [*trainable, *non_trainable])
    model.compile(build_optimizer(config), _Loss(program.task_loss), run_eagerly=program.needs_python)
    return model


def _examples(prepared: Prepared, order: np.ndarray) -> tf.data.Dataset:
    """The batches of `order` [steps, batch], normalised."""
    train = prepared.train

    def read() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for index in order:
            yield train.x[index], train.y[index]

    batches = from_generator(read, order.shape[1:], train.x, train.y)
    return batches.map(lambda x, y: (prepared.normalization(x), y))


def _means(model: keras.Model, program: Program, split: Split, scores: ByExample) -> np.ndarray:
    """Weighted means over a split of what `scores` gives for its examples, in inference mode."""
    example_weights = program.task_loss.example_weights(split.y)
    sums: Any = 0.0
    chunk = evaluation_chunk(program.prepared)
    for start in range(0, len(split), chunk):
        part = slice(start, start + chunk)
        outputs = model(program.normalization(split.x[part]), training=False)
        sums += scores(tf.constant(split.y[part]), outputs).numpy() @ example_weights[part]
    return sums / example_weights.sum()
