"""Transformer over a sequence, or over the rows of an image."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from suite.models.layers import (
    Dropout,
    PositionEmbedding,
    Tensor,
    as_sequence,
    check_output_length,
    example_input,
    head,
    kernel_arguments,
    last_step,
    padding_mask,
    steps_at,
    unit_rows,
)


def build(
    *,
    input_shape: tuple[int, ...],
    num_outputs: int,
    vocabulary_size: int | None = None,
    masked: bool = False,
    output_length: int | None = None,
    places: int | None = None,
    causal: bool = False,
    width: int = 64,
    depth: int = 2,
    num_heads: int = 4,
    intermediate_dim: int | None = None,
    positional_encoding: str = "sinusoidal",
    normalize_first: bool = True,
    activation: str = "gelu",
    kernel_initializer: str = "glorot_uniform",
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """Builds blocks of self-attention on linear embeddings with positions.

    Vaswani et al. 2017, arXiv:1706.03762.

    Each step attends to all others, and their outputs are averaged; a `causal` one attends to the steps
    before, and the output of the last step is taken. Nothing attends to padding. With an `output_length` both
    give an output for each step; with `places` for the steps that the end of an example names.

    Args:
        input_shape: of an example.
        num_outputs: logits.
        vocabulary_size, masked, output_length, places: see `suite.models.DATA_ARGUMENTS`.
        causal: whether a step sees none that comes later.
        width: features of each step, a multiple of `num_heads`.
        depth: number of blocks.
        num_heads: of attention.
        intermediate_dim: units of a block's feed-forward layer; None: 2 * `width`.
        positional_encoding: `sinusoidal`, `learned` or `none`.
        normalize_first: pre- or post-normalization (Xiong et al. 2020, arXiv:2002.04745); pre- ends with a
            normalization, post- begins with one, as BERT does (arXiv:1810.04805).
        activation: of the feed-forward layers.
        kernel_initializer: Keras's name.
        dropout: rate after the embedding and after each part of a block.
        l1, l2: factors of the kernels' penalty.

    Returns:
        A functional model, float32 or tokens [batch, *input_shape] -> logits [batch, num_outputs], or
        [batch, output_length, num_outputs], or [batch, places, vocabulary_size].

    Raises:
        ValueError: `width` is not a multiple of `num_heads`, more than three axes per example, or an
            `output_length` that is not the number of time steps.
    """
    blocks = Blocks(
        name="transformer",
        width=width,
        num_heads=num_heads,
        intermediate_dim=intermediate_dim,
        normalize_first=normalize_first,
        activation=activation,
        dropout=dropout,
        kernel=kernel_arguments(kernel_initializer, l1, l2),
    )
    inputs = example_input(input_shape, vocabulary_size)
    examples = inputs[:, :-places] if places else inputs
    mask = padding_mask(examples, vocabulary_size, masked)
    if vocabulary_size:
        embedding = token_embedding(vocabulary_size, width)
        x = scaled(embedding(examples))
    else:
        x = keras.layers.Dense(width, **blocks.kernel)(as_sequence(examples, "transformer"))
    check_output_length(output_length, x.shape[1], "transformer")
    x = blocks.stack(add_positions(x, positional_encoding), depth, mask=mask, causal=causal)
    if places:  # the output has the embedding's weights, as in BERT: Press and Wolf 2016, arXiv:1608.05859
        logits = embedding(steps_at(x, inputs[:, -places:]), reverse=True)
        return keras.Model(inputs, logits, name="transformer")
    if output_length is None:
        x = last_step(x, mask) if causal else keras.layers.GlobalAveragePooling1D()(x, mask=mask)
    return keras.Model(inputs, head(x, num_outputs), name="transformer")


@dataclass(frozen=True)
class Blocks:
    """Makes the residual blocks of one Transformer.

    Attributes:
        name: of the model, for errors.
        kernel: arguments of every layer that has kernels.
        width, num_heads, intermediate_dim, normalize_first, activation, dropout: as in `build`.

    Raises:
        ValueError: `width` is not a multiple of `num_heads`.
    """

    name: str
    width: int
    num_heads: int
    intermediate_dim: int | None
    normalize_first: bool
    activation: str
    dropout: float
    kernel: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.width % self.num_heads:
            raise ValueError(
                f"model={self.name!r} expects width to be a multiple of num_heads={self.num_heads}."
                f" Received: width={self.width}."
            )

    def stack(
        self,
        x: Tensor,
        depth: int,
        *,
        mask: Tensor | None = None,
        causal: bool = False,
        memory: Tensor | None = None,
        memory_mask: Tensor | None = None,
    ) -> Tensor:
        """Puts blocks behind `x`.

        Args:
            x: [batch, time, width].
            depth: blocks.
            mask: [batch, time] bool, False at padding, which nothing attends to.
            causal: whether no step sees a later one.
            memory: [batch, source, width] that each block attends to as well.
            memory_mask: of `memory`, as `mask`.

        Returns:
            [batch, time, width].
        """
        x = self._dropped(x if self.normalize_first else keras.layers.LayerNormalization()(x))
        for _ in range(depth):
            x = self._residual(x, lambda y: self._attend(y, y, mask, causal))
            if memory is not None:
                x = self._residual(x, lambda y: self._attend(y, memory, memory_mask, False))
            x = self._residual(x, self._feed_forward)
        return keras.layers.LayerNormalization()(x) if self.normalize_first else x

    def _residual(self, x: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        if self.normalize_first:
            return x + self._dropped(function(keras.layers.LayerNormalization()(x)))
        return keras.layers.LayerNormalization()(x + self._dropped(function(x)))

    def _attend(self, x: Tensor, memory: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
        layer = keras.layers.MultiHeadAttention(self.num_heads, self.width // self.num_heads, **self.kernel)
        mask = None if mask is None else keras.ops.expand_dims(mask, 1)
        return layer(x, memory, attention_mask=mask, use_causal_mask=causal)

    def _feed_forward(self, x: Tensor) -> Tensor:
        units = self.intermediate_dim or 2 * self.width
        hidden = keras.layers.Dense(units, self.activation, **self.kernel)(x)
        return keras.layers.Dense(self.width, **self.kernel)(hidden)

    def _dropped(self, x: Tensor) -> Tensor:
        return Dropout(self.dropout)(x) if self.dropout else x


def token_embedding(vocabulary_size: int, width: int) -> keras.layers.ReversibleEmbedding:
    """Makes a layer from tokens to vectors, and in reverse to float32 logits.

    The vectors have an expected squared length of 1.
    """
    initializer = unit_rows(width)
    return keras.layers.ReversibleEmbedding(
        vocabulary_size, width, embeddings_initializer=initializer, reverse_dtype="float32"
    )


def embed(tokens: Tensor, vocabulary_size: int, width: int) -> Tensor:
    """Embeds tokens [batch, time] as [batch, time, width], on the scale of the positions."""
    return scaled(token_embedding(vocabulary_size, width)(tokens))


def scaled(embedded: Tensor) -> Tensor:
    """Brings embeddings to the scale of the positions (Vaswani et al. 2017, section 3.4)."""
    return keras.layers.Rescaling(embedded.shape[-1] ** 0.5)(embedded)


def add_positions(x: Tensor, positional_encoding: str) -> Tensor:
    """Adds positions to `x` [batch, time, width]: `sinusoidal`, `learned` or `none`."""
    if positional_encoding == "learned":
        return PositionEmbedding()(x)
    return x + sinusoidal_positions(*x.shape[1:]) if positional_encoding == "sinusoidal" else x


def sinusoidal_positions(length: int, width: int) -> np.ndarray:
    """Gives [1, length, width] positions: sines in the first half of the features, cosines in the second."""
    rates = 10_000.0 ** (-np.arange((width + 1) // 2) / max((width + 1) // 2, 1))
    angles = np.arange(length)[:, None] * rates
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[None, :, :width].astype("float32")
