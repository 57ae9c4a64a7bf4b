"""Transformer over a sequence, or over the rows of an image: every step sees all others, or only those
before."""

from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np

from suite.models.layers import (
    Dropout,
    PositionEmbedding,
    as_sequence,
    check_output_length,
    counts,
    example_input,
    head,
    last_step,
    penalty,
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
    """`depth` blocks of self-attention and a feed-forward layer of `intermediate_dim` (2 * `width` by
    default), on linear embeddings with positions (Vaswani et al. 2017, arXiv:1706.03762). Nothing attends to
    padding.

    Each step attends to all others, and their outputs are averaged; a `causal` one attends to the steps
    before, and the output of the last step is taken. With an `output_length` both give an output for each
    step; with `places` for the steps that the end of an example names.
    `normalize_first` chooses pre- or post-normalization (Xiong et al. 2020, arXiv:2002.04745); pre- ends with
    a normalization, post- begins with one, as BERT does (arXiv:1810.04805).

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
        kernel={"kernel_initializer": kernel_initializer, "kernel_regularizer": penalty(l1, l2)},
    )
    inputs = example_input(input_shape, vocabulary_size)
    examples = inputs[:, :-places] if places else inputs
    mask = counts(examples, vocabulary_size, masked)
    if vocabulary_size:
        embedding = token_embedding(vocabulary_size, width)
        x = scaled(embedding(examples))
    else:
        x = keras.layers.Dense(width, **blocks.kernel)(as_sequence(examples, "transformer"))
    check_output_length(output_length, x.shape[1], "transformer")
    x = blocks.stack(add_positions(x, positional_encoding), depth, mask=mask, causal=causal)
    if places:  # the weights of the embedding are those of the output, as in BERT: Press and Wolf 2016, arXiv:1608.05859
        return keras.Model(
            inputs, embedding(steps_at(x, inputs[:, -places:]), reverse=True), name="transformer"
        )
    if output_length is None:
        x = last_step(x, mask) if causal else keras.layers.GlobalAveragePooling1D()(x, mask=mask)
    return keras.Model(inputs, head(x, num_outputs), name="transformer")


@dataclass(frozen=True)
class Blocks:
    """Residual blocks of one Transformer. `kernel`: arguments of every layer that has kernels. The other
    attributes are as in `build`.

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
    kernel: dict = field(default_factory=dict)

    def __post_init__(self):
        if self.width % self.num_heads:
            raise ValueError(
                f"model={self.name!r} expects width to be a multiple of num_heads={self.num_heads}. Received: width={self.width}."
            )

    def stack(self, x, depth: int, *, mask=None, causal: bool = False, memory=None, memory_mask=None):
        """`depth` blocks on `x` [batch, time, width], whose padding is masked out.

        Args:
            mask: [batch, time] bool, False at padding. causal: no step sees a later one.
            memory: [batch, source, width] that each block attends to as well, with a `memory_mask` of its
                own.
        """
        x = self._dropped(x if self.normalize_first else keras.layers.LayerNormalization()(x))
        for _ in range(depth):
            x = self._residual(x, lambda y: self._attend(y, y, mask, causal))
            if memory is not None:
                x = self._residual(x, lambda y: self._attend(y, memory, memory_mask, False))
            x = self._residual(x, self._feed_forward)
        return keras.layers.LayerNormalization()(x) if self.normalize_first else x

    def _residual(self, x, function: Callable):
        if self.normalize_first:
            return x + self._dropped(function(keras.layers.LayerNormalization()(x)))
        return keras.layers.LayerNormalization()(x + self._dropped(function(x)))

    def _attend(self, x, memory, mask, causal: bool):
        layer = keras.layers.MultiHeadAttention(self.num_heads, self.width // self.num_heads, **self.kernel)
        mask = None if mask is None else keras.ops.expand_dims(mask, 1)
        return layer(x, memory, attention_mask=mask, use_causal_mask=causal)

    def _feed_forward(self, x):
        hidden = keras.layers.Dense(self.intermediate_dim or 2 * self.width, self.activation, **self.kernel)(
            x
        )
        return keras.layers.Dense(self.width, **self.kernel)(hidden)

    def _dropped(self, x):
        return Dropout(self.dropout)(x) if self.dropout else x


def token_embedding(vocabulary_size: int, width: int) -> keras.layers.ReversibleEmbedding:
    """A layer from tokens to vectors of an expected squared length of 1, and in reverse to float32 logits."""
    initializer = unit_rows(width)
    return keras.layers.ReversibleEmbedding(
        vocabulary_size, width, embeddings_initializer=initializer, reverse_dtype="float32"
    )


def embed(tokens, vocabulary_size: int, width: int):
    """Embeddings [batch, time, width] of tokens, on the scale of the positions."""
    return scaled(token_embedding(vocabulary_size, width)(tokens))


def scaled(embedded):
    """Embeddings on the scale of the positions (Vaswani et al. 2017, section 3.4)."""
    return keras.layers.Rescaling(embedded.shape[-1] ** 0.5)(embedded)


def add_positions(x, positional_encoding: str):
    """`x` [batch, time, width] and its positions: sinusoidal, learned or none."""
    if positional_encoding == "learned":
        return PositionEmbedding()(x)
    return x + sinusoidal_positions(*x.shape[1:]) if positional_encoding == "sinusoidal" else x


def sinusoidal_positions(length: int, width: int) -> np.ndarray:
    """[1, length, width] positions: sines in the first half of the features, cosines in the second."""
    rates = 10_000.0 ** (-np.arange((width + 1) // 2) / max((width + 1) // 2, 1))
    angles = np.arange(length)[:, None] * rates
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[None, :, :width].astype("float32")
