"""Fully connected network."""

import keras

from suite.models.layers import finish, head, penalty


def build(
    *,
    input_shape: tuple[int, ...],
    num_outputs: int,
    width: int = 128,
    depth: int = 2,
    activation: str = "relu",
    kernel_initializer: str = "glorot_uniform",
    normalization: str = "none",
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """`depth` hidden layers of `width` units on the flattened example.

    Returns:
        A functional model, float32 [batch, *input_shape] -> logits [batch, num_outputs]. `depth=0` is a linear model.
    """
    inputs = keras.Input(input_shape)
    x = keras.layers.Flatten()(inputs)
    for _ in range(depth):
        x = keras.layers.Dense(
            width,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=penalty(l1, l2),
            use_bias=normalization != "batch",
        )(x)
        x = finish(x, activation=activation, normalization=normalization, dropout=dropout)
    return keras.Model(inputs, head(x, num_outputs), name="dense")
