"""Encoder-decoder Transformer from one sequence of tokens to another.

Vaswani et al. 2017, arXiv:1706.03762.
"""

import keras

from suite.models.encoder_decoder import Decode, Encode, checked_pairs, encoder_decoder
from suite.models.layers import Tensor, kernel_arguments, padding_mask
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
    """Builds blocks that encode the source, and as many that decode.

    Given the target until a token, they score the next.

    The model has the layers `encoder`, source -> memory, and `decoder`, [target, *memory] -> logits.

    Args:
        input_shape: (source_length + output_length,): the source, then the target shifted right by a start
            token. Both end in padding, token 0.
        num_outputs: tokens of the target.
        vocabulary_size: of the source.
        output_length: of the target.
        width, num_heads, intermediate_dim, positional_encoding, normalize_first, activation,
        kernel_initializer,
            dropout, l1, l2: as in `suite.models.transformer`.
        depth: blocks of the encoder and of the decoder, at least 1.

    Returns:
        A functional model, int32 [batch, source_length + output_length] -> logits
        [batch, output_length, num_outputs].

    Raises:
        ValueError: the data are no pairs of token sequences, `depth=0`, or `width` is not a multiple of
            `num_heads`.
    """
    name = "seq2seq_transformer"
    source_size, length = checked_pairs(name, input_shape, vocabulary_size, output_length, depth)
    blocks = Blocks(
        name=name,
        width=width,
        num_heads=num_heads,
        intermediate_dim=intermediate_dim,
        normalize_first=normalize_first,
        activation=activation,
        dropout=dropout,
        kernel=kernel_arguments(kernel_initializer, l1, l2),
    )
    encode, decode = _halves(blocks, (source_size, num_outputs), depth, positional_encoding)
    sizes = {"length": input_shape[0], "output_length": length, "num_outputs": num_outputs}
    return encoder_decoder(name, encode, decode, recurrent=False, **sizes)


def _halves(
    blocks: Blocks, vocabularies: tuple[int, int], depth: int, positional_encoding: str
) -> tuple[Encode, Decode]:
    """Encoder and decoder. Memory: the encoder's outputs and their mask."""

    def encode(source: Tensor) -> list[Tensor]:
        mask = padding_mask(source, vocabularies[0], False)
        x = add_positions(embed(source, vocabularies[0], blocks.width), positional_encoding)
        return [blocks.stack(x, depth, mask=mask), mask]

    def decode(target: Tensor, memory: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        x = add_positions(embed(target, vocabularies[1], blocks.width), positional_encoding)
        return blocks.stack(x, depth, causal=True, memory=memory[0], memory_mask=memory[1]), []

    return encode, decode
