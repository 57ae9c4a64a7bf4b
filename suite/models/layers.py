"""Pieces that the builders share. The rate and the penalties are attributes that the engine may replace by traced values,
so that trainings which differ only in them share one compiled program."""

import keras


@keras.saving.register_keras_serializable("suite")
class Dropout(keras.layers.Dropout):
    """`keras.layers.Dropout` with cheaper random numbers, and without its Python tests of the rate, which a traced rate would
    not survive.

    An element is kept by a hash of its place and a key, which is a hash of the seed generator's state: of the layer's seed and
    of the step. Keras's own generator takes longer than the rest of a small network's step.
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
    """A hash of uint32 `x`: Wellons' lowbias32 (https://nullprogram.com/blog/2018/07/31/), with `key` added in its middle, so
    that two keys do not give the same numbers in another order."""
    x = keras.ops.multiply(_shifted_in(x, 16), 0x7FEB352D)
    x = keras.ops.multiply(_shifted_in(keras.ops.add(x, key), 15), 0x846CA68B)
    return _shifted_in(x, 16)


def _shifted_in(x, bits: int):
    return keras.ops.bitwise_xor(x, keras.ops.right_shift(x, bits))


@keras.saving.register_keras_serializable("suite")
class Penalty(keras.regularizers.Regularizer):
    """`l1 * sum(abs(w)) + l2 * sum(w**2)`, as `keras.regularizers.L1L2`, without its Python tests of the factors."""

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
    layers = {"none": None, "batch": keras.layers.BatchNormalization, "layer": keras.layers.LayerNormalization}
    layer = layers[normalization]
    return layer()(x) if layer else x


def finish(x, *, activation: str, normalization: str, dropout: float):
    """What follows the linear part of every hidden layer: normalization, activation, dropout."""
    x = keras.layers.Activation(activation)(normalize(x, normalization))
    return Dropout(dropout)(x) if dropout else x


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


def head(x, num_outputs: int):
    """The output layer: `num_outputs` float32 logits, whatever the dtype policy."""
    return keras.layers.Dense(num_outputs, dtype="float32", name="logits")(x)
