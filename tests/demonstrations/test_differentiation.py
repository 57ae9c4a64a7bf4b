"""Two ways to differentiate: on functions whose derivatives are known, on wrong gradients, and over all
layers."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from suite.demonstrations.gradients import graph
from suite.demonstrations.gradients.checks import (
    CLASSES,
    INPUTS,
    STEPS,
    check,
    errors_by_step,
    network,
    wrong_sigmoid,
)
from suite.demonstrations.gradients.differentiation import (
    Piece,
    backpropagated,
    numerical,
    of_layer,
    relative_error,
)
from suite.demonstrations.gradients.layers import LAYERS
from suite.models import builder
from suite.models.augmentation import augment
from suite.probes.hidden import leaves

POINT = np.array([1.0, -2.0]), np.array([[3.0], [0.5]])
CUBE = Piece(lambda values: tf.reduce_sum(values[0] ** 3 * values[1]), POINT)


def test_a_cubic_by_hand():
    """Of sum over i, j of a_i^3 b_j with a = (1, -2), b = (3, 0.5): 3 a^2 sum(b), and sum(a^3)."""
    expected = [np.array([10.5, 42.0]), np.array([[-7.0], [-7.0]])]
    for part, known in zip(backpropagated(CUBE), expected, strict=True):
        np.testing.assert_allclose(part, known)
    found = numerical(CUBE, 1e-2)
    assert found.evaluations == 2 * 4
    bent = 1e-4 * 3.5  # the third derivative's share: the square of the step times sum(b)
    np.testing.assert_allclose(found.gradient[0], expected[0] + bent)
    np.testing.assert_allclose(found.gradient[1], expected[1])


def test_one_sided_differences_are_off_by_half_the_second_derivative():
    found = numerical(CUBE, 1e-3, central=False)
    assert found.evaluations == 1 + 4
    np.testing.assert_allclose(found.gradient[0], [10.5 + 3.5 * 3e-3, 42 - 3.5 * 6e-3], rtol=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        ([[3.0, 4.0]], [[3.0, 4.0]], 0),
        ([[3.0, 4.0]], [[3.0, 3.0]], 0.2),
        ([[0.0]], [[0.0]], 0),
        ([[1.0], [2.0]], [[1.0], [1.0]], 0.5),
        ([[100.0], [0.0]], [[100.0], [1e-9]], 1e-9),  # of a gradient that is 0, only rounding is left
    ],
)
def test_relative_error(first, second, error):
    arrays = ([np.array(part) for part in each] for each in (first, second))
    assert relative_error(*arrays) == pytest.approx(error)


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer(name):
    found = check(LAYERS[name](), 1e-5)
    assert found.error < 1e-6
    assert found.evaluations == 2 * found.size > 0


def test_a_wrong_gradient_is_found():
    assert check(wrong_sigmoid(), 1e-5).error == pytest.approx(0.01 / 1.01, rel=1e-4)


def test_a_layer_whose_gradient_is_wrong_in_one_parameter_is_found():
    class Dense(keras.layers.Layer):
        """A dense layer that forgets its bias on the way back."""

        def build(self, shape):
            self.kernel, self.bias = self.add_weight((shape[-1], 2)), self.add_weight((2,))

        def call(self, inputs):
            return tf.matmul(inputs, self.kernel) + tf.stop_gradient(tf.convert_to_tensor(self.bias))

    layer = Dense(dtype="float64")
    assert check(of_layer(layer, np.ones((3, 4))), 1e-5).error == pytest.approx(1)


TOKENS = {"input_shape": (9,), "vocabulary_size": 9, "width": 8}
BUILT = [
    ("dense", {"input_shape": (4,), "normalization": "batch", "dropout": 0.5}),
    ("dense", TOKENS | {"normalization": "layer"}),
    ("conv", {"input_shape": (9, 9), "pooling": "max"}),
    ("conv", {"input_shape": (9, 9), "pooling": "average", "units": 4}),
    ("conv", {"input_shape": (9, 2), "pooling": "max"}),
    ("conv", {"input_shape": (9, 2), "pooling": "average"}),
    *(("rnn", TOKENS | {"cell": cell, "bidirectional": True}) for cell in ("simple_rnn", "gru", "lstm")),
    ("transformer", TOKENS | {"positional_encoding": "learned"}),
    ("transformer", {"input_shape": (6, 3, 2), "causal": True, "width": 8}),
    ("seq2seq", TOKENS | {"output_length": 4, "attention": "luong"}),
    ("seq2seq", TOKENS | {"output_length": 4, "attention": "bahdanau"}),
    ("seq2seq_transformer", TOKENS | {"output_length": 4}),
    ("quadratic", {"input_shape": (100,), "num_outputs": 1}),
]
RANDOM = {"RandomFlip", "RandomTranslation"}
"""Layers that act on images in training only, before everything that has parameters."""


def test_every_layer_type_that_the_builders_use_is_checked():
    used = set()
    for name, settings in BUILT:
        model, shape = builder(name)(**{"num_outputs": 3, **settings}), settings["input_shape"]
        if name == "conv" and len(shape) == 3:
            model = augment(model, "flip_and_shift", shape)
        for layer in leaves(model):
            used |= {type(layer).__name__, type(getattr(layer, "forward_layer", layer)).__name__}
    checked = {layer for build in LAYERS.values() for layer in build().layers}
    assert used - checked - RANDOM == set()


def test_a_network_against_its_gradient_by_hand():
    """Softmax, two layers of tanh: the chain rule in NumPy."""
    piece = network(3, seed=1)
    w1, b1, w2, b2, w3, b3 = piece.at
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(16, INPUTS)), rng.integers(0, CLASSES, 16)
    h1 = np.tanh(x @ w1 + b1)
    h2 = np.tanh(h1 @ w2 + b2)
    p = np.exp(h2 @ w3 + b3)
    d3 = (p / p.sum(axis=1, keepdims=True) - np.eye(CLASSES)[y]) / 16
    d2 = d3 @ w3.T * (1 - h2**2)
    d1 = d2 @ w2.T * (1 - h1**2)
    known = [x.T @ d1, d1.sum(axis=0), h1.T @ d2, d2.sum(axis=0), h2.T @ d3, d3.sum(axis=0)]
    assert relative_error(backpropagated(piece), known) < 1e-12


def test_errors_fall_with_the_step_until_rounding_takes_over():
    found = errors_by_step(seed=0)
    steps = np.array(STEPS)
    central, one_sided, single = found.values()
    assert steps[central.argmin()] == pytest.approx(1e-5)
    assert central[2] / central[1] == pytest.approx(1e-2, rel=0.1)  # the square of the step
    assert one_sided[3] / one_sided[2] == pytest.approx(1e-1, rel=0.1)  # the step itself
    assert central.min() < 1e-8 < one_sided.min() < 1e-6 < single.min()


def test_the_graph_by_hand():
    """Of (w2 sigmoid(w1 x + b1) + b2 - t)^2 / 2 at 1, 2, -1, 3, 0.5 and 1."""
    values = graph.forward(graph.GRAPH, graph.GIVEN)
    gradients = graph.backward(graph.GRAPH, values)
    h = 1 / (1 + math.exp(-1))
    e = 3 * h + 0.5 - 1
    assert values["L"] == pytest.approx(e**2 / 2)
    z = e * 3 * h * (1 - h)
    expected = {"w2": e * h, "b2": e, "w1": z, "b1": z, "x": 2 * z, "t": -e}
    assert {name: gradients[name] for name in expected} == pytest.approx(expected)
    for name, gradient in gradients.items():
        assert graph.by_differences(graph.GRAPH, graph.GIVEN, name, 1e-5) == pytest.approx(gradient, rel=1e-8)


def test_a_node_that_two_others_take_gets_both_gradients():
    square = graph.Node("s", "u · u", lambda v: v["u"] ** 2, {"u": lambda v: 2 * v["u"]})
    total = graph.Node("y", "s + u", lambda v: v["s"] + v["u"], {"s": lambda v: 1.0, "u": lambda v: 1.0})
    nodes = (square, total)
    values = graph.forward(nodes, {"u": 3.0})
    assert graph.backward(nodes, values)["u"] == 2 * 3 + 1
