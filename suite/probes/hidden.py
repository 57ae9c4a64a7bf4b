"""Finds the hidden layers of a model, and runs it on a fixed batch of training examples. Imports
TensorFlow."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from suite.data.preprocessing import Prepared
from suite.models import is_own
from suite.study.config import Config
from suite.study.identity import structure
from suite.training import build
from suite.training.build import assign, build_model, variables_of
from suite.training.compat import is_seed
from suite.training.load import prepared
from suite.training.task_loss import TaskLoss

layers = keras.layers
FOLLOWS = (
    layers.BatchNormalization, layers.LayerNormalization, layers.GroupNormalization, layers.Activation,
    layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU,
)  # fmt: skip
"""Layers that belong to the hidden layer whose output they take."""


@dataclass(frozen=True)
class Call:
    """One call of a layer.

    Attributes:
        layer: that was called. inputs: its tensors. output: its first tensor.
    """

    layer: keras.layers.Layer
    inputs: tuple[tf.Tensor, ...]
    output: tf.Tensor


@dataclass(frozen=True)
class Hidden:
    """A hidden layer.

    Attributes:
        name: its place and its kind, such as `2 Dense`: Keras's own names depend on what else the process has
            built.
        activation: the last function that was applied, by Keras's name; `gated` for LSTM and GRU, whose gates
            multiply what it gives; empty where there is none.
        kernels: of the layer, in its order.
        output: [batch, ..., units].
    """

    name: str
    activation: str
    kernels: tuple[keras.Variable, ...]
    output: tf.Tensor


def hidden_layers(calls: Sequence[Call], outputs: tf.Tensor) -> list[Hidden]:
    """Picks the hidden layers among the calls of a model, in the order in which it runs.

    A hidden layer is a layer with kernels (dense, convolutional, recurrent, attention; an embedding has
    none),
    with the normalizations and activations of FOLLOWS that take its output, one after the other: its output
    is what the last of them gives, before pooling and before a residual is added. The layer whose output is
    the model's is not hidden.
    """
    found: list[Hidden] = []
    for place, call in enumerate(calls):
        kernels = tuple(v for v in call.layer.trainable_variables if v.name.endswith("kernel"))
        if not kernels:
            continue
        output, activation = call.output, _activation(call.layer)
        for other in calls[place + 1 :]:
            if isinstance(other.layer, FOLLOWS) and other.inputs and other.inputs[0] is output:
                output, activation = other.output, _activation(other.layer) or activation
        if output is not outputs:
            found.append(Hidden(f"{len(found) + 1} {type(call.layer).__name__}", activation, kernels, output))
    return found


def _activation(layer: keras.layers.Layer) -> str:
    """The activation of a layer, as `Hidden` names it."""
    if isinstance(layer, layers.Bidirectional):
        return _activation(layer.forward_layer)
    if isinstance(layer, layers.LSTM | layers.GRU):
        return "gated"
    if isinstance(layer, layers.ReLU):
        return "relu"
    return getattr(getattr(layer, "activation", None), "__name__", "")


def leaves(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Every layer of a model once; of models inside it, their layers in their place."""
    found: dict[int, keras.layers.Layer] = {}
    for layer in model.layers:
        for leaf in leaves(layer) if isinstance(layer, keras.Model) else (layer,):
            found.setdefault(id(leaf), leaf)
    yield from found.values()


@contextmanager
def recorded(model: keras.Model) -> Iterator[list[Call]]:
    """Context in which every call of a layer of `model` is added to the list that it gives."""
    calls: list[Call] = []
    each = list(leaves(model))

    def recording(layer: keras.layers.Layer) -> Any:
        call = layer.call

        def wrapped(*arguments: Any, **named: Any) -> Any:
            given = keras.tree.flatten((arguments, named))
            outputs = call(*arguments, **named)
            tensors = tuple(value for value in given if tf.is_tensor(value))
            calls.append(Call(layer, tensors, keras.tree.flatten(outputs)[0]))
            return outputs

        return wrapped

    for layer in each:
        layer.call = recording(layer)
    try:
        yield calls
    finally:
        for layer in each:
            del layer.call  # the method of its class shows again


@lru_cache(maxsize=4)
def _built(structure: Config, data: Prepared) -> keras.Model:
    return build_model(structure, data)


def _model(config: Config) -> keras.Model:
    """A model of a config's structure, in 32 bits; its weights are whatever the last caller left."""
    plain = config.replace(dtype_policy="float32")
    return _built(structure(plain), prepared(plain))


def initial_weights(config: Config) -> list[np.ndarray]:
    """The weights that a training starts from: the model's trainable, then its other variables. With
    `pretraining_epochs` those before the pretraining."""
    # Layers of dropout would draw seeds between the weights, so the engine draws the weights without them.
    plain = config if is_own(config.model) else config.replace(dropout=0.0)
    values = iter(build.initial_weights(plain, prepared(plain)))
    return [v.numpy() if is_seed(v) else next(values) for v in variables_of(_model(config))]


def model_of(config: Config, weights: Sequence[np.ndarray]) -> keras.Model:
    """The model of a config with `weights`, in the order that `initial_weights` has; in 32 bits, without
    dropout and augmentation, for the probes look at the network itself. The next call may change the same
    model."""
    model = _model(config)
    assign(model, weights)
    core = model if config.augmentation == "none" else model.layers[-1]
    for layer in leaves(core):
        if isinstance(layer, layers.Dropout):
            layer.rate = 0.0
    return core


@dataclass(frozen=True)
class Batch:
    """Training examples for a probe.

    Attributes:
        x: as the model takes them, normalised. y: targets. task_loss: what is learned of them.
    """

    x: tf.Tensor
    y: tf.Tensor
    task_loss: TaskLoss


def batch_of(config: Config, size: int) -> Batch:
    """`size` training examples, or all if there are fewer: the same at every call, and for every seed."""
    data = prepared(config)
    count = min(size, data.examples)
    at = np.sort(np.random.default_rng(0).choice(data.examples, count, replace=False))
    x = data.normalization(tf.convert_to_tensor(np.asarray(data.train.x[at])))
    return Batch(x, tf.convert_to_tensor(data.train.y[at]), TaskLoss(data, config.loss))
