"""Takes gradients in two ways, and measures what they cost. Imports TensorFlow inside its functions only."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

    from suite.demonstrations.gradients.differentiation import Piece

INPUTS, CLASSES, EXAMPLES = 8, 3, 16
"""Sizes of the networks that are differentiated."""

REPEATS = 30
"""Evaluations that are timed."""

WRONG = 1.01
"""Factor by which the gradient of the control is wrong."""

STEPS = tuple(10.0**-power for power in range(1, 13))
"""How far a number is moved, where that is what is looked at."""

METHODS = {
    "central, 64 bits": (True, "float64"),
    "one-sided, 64 bits": (False, "float64"),
    "central, 32 bits": (True, "float32"),
}
"""Name -> whether differences are central, and the type of the numbers."""


@dataclass(frozen=True)
class Check:
    """One gradient, in two ways.

    Attributes:
        size: numbers that it is a gradient by.
        error: relative, of the gradient from differences against backpropagation's.
        evaluations: that the differences took.
    """

    size: int
    error: float
    evaluations: int


@dataclass(frozen=True)
class Cost:
    """What the gradient of a network costs.

    Attributes:
        check: its two gradients.
        by_differences, by_backpropagation: seconds of either, without compilation.
    """

    check: Check
    by_differences: float
    by_backpropagation: float


def check(piece: "Piece", step: float) -> Check:
    """Takes the gradient of a piece by backpropagation and by central differences."""
    return _timed(piece, step)[0]


def cost(width: int, step: float, seed: int) -> Cost:
    """Checks the gradient of a network, and times both ways; backpropagation as the median of REPEATS."""
    piece = network(width, seed)
    found, taken = _timed(piece, step)
    return Cost(found, taken, float(np.median(timings(piece)[1])))


def _timed(piece: "Piece", step: float) -> tuple[Check, float]:
    from suite.demonstrations.gradients.differentiation import backpropagated, numerical, relative_error

    found = numerical(piece, step)
    error = relative_error(backpropagated(piece), found.gradient)
    return Check(piece.size, error, found.evaluations), found.seconds


def timings(piece: "Piece") -> tuple[np.ndarray, np.ndarray]:
    """[REPEATS] seconds of an evaluation, and of one with its gradient by backpropagation."""
    from suite.demonstrations.gradients.differentiation import seconds

    return seconds(piece, REPEATS)


def network(width: int, seed: int, *, examples: int = EXAMPLES, dtype: str = "float64") -> "Piece":
    """The mean cross-entropy of a network with two hidden layers of tanh on random examples, by its
    parameters."""
    import keras
    import tensorflow as tf

    from suite.demonstrations.gradients.differentiation import Piece

    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(examples, INPUTS)).astype(dtype), rng.integers(0, CLASSES, examples)
    shapes = [shape for pair in pairwise((INPUTS, width, width, CLASSES)) for shape in (pair, pair[1:])]
    parameters = tuple(rng.normal(0, shape[0] ** -0.5, shape).astype(dtype) for shape in shapes)

    def loss(values: "Sequence[tf.Tensor]") -> "tf.Tensor":
        hidden = x
        for place in range(0, len(values) - 2, 2):
            hidden = tf.tanh(tf.matmul(hidden, values[place]) + values[place + 1])
        logits = tf.matmul(hidden, values[-2]) + values[-1]
        return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True))

    return Piece(loss, parameters)


def wrong_sigmoid() -> "Piece":
    """The control: a sigmoid whose gradient is WRONG times what it should be, which a check must find."""
    import tensorflow as tf

    from suite.demonstrations.gradients.differentiation import Piece

    @tf.custom_gradient
    def sigmoid(x: tf.Tensor) -> tuple:
        h = tf.sigmoid(x)
        return h, lambda upstream: WRONG * upstream * h * (1 - h)

    at = np.random.default_rng(0).normal(size=6)
    return Piece(lambda values: tf.reduce_sum(sigmoid(values[0])), (at,))


def errors_by_step(seed: int) -> dict[str, np.ndarray]:
    """Method -> [steps] relative error of a small network's gradient, by how far each number is moved."""
    from suite.demonstrations.gradients.differentiation import backpropagated, numerical, relative_error

    exact = backpropagated(network(2, seed))
    found: dict[str, np.ndarray] = {}
    for name, (central, dtype) in METHODS.items():
        piece = network(2, seed, dtype=dtype)
        gradients = [numerical(piece, step, central=central).gradient for step in STEPS]
        found[name] = np.array([relative_error(exact, gradient) for gradient in gradients])
    return found
