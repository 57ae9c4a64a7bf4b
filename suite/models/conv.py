"""Convolutional network, over images (2D) or sequences (1D)."""

import keras

from suite.models.layers import finish, head, penalty


def build(
    *,
    input_shape: tuple[int, ...],
    num_outputs: int,
    width: int = 32,
    depth: int = 2,
    kernel_size: int = 3,
    activation: str = "relu",
    kernel_initializer: str = "glorot_uniform",
    normalization: str = "none",
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """`depth` blocks of convolution and max pooling by 2, `width` filters in the first and twice as many in each next one,
    then global average pooling. Examples of shape (height, width, channels), or (side, side), are images; (time, features) and
    (features,) are sequences.

    Returns:
        A functional model, float32 [batch, *input_shape] -> logits [batch, num_outputs].

    Raises:
        ValueError: an example of other rank, or too small to be halved `depth` times.
    """
    inputs = keras.Input(input_shape)
    x, convolution, pooling, average = _grid(inputs)
    smallest = min(x.shape[1:-1])
    if smallest < 2**depth:
        raise ValueError(
            f"model='conv' halves each side {depth} times and expects at least {2**depth} there. Received: examples of shape "
            f"{tuple(input_shape)}. Use depth={smallest.bit_length() - 1} or less."
        )
    for block in range(depth):
        x = convolution(
            width * 2**block,
            kernel_size,
            padding="same",
            kernel_initializer=kernel_initializer,
            kernel_regularizer=penalty(l1, l2),
            use_bias=normalization != "batch",
        )(x)
        x = pooling(2)(finish(x, activation=activation, normalization=normalization, dropout=dropout))
    return keras.Model(inputs, head(average()(x), num_outputs), name="conv")


def _grid(inputs):
    """`inputs` with a channel axis, and the layers that fit its number of spatial axes."""
    layers, shape = keras.layers, inputs.shape[1:]
    two = (layers.Conv2D, layers.MaxPooling2D, layers.GlobalAveragePooling2D)
    one = (layers.Conv1D, layers.MaxPooling1D, layers.GlobalAveragePooling1D)
    if len(shape) == 3:
        return inputs, *two
    if len(shape) == 2 and shape[0] == shape[1]:
        return layers.Reshape((*shape, 1))(inputs), *two
    if len(shape) == 2:
        return inputs, *one
    if len(shape) == 1:
        return layers.Reshape((shape[0], 1))(inputs), *one
    raise ValueError(
        f"model='conv' expects examples of shape (height, width, channels), (height, width), (time, features) or (features,)."
        f" Received: {tuple(shape)}."
    )
