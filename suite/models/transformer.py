"""Transformer encoder for classification, over a sequence or over the rows of an image."""

import keras
import numpy as np

from suite.models.layers import Dropout, as_sequence, head, penalty


def build(
    *,
    input_shape: tuple[int, ...],
    num_outputs: int,
    width: int = 64,
    depth: int = 2,
    num_heads: int = 4,
    activation: str = "gelu",
    kernel_initializer: str = "glorot_uniform",
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """`depth` pre-norm blocks (self-attention, then a feed-forward layer of 2 * `width`) on linear embeddings with
    sinusoidal positions, then the mean over time (Vaswani et al. 2017, arXiv:1706.03762; Xiong et al. 2020, arXiv:2002.04745).

    Returns:
        A functional model, float32 [batch, *input_shape] -> logits [batch, num_outputs].

    Raises:
        ValueError: `width` is not a multiple of `num_heads`, or more than three axes per example.
    """
    if width % num_heads:
        raise ValueError(f"model='transformer' expects width to be a multiple of num_heads={num_heads}. Received: width={width}.")
    kernel = {"kernel_initializer": kernel_initializer, "kernel_regularizer": penalty(l1, l2)}
    layers = keras.layers
    inputs = keras.Input(input_shape)
    x = layers.Dense(width, **kernel)(as_sequence(inputs, "transformer"))
    x = x + sinusoidal_positions(x.shape[1], width)
    for _ in range(depth):
        normal = layers.LayerNormalization()(x)
        x = x + _drop(layers.MultiHeadAttention(num_heads, width // num_heads, **kernel)(normal, normal), dropout)
        hidden = layers.Dense(2 * width, activation, **kernel)(layers.LayerNormalization()(x))
        x = x + _drop(layers.Dense(width, **kernel)(hidden), dropout)
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))
    return keras.Model(inputs, head(x, num_outputs), name="transformer")


def sinusoidal_positions(length: int, width: int) -> np.ndarray:
    """[1, length, width] positions: sines in the first half of the features, cosines in the second."""
    rates = 10_000.0 ** (-np.arange((width + 1) // 2) / max((width + 1) // 2, 1))
    angles = np.arange(length)[:, None] * rates
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[None, :, :width].astype("float32")


def _drop(x, dropout: float):
    return Dropout(dropout)(x) if dropout else x
