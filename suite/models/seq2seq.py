"""Encoder-decoder from one sequence of tokens to another: recurrent, with or without attention, or a Transformer."""

from collections.abc import Callable

import keras

from suite.models.layers import Dropout, counts, head, penalty
from suite.models.rnn import CELLS
from suite.models.transformer import Blocks, add_positions, embed


def build(
    *,
    input_shape: tuple[int, ...],
    num_outputs: int,
    vocabulary_size: int | None = None,
    output_length: int | None = None,
    attention: str = "luong",
    width: int = 128,
    depth: int = 1,
    cell: str | None = None,
    bidirectional: bool | None = None,
    num_heads: int | None = None,
    intermediate_dim: int | None = None,
    position: str | None = None,
    normalize_first: bool | None = None,
    activation: str | None = None,
    kernel_initializer: str = "glorot_uniform",
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """`depth` layers that encode the source, and as many that decode: given the target until some token, they score the next.

    The model has the layers `encoder`, source -> memory, and `decoder`, [target, *memory] -> logits and, if it is recurrent, the
    states that take the place of the first parts of the memory for the tokens to come: see `suite.models.decoding`.

    Args:
        input_shape: (source_length + output_length,): the source, then the target shifted right by a start token. Both end in
            padding, token 0.
        num_outputs: tokens of the target; `vocabulary_size`: of the source.
        attention: of the decoder to the encoder's outputs.
            `none`: one context vector, the last state (Sutskever et al. 2014, arXiv:1409.3215).
            `luong`: global attention with the score `general` (Luong et al. 2015, arXiv:1508.04025).
            `bahdanau`: additive scores (Bahdanau et al. 2015, arXiv:1409.0473), but asked for by the state after each step,
            as Luong does, rather than before it: the whole target is attended in one product, outside the recurrence.
            `transformer`: encoder-decoder Transformer (Vaswani et al. 2017, arXiv:1706.03762).
        cell, bidirectional: of the recurrent ones: `gru`, and an encoder in both directions, by default.
        num_heads, intermediate_dim, position, normalize_first, activation: of the Transformer, with the defaults that
            `suite.models.transformer` has.

    Returns:
        A functional model, int32 [batch, source_length + output_length] -> logits [batch, output_length, num_outputs].

    Raises:
        ValueError: the data are no pairs of token sequences, `depth=0`, or a hyperparameter of the other architecture.
    """
    if not vocabulary_size or not output_length or len(input_shape) != 1 or input_shape[0] <= output_length:
        raise ValueError(
            "model='seq2seq' expects pairs of token sequences: examples of shape (source_length + output_length,) with a"
            f" vocabulary. Received: examples of shape {tuple(input_shape)}, vocabulary_size={vocabulary_size},"
            f" output_length={output_length}. Use model='rnn' or model='transformer'."
        )
    recurrent = {"cell": cell, "bidirectional": bidirectional}
    transformer = {
        "num_heads": num_heads,
        "intermediate_dim": intermediate_dim,
        "position": position,
        "normalize_first": normalize_first,
        "activation": activation,
    }
    for name, value in (recurrent if attention == "transformer" else transformer).items():
        if value is not None:
            raise ValueError(
                f"`{name}` is not a hyperparameter of attention={attention!r}. Received: {name}={value!r}."
            )
    if depth < 1:
        raise ValueError(f"model='seq2seq' expects depth >= 1. Received: depth={depth}.")
    given = {name: value for name, value in {**recurrent, **transformer}.items() if value is not None}
    kernel = {"kernel_initializer": kernel_initializer, "kernel_regularizer": penalty(l1, l2)}
    parts = {
        "vocabularies": (vocabulary_size, num_outputs),
        "width": width,
        "depth": depth,
        "dropout": dropout,
        "kernel": kernel,
    }
    is_recurrent = attention != "transformer"
    encode, decode = (
        _recurrent(attention, **parts, **given) if is_recurrent else _transformer(**parts, **given)
    )
    sizes = {"length": input_shape[0], "output_length": output_length, "num_outputs": num_outputs}
    return _model(encode, decode, recurrent=is_recurrent, **sizes)


def _model(
    encode: Callable, decode: Callable, *, length: int, output_length: int, num_outputs: int, recurrent: bool
) -> keras.Model:
    """The whole model of `encode`, source -> memory, and `decode`, (target, memory) -> features of each position, states.
    A recurrent decoder takes targets of any length."""
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    source, rest = tokens[:, : length - output_length], tokens[:, length - output_length :]
    inputs = keras.Input(source.shape[1:], dtype="int32", name="source")
    encoder = keras.Model(inputs, encode(inputs), name="encoder")
    memory = [keras.Input(tensor.shape[1:], dtype=tensor.dtype) for tensor in encoder.outputs]
    target = keras.Input((None if recurrent else output_length,), dtype="int32", name="target")
    x, states = decode(target, memory)
    decoder = keras.Model([target, *memory], [head(x, num_outputs), *states], name="decoder")
    outputs = keras.tree.flatten(decoder([rest, *keras.tree.flatten(encoder(source))]))
    return keras.Model(tokens, outputs[0], name="seq2seq")


def _recurrent(
    attention: str,
    *,
    vocabularies: tuple[int, int],
    width: int,
    depth: int,
    dropout: float,
    kernel: dict,
    cell: str = "gru",
    bidirectional: bool = True,
) -> tuple[Callable, Callable]:
    """Memory: the states that the decoder's layers start from, then, with attention, the encoder's outputs and their mask.
    States: of the decoder's layers after the last position, in the same order, so that decoding can go on from there."""
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
    """[batch, target, features]: the mean of the encoder's `outputs` [batch, source, features] by the scores of `query`."""
    layers, key = keras.layers, keras.layers.Dense(width, use_bias=False, **kernel)(outputs)
    if attention == "luong":
        return layers.Attention()([query, outputs, key], mask=[None, mask])
    query = layers.Dense(width, **kernel)(query)
    return layers.AdditiveAttention()([query, outputs, key], mask=[None, mask])


def _transformer(
    *,
    vocabularies: tuple[int, int],
    width: int,
    depth: int,
    dropout: float,
    kernel: dict,
    num_heads: int = 4,
    intermediate_dim: int | None = None,
    position: str = "sinusoidal",
    normalize_first: bool = True,
    activation: str = "gelu",
) -> tuple[Callable, Callable]:
    """Memory: the encoder's outputs and their mask."""
    blocks = Blocks(
        name="seq2seq",
        width=width,
        num_heads=num_heads,
        intermediate_dim=intermediate_dim,
        normalize_first=normalize_first,
        activation=activation,
        dropout=dropout,
        kernel=kernel,
    )

    def encode(source):
        mask = counts(source, vocabularies[0], False)
        return [
            blocks.stack(add_positions(embed(source, vocabularies[0], width), position), depth, mask=mask),
            mask,
        ]

    def decode(target, memory):
        x = add_positions(embed(target, vocabularies[1], width), position)
        return blocks.stack(x, depth, causal=True, memory=memory[0], memory_mask=memory[1]), []

    return encode, decode
