"""Encoder-decoder Transformer from one sequence of tokens to another (Vaswani et al. 2017,
arXiv:1706.03762)."""

from collections.abc import Callable

import keras

from suite.models.encoder_decoder import check_pairs, encoder_decoder
from suite.models.layers import counts, penalty
from suite.models.transformer import Blocks, add_positions, embed


def build(
    *,
    input_shape: tuple[int, ...],
    num_outputs: int,
    vocabulary_size: int | None = None,
    output_length: int | None = None,
    width: int = 128,
    depth: int = 1,
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
    """`depth` blocks that encode the source, and as many that decode: given the target until some token, they
    score the next.

    The model has the layers `encoder`, source -> memory, and `decoder`, [target, *memory] -> logits.

    Args:
        input_shape: (source_length + output_length,): the source, then the target shifted right by a start
            token. Both end in padding, token 0.
        num_outputs: tokens of the target; `vocabulary_size`: of the source.
        num_heads, intermediate_dim, positional_encoding, normalize_first, activation: as in
            `suite.models.transformer`.

    Returns:
        A functional model, int32 [batch, source_length + output_length] -> logits [batch, output_length,
        num_outputs].

    Raises:
        ValueError: the data are no pairs of token sequences, `depth=0`, or `width` is not a multiple of
            `num_heads`.
    """
    check_pairs("seq2seq_transformer", input_shape, vocabulary_size, output_length, depth)
    blocks = Blocks(
        name="seq2seq_transformer",
        width=width,
        num_heads=num_heads,
        intermediate_dim=intermediate_dim,
        normalize_first=normalize_first,
        activation=activation,
        dropout=dropout,
        kernel={"kernel_initializer": kernel_initializer, "kernel_regularizer": penalty(l1, l2)},
    )
    encode, decode = _transformer(blocks, (vocabulary_size, num_outputs), depth, positional_encoding)
    sizes = {"length": input_shape[0], "output_length": output_length, "num_outputs": num_outputs}
    return encoder_decoder("seq2seq_transformer", encode, decode, recurrent=False, **sizes)


def _transformer(
    blocks: Blocks, vocabularies: tuple[int, int], depth: int, positional_encoding: str
) -> tuple[Callable, Callable]:
    """The two halves. Memory: the encoder's outputs and their mask."""

    def encode(source):
        mask = counts(source, vocabularies[0], False)
        x = add_positions(embed(source, vocabularies[0], blocks.width), positional_encoding)
        return [blocks.stack(x, depth, mask=mask), mask]

    def decode(target, memory):
        x = add_positions(embed(target, vocabularies[1], blocks.width), positional_encoding)
        return blocks.stack(x, depth, causal=True, memory=memory[0], memory_mask=memory[1]), []

    return encode, decode
