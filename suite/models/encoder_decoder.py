"""What the models from one sequence of tokens to another share.

That is what they refuse, and how two halves become one model.
"""

from collections.abc import Callable

import keras

from suite.models.layers import Tensor, head

Encode = Callable[[Tensor], list[Tensor]]
"""Source [batch, source_length] -> memory."""

Decode = Callable[[Tensor, list[Tensor]], tuple[Tensor, list[Tensor]]]
"""Target [batch, length], memory -> features of each position [batch, length, features], states."""


def checked_pairs(
    model: str,
    input_shape: tuple[int, ...],
    vocabulary_size: int | None,
    output_length: int | None,
    depth: int,
) -> tuple[int, int]:
    """Refuses data that are no pairs of token sequences, and a model without layers.

    Args:
        model: its name.
        input_shape, vocabulary_size, output_length, depth: arguments of its builder.

    Returns:
        `vocabulary_size` and `output_length`.

    Raises:
        ValueError: naming what was received.
    """
    if not vocabulary_size or not output_length or len(input_shape) != 1 or input_shape[0] <= output_length:
        raise ValueError(
            f"model={model!r} expects pairs of token sequences: examples of shape"
            f" (source_length + output_length,) with a vocabulary. Received: examples of shape"
            f" {tuple(input_shape)}, vocabulary_size={vocabulary_size}, output_length={output_length}."
            " Use model='rnn' or model='transformer'."
        )
    if depth < 1:
        raise ValueError(f"model={model!r} expects depth >= 1. Received: depth={depth}.")
    return vocabulary_size, output_length


def encoder_decoder(
    name: str,
    encode: Encode,
    decode: Decode,
    *,
    length: int,
    output_length: int,
    num_outputs: int,
    recurrent: bool,
) -> keras.Model:
    """Joins an encoder and a decoder to one model.

    Args:
        name: of the model.
        encode: the encoder.
        decode: the decoder, but for its output layer.
        length: of an example: the source and the target behind it.
        output_length: of the target.
        num_outputs: tokens of the target.
        recurrent: whether the decoder takes targets of any length.

    Returns:
        A functional model, int32 [batch, length] -> logits [batch, output_length, num_outputs], with the
        layers `encoder` and `decoder` that `suite.models.decoding` uses.
    """
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    source, shifted = tokens[:, : length - output_length], tokens[:, length - output_length :]
    inputs = keras.Input(source.shape[1:], dtype="int32", name="source")
    encoder = keras.Model(inputs, encode(inputs), name="encoder")
    memory = [keras.Input(tensor.shape[1:], dtype=tensor.dtype) for tensor in encoder.outputs]
    target = keras.Input((None if recurrent else output_length,), dtype="int32", name="target")
    x, states = decode(target, memory)
    decoder = keras.Model([target, *memory], [head(x, num_outputs), *states], name="decoder")
    outputs = keras.tree.flatten(decoder([shifted, *keras.tree.flatten(encoder(source))]))
    return keras.Model(tokens, outputs[0], name=name)
