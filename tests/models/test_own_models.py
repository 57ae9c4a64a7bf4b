"""A user's own model: what is taken, what is built, and what is refused with which fix."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from suite.models.check import Expected, checked

SHAPE = (4, 3)
EXPECTED = Expected("own.py", SHAPE, None, (5,), "logits, one for each class")


def functional(end) -> keras.Model:
    """A model that ends with what `end` makes of flat features."""
    inputs = keras.Input(SHAPE)
    return keras.Model(inputs, end(layers.Flatten()(inputs)))


def after_logits(end) -> keras.Model:
    return functional(lambda x: end(layers.Dense(5)(x)))


class Subclass(keras.Model):
    """Not built; its last attribute is not its last step."""

    def __init__(self, end=None):
        super().__init__()
        self.flatten, self.logits = layers.Flatten(), layers.Dense(5)
        self.gate, self.end = layers.Dense(5, "sigmoid"), end

    def call(self, x, training=False):
        x = self.flatten(x)
        logits = self.logits(x) * self.gate(x)
        return self.end(logits) if self.end else logits


class WithoutTraining(Subclass):
    def call(self, x):
        return Subclass.call(self, x)


class PythonWithoutTraining(Subclass):
    def call(self, x):
        return Subclass.call(self, x if float(x[0, 0, 0]) > 0 else -x)


class PythonWithTraining(Subclass):
    def call(self, x, training=False):
        return Subclass.call(self, x if float(x[0, 0, 0]) > 0 else -x)


class OwnStep(WithoutTraining):
    def train_step(self, data):
        return super().train_step(data)


class TwoInputs(Subclass):
    def call(self, x, z):
        return Subclass.call(self, x + z)


class Counted(keras.Model):
    """Counts how often it was called."""

    def __init__(self):
        super().__init__()
        self.flatten, self.logits = layers.Flatten(), layers.Dense(5)
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")
        self.build((None, *SHAPE))

    def build(self, shape):
        self.logits.build((None, 12))
        self.built = True

    def call(self, x, training=False):
        self.count.assign(self.count + 1)
        return self.logits(self.flatten(x))


TAKEN = {
    "functional": lambda: functional(layers.Dense(5)),
    "sequential": lambda: keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(5)]),
    "sequential without an Input": lambda: keras.Sequential([layers.Flatten(), layers.Dense(5)]),
    "subclass": Subclass,
    "subclass without `training`": WithoutTraining,
    "subclass with a Python test of a tensor": PythonWithTraining,
    "a channel axis more": lambda: (lambda x: keras.Model(x, layers.Dense(5)(layers.Flatten()(x))))(
        keras.Input((*SHAPE, 1))
    ),
    "log-softmax, whose softmax is the same": lambda: after_logits(ops.log_softmax),
    "a sigmoid inside": lambda: functional(lambda x: layers.Dense(5)(layers.Dense(3, "sigmoid")(x))),
    "softplus": lambda: functional(layers.Dense(5, "softplus")),
    "zeros": lambda: functional(layers.Dense(5, kernel_initializer="zeros")),
}


@pytest.mark.parametrize("make", TAKEN.values(), ids=TAKEN)
def test_it_is_taken_and_built(make):
    model = checked(make(), EXPECTED)
    assert model.built
    assert {tuple(variable.shape) for variable in model.trainable_variables} >= {(5,)}
    assert tuple(model(np.zeros((2, *SHAPE), "float32"), training=True).shape) == (2, 5)


LOGITS = "must return logits, one for each class"
REMOVE = f"{LOGITS}: remove the {{}} at its end. Received: {{}} as the last step, so that outputs are"
SOFTMAX = {
    "activation": (lambda: functional(layers.Dense(5, "softmax")), r"Dense\(activation='softmax'\)"),
    "Activation": (lambda: after_logits(layers.Activation("softmax")), r"Activation\(activation='softmax'\)"),
    "layer": (lambda: after_logits(layers.Softmax()), "Softmax"),
    "operation": (lambda: after_logits(ops.softmax), "Softmax"),
    "function": (lambda: after_logits(keras.activations.softmax), "Softmax"),
    "Lambda": (lambda: after_logits(layers.Lambda(tf.nn.softmax)), "Lambda"),
    "reshaped": (lambda: after_logits(lambda x: layers.Reshape((5,))(layers.Softmax()(x))), "Reshape"),
    "model inside": (
        lambda: functional(keras.Sequential([layers.Dense(5, "softmax")])),
        r"Dense\(activation='softmax'\)",
    ),
    "sequential": (
        lambda: keras.Sequential([layers.Flatten(), layers.Dense(5, "softmax")]),
        r"Dense\(activation='softmax'\)",
    ),
}
SIGMOID = {
    "activation": (lambda: functional(layers.Dense(5, "sigmoid")), r"Dense\(activation='sigmoid'\)"),
    "layer": (lambda: after_logits(layers.Activation("sigmoid")), r"Activation\(activation='sigmoid'\)"),
    "operation": (lambda: after_logits(ops.sigmoid), "Sigmoid"),
}


@pytest.mark.parametrize(
    ("name", "make", "received"),
    [("softmax", *case) for case in SOFTMAX.values()] + [("sigmoid", *case) for case in SIGMOID.values()],
    ids=[f"softmax as {name}" for name in SOFTMAX] + [f"sigmoid as {name}" for name in SIGMOID],
)
def test_probabilities_are_refused_however_they_are_written(name, make, received):
    with pytest.raises(ValueError, match=REMOVE.format(name, received)):
        checked(make(), EXPECTED)


@pytest.mark.parametrize("make", [Subclass, WithoutTraining])
def test_a_softmax_that_no_layer_shows_is_refused_too(make):
    with pytest.raises(ValueError, match=f"{LOGITS}: remove the softmax at its end"):
        checked(make(tf.nn.softmax), EXPECTED)


def test_one_output_with_a_softmax_is_refused_though_it_is_always_1():
    expected = Expected("own.py", SHAPE, None, (1,), "the standardised target, one number")
    with pytest.raises(
        ValueError, match="must return the standardised target, one number: remove the softmax"
    ):
        checked(functional(layers.Dense(1, "softmax")), expected)
    assert checked(functional(layers.Dense(1)), expected)


def two_inputs() -> keras.Model:
    one, other = keras.Input(SHAPE), keras.Input((2,))
    return keras.Model([one, other], layers.Dense(5)(layers.Concatenate()([layers.Flatten()(one), other])))


def other_input() -> keras.Model:
    inputs = keras.Input((28, 28))
    return keras.Model(inputs, layers.Dense(5)(layers.Flatten()(inputs)))


REFUSED = {
    "two inputs": (two_inputs, r"have one input, .*\[4, 3\]\. Received: 2 inputs, .*\[batch, 2\]"),
    "two arguments": (
        TwoInputs,
        r"have one input: call\(self, x, training=False\)\. Received: call\(self, x, z\)",
    ),
    "two outputs": (
        lambda: functional(lambda x: [layers.Dense(5)(x), layers.Dense(2)(x)]),
        r"return one tensor of shape \[batch, 5\].*Received: list of 2, .*\[batch, 5\] and \[batch, 2\]",
    ),
    "a dictionary": (lambda: functional(lambda x: {"y": layers.Dense(5)(x)}), "Received: dict of 1"),
    "a unit too few": (
        lambda: functional(layers.Dense(4)),
        r"\[batch, 5\]: end with keras.layers.Dense\(num_outputs\)\. Received: .*\[batch, 4\], num_outputs=5",
    ),
    "one unit": (lambda: functional(layers.Dense(1)), r"Received: outputs of shape \[batch, 1\]"),
    "not flattened": (
        lambda: keras.Sequential([layers.Dense(5)]),
        r"end with keras.layers.Flatten\(\) and .*Received: outputs of shape \[batch, 4, 5\]",
    ),
    "another shape": (
        other_input,
        r"take examples of shape \[4, 3\]: begin with keras.Input\(input_shape\)\.",
    ),
    "nothing": (lambda: None, "end its `build` with `return model`. Received: NoneType"),
    "a layer": (lambda: layers.Dense(5), "return a keras.Model. Received: Dense"),
    "no weights": (lambda: functional(lambda x: x[:, :5]), "have something to train"),
    "Python, no `training`": (PythonWithoutTraining, r"have call\(self, x, training=False\)"),
    "a step of its own, no `training`": (OwnStep, r"have call\(self, x, training=False\)"),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_in_one_line_with_the_fix(make, message):
    with pytest.raises(ValueError, match=f"^model='own.py' must .*{message}") as error:
        checked(make(), EXPECTED)
    assert "\n" not in str(error.value)


def test_tokens_and_an_output_at_each_place():
    expected = Expected("own.py", (7,), 20, (7, 9), "logits, one for each token of the vocabulary")
    inputs = keras.Input((7,), dtype="int32")
    embedded = layers.Embedding(20, 4)(inputs)
    assert checked(keras.Model(inputs, layers.Dense(9)(embedded)), expected)
    with pytest.raises(ValueError, match=r"\[batch, 7, 9\]: end with keras.layers.Dense"):
        checked(keras.Model(inputs, layers.Dense(9)(layers.Flatten()(embedded))), expected)


def test_a_check_leaves_the_state_of_a_built_model_alone():
    model = checked(Counted(), EXPECTED)
    assert float(model.count) == 0
