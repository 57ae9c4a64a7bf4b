"""Holds every use of a private part of Keras or TensorFlow, one function each.

`tests/training/test_compat.py` names each part and fails where a new version of the library changes it.
Everything else in the suite stands on public parts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.common import global_state
from keras.src.optimizers.base_optimizer import BaseOptimizer

STATELESS_METHODS = (
    "assign",
    "assign_add",
    "assign_sub",
    "stateless_apply",
    "_var_key",
    "_apply_weight_decay",
    "_backend_update_step",
)
"""Methods of Keras's base optimizer that its TensorFlow optimizer has for `tf.Variable` only."""

_Stateless = type(
    "_Stateless", (keras.optimizers.Optimizer,), {n: getattr(BaseOptimizer, n) for n in STATELESS_METHODS}
)


def stateless(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Copies a Keras optimizer such that its `stateless_apply` works on TensorFlow tensors.

    On the TensorFlow backend Keras refuses `stateless_apply`, for the sake of `tf.distribute`
    (keras/src/backend/tensorflow/optimizer.py). The copy has the methods that do not depend on the backend
    between its own class and the TensorFlow one. There is no public way.
    """
    cls = type(optimizer)
    copy: Any = type(cls.__name__, (cls, _Stateless), {})
    return copy.from_config(optimizer.get_config())


def caller(concrete: tf.types.experimental.ConcreteFunction) -> Callable[[Sequence[tf.Tensor]], Any]:
    """Gives a function that calls a traced function with its tensors in a list, at the least cost.

    A `tf.function` takes a millisecond a call to find out that it knows its arguments: as long as five steps
    of a small model. `inference_fn.call_preflattened` does not look at them. Without it the public call is
    used.
    """
    call = getattr(getattr(concrete, "inference_fn", None), "call_preflattened", None)
    if call is None:
        return lambda tensors: concrete(*tensors)
    return lambda tensors: call([*tensors, *concrete.captured_inputs])


def is_seed(variable: keras.Variable) -> bool:
    """Tells whether a variable of a model is the state of a `keras.random.SeedGenerator`, as dropout has one.

    Keras marks it by nothing but the name that it gives to every one of them.
    """
    return variable.name == _seed_name()


@cache
def _seed_name() -> str:
    return keras.random.SeedGenerator(0).state.name


COUNTS = "object_name_uids"
"""Keras's global attribute that holds how often each name was given."""


@contextmanager
def named_alike() -> Iterator[None]:
    """Lets Keras name what is built as if it were the first that is; afterwards it counts on as before.

    Keras numbers layers and optimizers (`dense_17`), and TensorFlow keeps 35 KiB for each new name of a
    variable, for good: ten thousand models of one structure would fill gigabytes. The public
    `keras.utils.clear_session` frees that, but also forgets the user's session.
    """
    before = global_state.get_global_attribute(COUNTS)
    global_state.set_global_attribute(COUNTS, defaultdict(int))
    try:
        yield
    finally:
        global_state.set_global_attribute(COUNTS, before)


ASK_FOR_MOMENTUM = (keras.optimizers.SGD, keras.optimizers.RMSprop)
"""Optimizers that ask in Python whether their momentum is 0."""


class NonZero:
    """Stands for a traced momentum where Keras asks in Python whether it is 0.

    Keras's SGD and RMSprop choose their update rule by that question, which a tensor cannot answer while it
    is traced. Momentum 0 is another structure and so another program: here the answer is always that it is
    above 0.
    """

    def __init__(self, value: tf.Tensor):
        self._value = value

    def __ne__(self, other: object) -> bool:
        return True

    def __gt__(self, other: object) -> bool:
        return True

    def __tf_tensor__(self, dtype: tf.DType | None = None, name: str | None = None) -> tf.Tensor:
        return tf.cast(self._value, dtype or self._value.dtype)


class ScheduleFreeAdamW(keras.optimizers.ScheduleFreeAdamW):
    """Takes the steps of schedule-free AdamW (Defazio et al. 2024, arXiv:2405.15682, algorithm 1).

    Keras 3.15 means to, and does on JAX. On TensorFlow it keeps a variable that it then changes, in place of
    the value before the change, and so averages other weights.
    """

    def update_step(self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: tf.Tensor) -> None:
        """Changes a weight: its fast sequence z takes a step of Adam without momentum, and the weight becomes
        the interpolation, by beta_1, of z and the mean x of all z."""
        ops, step = keras.ops, keras.ops.cast(self.iterations + 1, variable.dtype)
        given = (gradient, learning_rate, self.beta_1, self.beta_2, self.epsilon)
        gradient, rate, beta_1, beta_2, epsilon = (ops.cast(x, variable.dtype) for x in given)
        index = self._get_variable_index(variable)
        z, velocity = self._momentums[index], self._velocities[index]
        x = (variable - (1 - beta_1) * z) / beta_1
        self.assign_add(velocity, (1 - beta_2) * (ops.square(gradient) - velocity))
        scale = ops.sqrt(velocity / (1 - ops.power(beta_2, step))) + epsilon
        new_z = z - rate * gradient / scale
        self.assign(z, new_z)
        x = x + (new_z - x) / step
        self.assign(variable, (1 - beta_1) * new_z + beta_1 * x)


MENDED: dict[str, type[keras.optimizers.Optimizer]] = {"ScheduleFreeAdamW": ScheduleFreeAdamW}
"""Class of `keras.optimizers` that does not do what it says -> one that does."""


def starts_as_weights(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """Gives the variables of a built optimizer that start as the model's weights, in their order; mostly
    none."""
    return optimizer._momentums if isinstance(optimizer, keras.optimizers.ScheduleFreeAdamW) else []
