"""Hyperparameters that a compiled program takes as inputs, not as Keras's Python numbers.

One program then serves every training of the same structure, and many of them can be stacked in it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import keras
import tensorflow as tf

from suite.models import is_own
from suite.models.layers import Dropout, Penalty
from suite.study.config import Config
from suite.study.optimizers import OPTIMIZERS
from suite.training.compat import ASK_FOR_MOMENTUM, NonZero


def traced_hyperparameters(config: Config, optimizer: keras.optimizers.Optimizer) -> dict[str, float]:
    """Gives the hyperparameters of one training that its program takes as inputs, by Keras's name.

    Optimizer scalars count where the optimizer uses them: None and a momentum of 0 choose another update rule
    in Keras, and so another program. The layers of a model of one's own are Keras's, which take theirs as
    constants.

    Args:
        config: of the training.
        optimizer: the one that `config` names.
    """
    spec = OPTIMIZERS[config.optimizer]
    names = [theirs for ours in spec.hyperparameters for theirs in spec.names(ours)]
    scalars = {name: getattr(optimizer, name) for name in names}
    values = {
        name: float(value)
        for name, value in scalars.items()
        if value is not None and not (name == "momentum" and value == 0)
    }
    if is_own(config.model):
        return values
    if config.dropout:
        values["dropout"] = config.dropout
    if config.l1 or config.l2:
        values |= {"l1": config.l1, "l2": config.l2}
    return values


@contextmanager
def with_hyperparameters(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, values: Mapping[str, tf.Tensor]
) -> Iterator[None]:
    """Puts tensors where a model and an optimizer have Python numbers, while a program is traced.

    Args:
        model: whose `Dropout` and `Penalty` take `dropout`, `l1` and `l2`.
        optimizer: takes the others.
        values: scalars by name, as `traced_hyperparameters` names them.
    """
    places: list[tuple[object, str, object]] = []
    for name, value in values.items():
        if name == "dropout":
            places += [(layer, "rate", value) for layer in nested_layers(model) if isinstance(layer, Dropout)]
        elif name in ("l1", "l2"):
            places += [(penalty, name, value) for penalty in _penalties(model)]
        else:
            asked = name == "momentum" and isinstance(optimizer, ASK_FOR_MOMENTUM)
            places.append((optimizer, name, NonZero(value) if asked else value))
    before = [getattr(owner, attribute) for owner, attribute, _ in places]
    try:
        for owner, attribute, value in places:
            setattr(owner, attribute, value)
        yield
    finally:
        for (owner, attribute, _), old in zip(places, before, strict=True):
            setattr(owner, attribute, old)


def nested_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Gives the layers of a model and of the models in it."""
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from nested_layers(layer)


def _penalties(model: keras.Model) -> list[Penalty]:
    """Gives each of a model's penalties once: a layer's kernels share theirs."""
    found = (variable.regularizer for variable in model.trainable_variables)
    return list({id(each): each for each in found if isinstance(each, Penalty)}.values())
