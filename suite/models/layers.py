"""Pieces that the builders share. The rate and the penalties are attributes that the engine may replace by
traced values, so that trainings which differ only in them share one compiled program."""

import keras
import numpy as np


@keras.saving.register_keras_serializable("suite")
class Dropout(keras.layers.Dropout):
    """`keras.layers.Dropout` with cheaper random numbers, and without its Python tests of the rate, which a
    traced rate would not survive.

    An element is kept by a hash of its place and a key, which is a hash of the seed generator's state: of the
    layer's seed and of the step. Keras's own generator takes longer than the rest of a small network's step.
    """

    def call(self, inputs, training=False):
        if not training:
            return inputs
        seed, step = keras.ops.unstack(keras.ops.cast(self.seed_generator.next(), "uint32"))
        key = hashed(seed)
        drawn = random_bits(keras.ops.shape(inputs), key, hashed(keras.ops.bitwise_xor(step, key)))
        rate = keras.ops.cast(self.rate, "float32")
        kept = drawn >= keras.ops.cast(rate * 2.0**32, "uint32")
        return keras.ops.where(kept, inputs / keras.ops.cast(1 - rate, inputs.dtype), 0)


def random_bits(shape, layer_key, step_key):
    """uint32 tensor of `shape`: a hash of each element's place and of two uint32 keys."""
    place = keras.ops.reshape(keras.ops.arange(keras.ops.prod(shape), dtype="int32"), shape)
    return hashed(keras.ops.bitwise_xor(keras.ops.cast(place, "uint32"), step_key), layer_key)


def hashed(x, key=0):
    """A hash of uint32 `x`: Wellons' lowbias32 (https://nullprogram.com/blog/2018/07/31/), with `key` added
    in its middle, so that two keys do not give the same numbers in another order."""
    x = keras.ops.multiply(_shifted_in(x, 16), 0x7FEB352D)
    x = keras.ops.multiply(_shifted_in(keras.ops.add(x, key), 15), 0x846CA68B)
    return _shifted_in(x, 16)


def _shifted_in(x, bits: int):
    return keras.ops.bitwise_xor(x, keras.ops.right_shift(x, bits))


@keras.saving.register_keras_serializable("suite")
class Penalty(keras.regularizers.Regularizer):
    """`l1 * sum(abs(w)) + l2 * sum(w**2)`, as `keras.regularizers.L1L2`, without its Python tests of the
    factors."""

    def __init__(self, l1: float, l2: float):
        self.l1, self.l2 = l1, l2

    def __call__(self, x):
        return self.l1 * keras.ops.sum(keras.ops.abs(x)) + self.l2 * keras.ops.sum(keras.ops.square(x))

    def get_config(self):
        return {"l1": float(self.l1), "l2": float(self.l2)}


def penalty(l1: float, l2: float) -> Penalty | None:
    """The kernel regularizer for the factors, or None where both are 0."""
    return Penalty(l1, l2) if l1 or l2 else None


def normalize(x, normalization: str):
    """`x` after the layer that `normalization` names: none, batch or layer."""
    layers = {
        "none": None,
        "batch": keras.layers.BatchNormalization,
        "layer": keras.layers.LayerNormalization,
    }
    layer = layers[normalization]
    return layer()(x) if layer else x


def finish(x, *, activation: str, normalization: str, dropout: float):
    """What follows the linear part of every hidden layer: normalization, activation, dropout."""
    x = keras.layers.Activation(activation)(normalize(x, normalization))
    return Dropout(dropout)(x) if dropout else x


@keras.saving.register_keras_serializable("suite")
class PositionEmbedding(keras.layers.Layer):
    """Adds a learned vector to each time step: [batch, time, features] -> the same shape."""

    def build(self, input_shape):
        self.embeddings = self.add_weight(
            shape=input_shape[1:], initializer=unit_rows(input_shape[-1]), name="embeddings"
        )

    def call(self, inputs):
        return inputs + keras.ops.cast(self.embeddings, inputs.dtype)


def unit_rows(width: int) -> keras.initializers.Initializer:
    """Initial vectors of `width` numbers with an expected squared length of 1."""
    return keras.initializers.RandomNormal(stddev=width**-0.5)


def as_sequence(inputs, builder: str):
    """`inputs` as [batch, time, features]: an image gives its rows as time steps, a table its columns.

    Raises:
        ValueError: more than three axes per example.
    """
    shape = inputs.shape[1:]
    if len(shape) == 1:
        return keras.layers.Reshape((shape[0], 1))(inputs)
    if len(shape) == 2:
        return inputs
    if len(shape) == 3:
        return keras.layers.Reshape((shape[0], shape[1] * shape[2]))(inputs)
    raise ValueError(
        f"model={builder!r} expects examples of shape (features,), (time, features) or"
        f" (height, width, channels). Received: {tuple(shape)}."
    )


def example_input(input_shape: tuple[int, ...], vocabulary_size: int | None):
    """The input of a model: float32 numbers, or int32 tokens where there is a vocabulary.

    Raises:
        ValueError: tokens with more than one axis per example.
    """
    if vocabulary_size and len(input_shape) != 1:
        raise ValueError(f"tokens expect examples of shape (time,). Received: {tuple(input_shape)}.")
    return keras.Input(input_shape, dtype="int32" if vocabulary_size else "float32")


def counts(inputs, vocabulary_size: int | None, masked: bool):
    """[batch, time] bool: the time steps that are no padding, which is token 0 or zeros throughout; None
    where all count.

    The first step always counts, so that an example of nothing but padding has a mean and a softmax.
    """
    if not vocabulary_size and not masked:
        return None
    some = keras.ops.not_equal(inputs, 0)
    some = some if vocabulary_size else keras.ops.any(some, axis=-1)
    return keras.ops.logical_or(some, np.arange(inputs.shape[1]) == 0)


def last_step(x, mask):
    """[batch, features] of the last step of [batch, time, features] that counts; padding is at the end."""
    if mask is None:
        return x[:, -1]
    ends = keras.ops.sum(keras.ops.cast(mask, "int32"), axis=1, keepdims=True)
    chosen = keras.ops.cast(keras.ops.equal(np.arange(1, x.shape[1] + 1), ends), x.dtype)
    return keras.ops.sum(x * keras.ops.expand_dims(chosen, -1), axis=1)


def steps_at(x, places):
    """[batch, places, features] of [batch, time, features] at int32 `places` [batch, places]. A product,
    because it stacks."""
    chosen = keras.ops.one_hot(places, x.shape[1], dtype=x.dtype)
    return keras.ops.matmul(chosen, x)


def check_output_length(output_length: int | None, time: int, builder: str) -> None:
    """Refuses outputs that are not one per time step.

    Raises:
        ValueError: naming both lengths.
    """
    if output_length not in (None, time):
        raise ValueError(
            f"model={builder!r} gives one output for each of the {time} time steps of an example."
            f" Received: targets of length {output_length}. Use model='seq2seq'."
        )


def head(x, num_outputs: int):
    """The output layer: `num_outputs` float32 logits, whatever the dtype policy."""
    return keras.layers.Dense(num_outputs, dtype="float32", name="logits")(x)
