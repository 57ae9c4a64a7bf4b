"""Differentiates scalar functions of many numbers in two ways: by backpropagation, and by differences.
Imports TensorFlow."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np
import tensorflow as tf

FLOOR = 1e-2
"""Share of the whole gradient's norm that the error of a part is at least compared with. Some gradients are 0
by their nature, such as that of a bias before batch normalization; of those, only rounding errors could be
compared."""


@dataclass(frozen=True)
class Piece:
    """A scalar function and the point at which it is differentiated.

    Attributes:
        function: tensors like `at` -> scalar.
        at: its arguments, the parameters of a layer and what goes into it: float arrays.
        layers: names of the classes of layers that it uses.
    """

    function: Callable[[Sequence[tf.Tensor]], tf.Tensor]
    at: tuple[np.ndarray, ...]
    layers: tuple[str, ...] = ()

    @cached_property
    def compiled(self) -> Callable[[np.ndarray], float]:
        """The same function of one flat array, compiled."""
        shapes, sizes = [part.shape for part in self.at], [part.size for part in self.at]

        def flat(vector: tf.Tensor) -> tf.Tensor:
            parts = tf.split(vector, sizes)
            return self.function([tf.reshape(part, s) for part, s in zip(parts, shapes, strict=True)])

        traced = tf.function(flat, autograph=False)
        traced(tf.constant(self.point))
        return lambda vector: float(traced(tf.constant(vector)))

    @property
    def point(self) -> np.ndarray:
        """[size] where it is differentiated."""
        return np.concatenate([np.ravel(part) for part in self.at])

    @property
    def size(self) -> int:
        """How many numbers it is a function of."""
        return sum(part.size for part in self.at)


def of_layer(
    layer: keras.layers.Layer,
    *inputs: np.ndarray,
    tokens: np.ndarray | None = None,
    seed: int = 0,
    **arguments: object,
) -> Piece:
    """A layer as a function of its parameters and its inputs: the sum of what it puts out, each output with a
    weight of its own, so that none can hide behind another.

    Args:
        layer: with a dtype of float64. Its parameters get random values, biases too.
        inputs: float64 arrays; several are given to the layer as a list.
        tokens: int32 inputs in their place, by which nothing is differentiated.
        seed: of the parameters and the weights. arguments: of the layer's call.
    """
    rng = np.random.default_rng(seed)
    given = tokens if tokens is not None else inputs[0] if len(inputs) == 1 else list(inputs)
    outputs = keras.tree.flatten(layer(given, **arguments))
    weights = [rng.normal(size=tuple(output.shape)) for output in outputs]
    parameters = [rng.normal(0, 0.5, tuple(variable.shape)) for variable in layer.trainable_variables]
    others = [variable.numpy() for variable in layer.non_trainable_variables]

    def function(values: Sequence[tf.Tensor]) -> tf.Tensor:
        trainable, rest = list(values[: len(parameters)]), list(values[len(parameters) :])
        x = tokens if tokens is not None else rest[0] if len(rest) == 1 else rest
        outputs, _ = layer.stateless_call(trainable, others, x, **arguments)
        each = zip(keras.tree.flatten(outputs), weights, strict=True)
        return tf.add_n([tf.reduce_sum(output * weight) for output, weight in each])

    return Piece(function, (*parameters, *inputs), tuple(_names(layer)))


def _names(layer: keras.layers.Layer) -> Iterator[str]:
    """The classes of a layer and of those inside it."""
    inside = layer.layers if isinstance(layer, keras.Model) else [getattr(layer, "forward_layer", None)]
    yield from (type(each).__name__ for each in (layer, *inside) if each is not None)


def backpropagated(piece: Piece) -> list[np.ndarray]:
    """The gradient by each argument, by `tf.GradientTape`."""
    arguments = [tf.constant(part) for part in piece.at]
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        value = piece.function(arguments)
    gradients = tape.gradient(value, arguments, unconnected_gradients="zero")
    return [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]


def seconds(piece: Piece, repeats: int) -> tuple[np.ndarray, np.ndarray]:
    """[repeats] how long a compiled evaluation takes, and one with its gradient by backpropagation."""
    arguments = [tf.constant(part) for part in piece.at]

    def with_gradient() -> tuple[tf.Tensor, list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            tape.watch(arguments)
            value = piece.function(arguments)
        return value, tape.gradient(value, arguments)

    def plain() -> tf.Tensor:
        return piece.function(arguments)

    functions = [tf.function(each, autograph=False) for each in (plain, with_gradient)]
    taken = np.empty((2, repeats))
    for repeat in range(-1, repeats):  # the first one compiles
        for place, function in enumerate(functions):
            started = time.perf_counter()
            tf.nest.map_structure(lambda tensor: tensor.numpy(), function())
            taken[place, repeat] = time.perf_counter() - started
    return taken[0], taken[1]


class Counted:
    """A piece that counts how often it is evaluated, and for how long."""

    def __init__(self, piece: Piece):
        self._function, self.evaluations, self.seconds = piece.compiled, 0, 0.0

    def __call__(self, vector: np.ndarray) -> float:
        self.evaluations += 1
        started = time.perf_counter()
        value = self._function(vector)
        self.seconds += time.perf_counter() - started
        return value


@dataclass(frozen=True)
class Differences:
    """A gradient from differences.

    Attributes:
        gradient: by each argument. evaluations: of the function that it took. seconds: that those took.
    """

    gradient: list[np.ndarray]
    evaluations: int
    seconds: float


def numerical(piece: Piece, step: float, *, central: bool = True) -> Differences:
    """The gradient by each argument from differences.

    Args:
        step: how far each number is moved.
        central: (f(x + step) - f(x - step)) / (2 step), whose error falls with the square of the step, rather
            than (f(x + step) - f(x)) / step, whose error falls with the step.
    """
    function, point = Counted(piece), piece.point
    gradient, here = np.empty_like(point), 0.0 if central else function(point)
    for place in range(point.size):
        after, before = point.copy(), point.copy()
        after[place] += step
        before[place] -= step if central else 0
        fall = function(before) if central else here
        moved = after[place] - before[place]  # what rounding leaves of it
        gradient[place] = (function(after) - fall) / moved if moved else 0.0
    parts = np.split(gradient, np.cumsum([part.size for part in piece.at])[:-1])
    shaped = [part.reshape(like.shape) for part, like in zip(parts, piece.at, strict=True)]
    return Differences(shaped, function.evaluations, function.seconds)


def relative_error(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> float:
    """The largest over the parts of two gradients of |first - second| / max(|first|, |second|), by their
    norms, where the denominator is at least FLOOR of the whole gradient's norm. 0 where both are 0
    throughout."""
    whole = max(_norm(np.concatenate([np.ravel(part) for part in each])) for each in (first, second))
    errors = [
        _norm(a - b) / max(_norm(a), _norm(b), FLOOR * whole) if whole else 0.0
        for a, b in zip(first, second, strict=True)
    ]
    return max(errors)


def _norm(array: np.ndarray) -> float:
    return float(np.linalg.norm(np.ravel(array).astype(np.float64)))
