"""Pieces that the builders share.

The rate of Dropout and the factors of Penalty are attributes that the engine may replace by traced values, so
that trainings which differ only in them share one compiled program.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import keras
import numpy as np

Tensor: TypeAlias = keras.KerasTensor
"""A symbolic tensor of Keras."""


@keras.saving.register_keras_serializable("suite")
class Dropout(keras.layers.Dropout):
    """Drops elements as `keras.layers.Dropout` does, by cheaper random numbers.

    It has no Python tests of the rate either, which a traced rate would not survive. An element is kept by a
    hash of its place and a key, which is a hash of the seed generator's state: of the layer's seed and of the
    step. Keras's own generator takes longer than the rest of a small network's step.
    """

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Drops elements in training, and leaves them in inference."""
        if not training:
            return inputs
        seed, step = keras.ops.unstack(keras.ops.cast(self.seed_generator.next(), "uint32"))
        key = hashed(seed)
        drawn = random_bits(keras.ops.shape(inputs), key, hashed(keras.ops.bitwise_xor(step, key)))
        rate = keras.ops.cast(self.rate, "float32")
        kept = drawn >= keras.ops.cast(rate * 2.0**32, "uint32")
        return keras.ops.where(kept, inputs / keras.ops.cast(1 - rate, inputs.dtype), 0)


def random_bits(shape: Sequence[int], layer_key: Tensor, step_key: Tensor) -> Tensor:
    """Gives a uint32 tensor of `shape`: a hash of each element's place and of two uint32 keys."""
    place = keras.ops.reshape(keras.ops.arange(keras.ops.prod(shape), dtype="int32"), shape)
    return hashed(keras.ops.bitwise_xor(keras.ops.cast(place, "uint32"), step_key), layer_key)


def hashed(x: Tensor, key: Tensor | int = 0) -> Tensor:
    """Hashes uint32 `x` by Wellons' lowbias32 (https://nullprogram.com/blog/2018/07/31/).

    `key` is added in its middle, so that two keys do not give the same numbers in another order.
    """
    x = keras.ops.multiply(_shifted_in(x, 16), 0x7FEB352D)
    x = keras.ops.multiply(_shifted_in(keras.ops.add(x, key), 15), 0x846CA68B)
    return _shifted_in(x, 16)


def _shifted_in(x: Tensor, bits: int) -> Tensor:
    return keras.ops.bitwise_xor(x, keras.ops.right_shift(x, bits))


@keras.saving.register_keras_serializable("suite")
class Penalty(keras.regularizers.Regularizer):
    """Adds `l1 * sum(abs(w)) + l2 * sum(w**2)` to the loss.

    `keras.regularizers.L1L2` does so too, but tests the factors in Python.

    Attributes:
        l1: factor of the absolute values.
        l2: factor of the squares.
    """

    def __init__(self, l1: float, l2: float):
        self.l1, self.l2 = l1, l2

    def __call__(self, x: Tensor) -> Tensor:
        """Gives the penalty of a kernel: a scalar."""
        return self.l1 * keras.ops.sum(keras.ops.abs(x)) + self.l2 * keras.ops.sum(keras.ops.square(x))

    def get_config(self) -> dict[str, float]:
        """Gives the arguments that make another one."""
        return {"l1": float(self.l1), "l2": float(self.l2)}


def penalty(l1: float, l2: float) -> Penalty | None:
    """Makes the kernel regularizer for the factors, or None where both are 0."""
    return Penalty(l1, l2) if l1 or l2 else None


def normalize(x: Tensor, normalization: str, mask: Tensor | None = None) -> Tensor:
    """Puts a normalization behind `x`.

    Args:
        x: [batch, ..., features].
        normalization: `none`, `batch` or `layer`.
        mask: [batch, time] bool: steps that count in the mean and variance of a batch; None: all, or those
            that Keras knows to be no padding.
    """
    if normalization == "batch":
        return keras.layers.BatchNormalization()(x, **({} if mask is None else {"mask": mask}))
    return keras.layers.LayerNormalization()(x) if normalization == "layer" else x


