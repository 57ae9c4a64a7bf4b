"""Fully connected network."""

import keras

from suite.models.layers import example_input, finish, head, kernel_arguments, padding_mask


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
    residual: bool = False,
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """Builds hidden layers on the flattened example, where padding (`masked`) is zeros and so adds nothing.

    On tokens they are on the mean of their embeddings: the deep averaging network of Iyyer et al. 2015,
    doi:10.3115/v1/P15-1162.

    Args:
        input_shape: of an example.
        num_outputs: logits.
        vocabulary_size, masked: see `suite.models.DATA_ARGUMENTS`.
        width: units of each hidden layer.
        depth: hidden layers; 0 is a linear model.
        activation, kernel_initializer: Keras's names.
        normalization: `none`, `batch` or `layer`.
        residual: whether each hidden layer behind the first adds its input to its output (He et al. 2016,
            arXiv:1512.03385).
        dropout: rate after each hidden layer.
        l1, l2: factors of the kernels' penalty.

    Returns:
        A functional model, float32 or tokens [batch, *input_shape] -> logits [batch, num_outputs].
    """
    kernel = kernel_arguments(kernel_initializer, l1, l2)
    inputs = example_input(input_shape, vocabulary_size)
    if vocabulary_size:
        mask = padding_mask(inputs, vocabulary_size, masked)
        embedded = keras.layers.Embedding(vocabulary_size, width)(inputs)
        x = keras.layers.GlobalAveragePooling1D()(embedded, mask=mask)
    else:
        x = keras.layers.Flatten()(inputs)
    for layer in range(depth):
        y = keras.layers.Dense(width, use_bias=normalization != "batch", **kernel)(x)
        y = finish(y, activation=activation, normalization=normalization, dropout=dropout)
        x = x + y if residual and layer else y
    return keras.Model(inputs, head(x, num_outputs), name="dense")
