"""Keras objects as pure functions of their state, with hyperparameters as inputs rather than Python constants.

One program then serves every training of the same structure, and many of them can be stacked in it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf
from keras.src.optimizers.base_optimizer import BaseOptimizer

from suite.models import is_own
from suite.models.layers import Dropout, Penalty
from suite.study.config import Config
from suite.study.optimizers import OPTIMIZERS


class _Stateless(keras.optimizers.Optimizer):
    """Keras's own backend-independent optimizer methods, between an optimizer's class and the TensorFlow one: that insists on
    `tf.Variable` for the sake of `tf.distribute`, and refuses `stateless_apply` (keras/src/backend/tensorflow/optimizer.py).
    """

    assign = BaseOptimizer.assign
    assign_add = BaseOptimizer.assign_add
    assign_sub = BaseOptimizer.assign_sub
    stateless_apply = BaseOptimizer.stateless_apply
    _var_key = BaseOptimizer._var_key
    _apply_weight_decay = BaseOptimizer._apply_weight_decay
    _backend_update_step = BaseOptimizer._backend_update_step


class _Positive:
    """A traced number where Keras asks in Python whether it is 0, as `if self.momentum != 0`; here it never is."""

    def __init__(self, value: tf.Tensor):
        self._value = value

    def __ne__(self, other):
        return True

    def __gt__(self, other):
        return True

    def __tf_tensor__(self, dtype=None, name=None):
        return tf.cast(self._value, dtype or self._value.dtype)


def stateless(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """A copy of a Keras optimizer whose `stateless_apply` works on TensorFlow tensors."""
    cls = type(optimizer)
    return type(cls.__name__, (cls, _Stateless), {}).from_config(optimizer.get_config())


def traced_values(config: Config, optimizer: keras.optimizers.Optimizer) -> dict[str, float]:
    """Hyperparameters of this training that its program takes as inputs, by name.

    Optimizer scalars count where the optimizer uses them: None and a momentum of 0 choose another update rule in Keras, and
    so another program.
    """
    names = OPTIMIZERS[config.optimizer].hyperparameters
    scalars = {name: getattr(optimizer, name, None) for name in names}
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
def with_values(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, values: dict[str, tf.Tensor]
) -> Iterator[None]:
    """While a program is traced: `values` stand where the model and the optimizer have Python numbers."""
    if "momentum" in values:
        values = values | {"momentum": _Positive(values["momentum"])}
    places = [(optimizer, name) for name in values if name not in ("dropout", "l1", "l2")]
    places += [(layer, "dropout") for layer in model._flatten_layers() if isinstance(layer, Dropout)]
    penalties = {
        id(v.regularizer): v.regularizer
        for v in model.trainable_variables
        if isinstance(v.regularizer, Penalty)
    }
    places += [(penalty, name) for penalty in penalties.values() for name in ("l1", "l2")]
    attributes = [(owner, "rate" if name == "dropout" else name, values[name]) for owner, name in places]
    before = [getattr(owner, attribute) for owner, attribute, _ in attributes]
    try:
        for owner, attribute, value in attributes:
            setattr(owner, attribute, value)
        yield
    finally:
        for (owner, attribute, _), value in zip(attributes, before, strict=True):
            setattr(owner, attribute, value)
