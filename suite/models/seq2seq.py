"""Recurrent encoder-decoder from one sequence of tokens to another, with or without attention."""

from collections.abc import Callable

import keras

from suite.models.encoder_decoder import check_pairs, encoder_decoder
from suite.models.layers import Dropout, counts, penalty
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
    """`depth` layers that encode the source, and as many that decode: given the target until some token, they
    score the next.

    The model has the layers `encoder`, source -> memory, and `decoder`, [target, *memory] -> logits and the
    states that take the place of the first parts of the memory for the tokens to come: see
    `suite.models.decoding`.

    Args:
        input_shape: (source_length + output_length,): the source, then the target shifted right by a start
            token. Both end in padding, token 0.
        num_outputs: tokens of the target; `vocabulary_size`: of the source.
        attention: of the decoder to the encoder's outputs.
            `none`: one context vector, the last state (Sutskever et al. 2014, arXiv:1409.3215).
            `luong`: global attention with the score `general` (Luong et al. 2015, arXiv:1508.04025).
            `bahdanau`: additive scores (Bahdanau et al. 2015, arXiv:1409.0473), but asked for by the state
            after each step, as Luong does, rather than before it: the whole target is attended in one
            product, outside the recurrence.
        cell, bidirectional: a bidirectional encoder reads in both directions.

    Returns:
        A functional model, int32 [batch, source_length + output_length] -> logits [batch, output_length,
        num_outputs].

    Raises:
        ValueError: the data are no pairs of token sequences, or `depth=0`.
    """
    check_pairs("seq2seq", input_shape, vocabulary_size, output_length, depth)
    encode, decode = _recurrent(
        attention,
        vocabularies=(vocabulary_size, num_outputs),
        width=width,
        depth=depth,
        dropout=dropout,
        kernel={"kernel_initializer": kernel_initializer, "kernel_regularizer": penalty(l1, l2)},
        cell=cell,
        bidirectional=bidirectional,
    )
    sizes = {"length": input_shape[0], "output_length": output_length, "num_outputs": num_outputs}
    return encoder_decoder("seq2seq", encode, decode, recurrent=True, **sizes)


def _recurrent(
    attention: str,
    *,
    vocabularies: tuple[int, int],
    width: int,
    depth: int,
    dropout: float,
    kernel: dict,
    cell: str,
    bidirectional: bool,
) -> tuple[Callable, Callable]:
    """Memory: the states that the decoder's layers start from, then, with attention, the encoder's outputs
    and their mask.
    States: of the decoder's layers after the last position, in the same order, so that decoding can go on
        from there."""
    layers = keras.layers
    per_layer = 2 if cell == "lstm" else 1

    def layer():
        return CELLS[cell](width, return_sequences=True, return_state=True, **kernel)

    def dropped(x):
        return Dropout(dropout)(x) if dropout else x

    def encode(source):
        mask, x, starts = (
            counts(source, vocabularies[0], False),
            dropped(layers.Embedding(vocabularies[0], width)(source)),
            [],
        )
        for _ in range(depth):
            x, *states = (layers.Bidirectional(layer()) if bidirectional else layer())(x, mask=mask)
            if bidirectional:  # as in appendix A.2.2 of Bahdanau et al., from both directions
                both = zip(states[:per_layer], states[per_layer:], strict=True)
                states = [layers.Dense(width, "tanh", **kernel)(layers.Concatenate()(pair)) for pair in both]
            x, starts = dropped(x), starts + states
        return starts if attention == "none" else [*starts, x, mask]

    def decode(target, memory):
        x, ends = dropped(layers.Embedding(vocabularies[1], width)(target)), []
        for start in range(0, depth * per_layer, per_layer):
            x, *states = layer()(x, initial_state=memory[start : start + per_layer])
            x, ends = dropped(x), ends + states
        if attention != "none":
            both = layers.Concatenate()([_attend(attention, x, *memory[-2:], width, kernel), x])
            x = dropped(layers.Dense(width, "tanh", use_bias=False, **kernel)(both))
        return x, ends

    return encode, decode


def _attend(attention: str, query, outputs, mask, width: int, kernel: dict):
    """[batch, target, features]: the mean of the encoder's `outputs` [batch, source, features] by the scores
    of `query`."""
    layers, key = keras.layers, keras.layers.Dense(width, use_bias=False, **kernel)(outputs)
    if attention == "luong":
        return layers.Attention()([query, outputs, key], mask=[None, mask])
    query = layers.Dense(width, **kernel)(query)
    return layers.AdditiveAttention()([query, outputs, key], mask=[None, mask])
