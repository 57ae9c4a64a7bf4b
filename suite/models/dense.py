"""Fully connected network."""

import keras

from suite.models.layers import counts, example_input, finish, head, penalty


def build(
    *,
    input_shape: tuple[int, ...],
    num_outputs: int,
    vocabulary_size: int | None = None,
    masked: bool = False,
    width: int = 128,
    depth: int = 2,
    activation: str = "relu",
    kernel_initializer: str = "glorot_uniform",
    normalization: str = "none",
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """`depth` hidden layers of `width` units on the flattened example, where padding (`masked`) is zeros and
    so adds nothing; on tokens, on the mean of their embeddings (the deep averaging network of Iyyer et al.
    2015, doi:10.3115/v1/P15-1162).

    Returns:
        A functional model, float32 or tokens [batch, *input_shape] -> logits [batch, num_outputs]. `depth=0`
        is linear.
    """
    inputs = example_input(input_shape, vocabulary_size)
    if vocabulary_size:
        mask = counts(inputs, vocabulary_size, masked)
        x = keras.layers.GlobalAveragePooling1D()(
            keras.layers.Embedding(vocabulary_size, width)(inputs), mask=mask
        )
    else:
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