def finish(
    x: Tensor, *, activation: str, normalization: str, dropout: float, mask: Tensor | None = None
) -> Tensor:
    """Puts behind `x` what follows the linear part of every hidden layer: normalization, activation, dropout.

    Args:
        x: [batch, ..., features].
        activation: Keras's name.
        normalization, mask: as in `normalize`.
        dropout: rate.
    """
    x = keras.layers.Activation(activation)(normalize(x, normalization, mask))
    return Dropout(dropout)(x) if dropout else x


@keras.saving.register_keras_serializable("suite")
class PositionEmbedding(keras.layers.Layer):
    """Adds a learned vector to each time step: [batch, time, features] -> the same shape."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Makes the vectors, [time, features]."""
        self.embeddings = self.add_weight(
            shape=input_shape[1:], initializer=unit_rows(input_shape[-1]), name="embeddings"
        )

    def call(self, inputs: Tensor) -> Tensor:
        """Adds the vectors."""
        return inputs + keras.ops.cast(self.embeddings, inputs.dtype)


def unit_rows(width: int) -> keras.initializers.Initializer:
    """Makes initial vectors of `width` numbers with an expected squared length of 1."""
    return keras.initializers.RandomNormal(stddev=width**-0.5)


def as_sequence(inputs: Tensor, builder: str) -> Tensor:
    """Gives `inputs` as [batch, time, features]: an image's rows are time steps, a table's columns too.

    Args:
        inputs: [batch, ...].
        builder: name of the model, for the error.

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


def example_input(input_shape: tuple[int, ...], vocabulary_size: int | None) -> Tensor:
    """Makes the input of a model: float32 numbers, or int32 tokens where there is a vocabulary.

    Raises:
        ValueError: tokens with more than one axis per example.
    """
    if vocabulary_size and len(input_shape) != 1:
        raise ValueError(f"tokens expect examples of shape (time,). Received: {tuple(input_shape)}.")
    return keras.Input(input_shape, dtype="int32" if vocabulary_size else "float32")


def padding_mask(inputs: Tensor, vocabulary_size: int | None, masked: bool) -> Tensor | None:
    """Finds the time steps that are no padding, [batch, time] bool; None where all count.

    The first step always counts, so that an example of nothing but padding has a mean and a softmax.

    Args:
        inputs: tokens [batch, time], or numbers [batch, time, features].
        vocabulary_size: of tokens, of which 0 is padding; None: numbers.
        masked: whether time steps of numbers that are all zero are padding.
    """
    if not vocabulary_size and not masked:
        return None
    some = keras.ops.not_equal(inputs, 0)
    some = some if vocabulary_size else keras.ops.any(some, axis=-1)
    return keras.ops.logical_or(some, np.arange(inputs.shape[1]) == 0)


def last_step(x: Tensor, mask: Tensor | None) -> Tensor:
    """Gives the [batch, features] of the last step that counts.

    Args:
        x: [batch, time, features], with padding at the end.
        mask: as `padding_mask` gives it.
    """
    if mask is None:
        return x[:, -1]
    ends = keras.ops.sum(keras.ops.cast(mask, "int32"), axis=1, keepdims=True)
    chosen = keras.ops.cast(keras.ops.equal(np.arange(1, x.shape[1] + 1), ends), x.dtype)
    return keras.ops.sum(x * keras.ops.expand_dims(chosen, -1), axis=1)


def steps_at(x: Tensor, places: Tensor) -> Tensor:
    """Picks time steps. It does so by a product, because that can be stacked over trainings.

    Args:
        x: [batch, time, features].
        places: [batch, places] int32.

    Returns:
        [batch, places, features].
    """
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


def head(x: Tensor, num_outputs: int) -> Tensor:
    """Puts the output layer behind `x`: `num_outputs` float32 logits, whatever the dtype policy."""
    return keras.layers.Dense(num_outputs, dtype="float32", name="logits")(x)


def kernel_arguments(kernel_initializer: str, l1: float, l2: float) -> dict[str, Any]:
    """Gives the arguments of every layer that has kernels."""
    return {"kernel_initializer": kernel_initializer, "kernel_regularizer": penalty(l1, l2)}
