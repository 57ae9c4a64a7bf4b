"""Follows a batch of irises through a network and back, in NumPy, beside what TensorFlow and the training
give."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suite.study.config import Config

COLUMNS = ("sepal length", "sepal width", "petal length", "petal width")
"""Of the data set, in centimetres."""


@dataclass(frozen=True)
class Trace:
    """One gradient step of a network with a hidden layer of ReLU.

    Attributes:
        examples: of the training, validation and test split.
        raw, x: [batch, 4] the batch in centimetres, and normalised as the model takes it. y: [batch] its
            classes.
        names: of the classes.
        mean, std: [4] of the training split, by which it is normalised.
        parameters: kernel and bias of the hidden layer, then of the output layer, before the step.
        hidden, logits, probabilities: [batch, ...] what the batch becomes. losses: [batch].
        d_logits: [batch, 3] gradient of the mean loss by the logits. gradients: by `parameters`, by hand.
        tape: the same by TensorFlow.
        after: `parameters` after the step by hand. trained: the same by one step of the training.
    """

    examples: tuple[int, int, int]
    raw: np.ndarray
    x: np.ndarray
    y: np.ndarray
    names: tuple[str, ...]
    mean: np.ndarray
    std: np.ndarray
    parameters: tuple[np.ndarray, ...]
    hidden: np.ndarray
    logits: np.ndarray
    probabilities: np.ndarray
    losses: np.ndarray
    d_logits: np.ndarray
    gradients: tuple[np.ndarray, ...]
    tape: tuple[np.ndarray, ...]
    after: tuple[np.ndarray, ...]
    trained: tuple[np.ndarray, ...]


def follow(config: Config) -> Trace:
    """Follows the first batch of a training on `iris`, by plain gradient descent. Imports TensorFlow.

    Args:
        config: of a dense model with one hidden layer of ReLU, and the optimizer `sgd`.
    """
    from suite.probes.hidden import initial_weights
    from suite.training.engine import train_many
    from suite.training.load import prepared
    from suite.training.streams import Streams, batches

    data = prepared(config)
    at = next(batches(Streams.of(config.seed).order, data.examples, config.batch_size))
    raw, y = np.asarray(data.train.x[at], np.float64), data.train.y[at]
    mean, std = np.asarray(data.dataset.mean), np.sqrt(np.asarray(data.dataset.variance))
    x = (raw - mean) / std
    parameters = tuple(np.asarray(each, np.float64) for each in initial_weights(config))
    hidden, logits, probabilities, losses = forward(parameters, x, y)
    d_logits, gradients = backward(parameters, x, y, hidden, probabilities)
    step = train_many(
        [config.replace(evaluate_every=1)], weights=True, on_evaluation=lambda index, values: True
    )  # which ends after the first
    ((_, result),) = step
    return Trace(
        examples=(len(data.train), len(data.validation), len(data.test)),
        raw=raw,
        x=x,
        y=y,
        names=tuple(data.dataset.class_names),
        mean=mean,
        std=std,
        parameters=parameters,
        hidden=hidden,
        logits=logits,
        probabilities=probabilities,
        losses=losses,
        d_logits=d_logits,
        gradients=gradients,
        tape=_by_tape(config, at),
        after=tuple(p - config.learning_rate * g for p, g in zip(parameters, gradients, strict=True)),
        trained=tuple(result.weights or ()),
    )


def forward(
    parameters: tuple[np.ndarray, ...], x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hidden outputs [batch, width], logits and probabilities [batch, classes], losses [batch]."""
    kernel, bias, last_kernel, last_bias = parameters
    hidden = np.maximum(x @ kernel + bias, 0)
    logits = hidden @ last_kernel + last_bias
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    return hidden, logits, probabilities, -np.log(probabilities[np.arange(len(y)), y])


def backward(
    parameters: tuple[np.ndarray, ...],
    x: np.ndarray,
    y: np.ndarray,
    hidden: np.ndarray,
    probabilities: np.ndarray,
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Gradient of the mean loss by the logits [batch, classes], and by each parameter: the chain rule."""
    d_logits = (probabilities - np.eye(probabilities.shape[1])[y]) / len(y)
    d_hidden = d_logits @ parameters[2].T * (hidden > 0)
    return d_logits, (x.T @ d_hidden, d_hidden.sum(axis=0), hidden.T @ d_logits, d_logits.sum(axis=0))


def losses_before(configs: Sequence[Config], trace: Trace) -> np.ndarray:
    """[n] mean loss of the followed batch before training, from each one's own initial weights. Imports
    TensorFlow."""
    from suite.probes.hidden import initial_weights

    each = [tuple(np.asarray(part, np.float64) for part in initial_weights(config)) for config in configs]
    return np.array([forward(parameters, trace.x, trace.y)[3].mean() for parameters in each])


def _by_tape(config: Config, at: np.ndarray) -> tuple[np.ndarray, ...]:
    """The gradients of the training's own loss, by TensorFlow."""
    import tensorflow as tf

    from suite.training.build import build_model
    from suite.training.load import prepared
    from suite.training.task_loss import TaskLoss

    data = prepared(config)
    model = build_model(config, data)
    with tf.GradientTape() as tape:
        logits = model(data.normalization(tf.constant(data.train.x[at])), training=True)
        loss = TaskLoss(data).mean_loss(tf.constant(data.train.y[at]), logits)
    return tuple(gradient.numpy() for gradient in tape.gradient(loss, model.trainable_variables))
