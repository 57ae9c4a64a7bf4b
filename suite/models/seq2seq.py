"""Recurrent encoder-decoder from one sequence of tokens to another, with or without attention."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from suite.models.encoder_decoder import checked_pairs, encoder_decoder
from suite.models.layers import Dropout, Tensor, kernel_arguments, padding_mask
from suite.models.rnn import CELLS


def build(
    *,
    input_shape: tuple[int, ...],
    num_outputs: int,
    vocabulary_size: int | None = None,
    output_length: int | None = None,
    attention: str = "luong",
    width: int = 128,
    depth: int = 1,
    cell: str = "gru",
    bidirectional: bool = True,
    kernel_initializer: str = "glorot_uniform",
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """Builds layers that encode the source, and as many that decode.

    Given the target until a token, they score the next.

    The model has the layers `encoder`, source -> memory, and `decoder`, [target, *memory] -> logits and the
    states that take the place of the first parts of the memory for the tokens to come: see
    `suite.models.decoding`.

    Args:
        input_shape: (source_length + output_length,): the source, then the target shifted right by a start
            token. Both end in padding, token 0.
        num_outputs: tokens of the target.
        vocabulary_size: of the source.
        output_length: of the target.
        attention: of the decoder to the encoder's outputs. `none`: one context vector, the last state
            (Sutskever et al. 2014, arXiv:1409.3215). `luong`: global attention with the score `general`
            (Luong et al. 2015, arXiv:1508.04025). `bahdanau`: additive scores (Bahdanau et al. 2015,
            arXiv:1409.0473), but asked for by the state after each step, as Luong does, rather than before
            it: the whole target is attended in one product, outside the recurrence.
        width: units of each layer, and of embeddings.
        depth: layers of the encoder and of the decoder, at least 1.
        cell: a key of `suite.models.rnn.CELLS`.
        bidirectional: whether the encoder reads in both directions.
        kernel_initializer: Keras's name.
        dropout: rate after embeddings and layers.
        l1, l2: factors of the kernels' penalty.

    Returns:
        A functional model, int32 [batch, source_length + output_length] -> logits
        [batch, output_length, num_outputs].

    Raises:
        ValueError: the data are no pairs of token sequences, or `depth=0`.
    """
    source_size, length = checked_pairs("seq2seq", input_shape, vocabulary_size, output_length, depth)
    parts = _Recurrent(
        attention=attention,
        vocabularies=(source_size, num_outputs),
        width=width,
        depth=depth,
        cell=cell,
        bidirectional=bidirectional,
        dropout=dropout,
        kernel=kernel_arguments(kernel_initializer, l1, l2),
    )
    sizes = {"length": input_shape[0], "output_length": length, "num_outputs": num_outputs}
    return encoder_decoder("seq2seq", parts.encode, parts.decode, recurrent=True, **sizes)


@dataclass(frozen=True)
class _Recurrent:
    """Encodes and decodes by recurrent layers.

    Attributes:
        vocabularies: tokens of source and target.
        kernel: arguments of every layer that has kernels.
        The others are as in `build`.
    """

    attention: str
    vocabularies: tuple[int, int]
    width: int
    depth: int
    cell: str
    bidirectional: bool
    dropout: float
    kernel: dict[str, Any]

    @property
    def states_per_layer(self) -> int:
        """Tensors of a layer's state."""
        return 2 if self.cell == "lstm" else 1

    def encode(self, source: Tensor) -> list[Tensor]:
        """Gives the states that the decoder's layers start from.

        With attention also the outputs and their mask.
        """
        mask = padding_mask(source, self.vocabularies[0], False)
        x = self._dropped(layers.Embedding(self.vocabularies[0], self.width)(source))
        starts: list[Tensor] = []
        for _ in range(self.depth):
            layer = layers.Bidirectional(self._layer()) if self.bidirectional else self._layer()
            x, *states = layer(x, mask=mask)
            if self.bidirectional:  # as in appendix A.2.2 of Bahdanau et al., from both directions
                size = self.states_per_layer
                both = zip(states[:size], states[size:], strict=True)
                states = [
                    layers.Dense(self.width, "tanh", **self.kernel)(layers.Concatenate()(pair))
                    for pair in both
                ]
            x, starts = self._dropped(x), starts + states
        return starts if self.attention == "none" else [*starts, x, mask]

    def decode(self, target: Tensor, memory: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Gives features, and the states after the last position.

        From them decoding can go on.
        """
        x = self._dropped(layers.Embedding(self.vocabularies[1], self.width)(target))
        ends: list[Tensor] = []
        size = self.states_per_layer
        for start in range(0, self.depth * size, size):
            x, *states = self._layer()(x, initial_state=memory[start : start + size])
            x, ends = self._dropped(x), ends + states
        if self.attention != "none":
            both = layers.Concatenate()([self._attend(x, *memory[-2:]), x])
            x = self._dropped(layers.Dense(self.width, "tanh", use_bias=False, **self.kernel)(both))
        return x, ends

    def _attend(self, query: Tensor, outputs: Tensor, mask: Tensor) -> Tensor:
        """Means of `outputs` [batch, source, features] by the scores of `query` [batch, target, features]."""
        key = layers.Dense(self.width, use_bias=False, **self.kernel)(outputs)
        if self.attention == "luong":
            return layers.Attention()([query, outputs, key], mask=[None, mask])
        query = layers.Dense(self.width, **self.kernel)(query)
        return layers.AdditiveAttention()([query, outputs, key], mask=[None, mask])

    def _layer(self) -> keras.layers.Layer:
        return CELLS[self.cell](self.width, return_sequences=True, return_state=True, **self.kernel)

    def _dropped(self, x: Tensor) -> Tensor:
        return Dropout(self.dropout)(x) if self.dropout else x
