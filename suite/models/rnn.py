"""Recurrent network: SimpleRNN, GRU or LSTM over a sequence, or over the rows of an image."""

import keras

from suite.models.layers import (
    Dropout,
    as_sequence,
    check_output_length,
    example_input,
    head,
    kernel_arguments,
    normalize,
    padding_mask,
)

CELLS = {"simple_rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}


def build(
    *,
    input_shape: tuple[int, ...],
    num_outputs: int,
    vocabulary_size: int | None = None,
    masked: bool = False,
    output_length: int | None = None,
    cell: str = "gru",
    width: int = 64,
    depth: int = 1,
    bidirectional: bool = False,
    kernel_initializer: str = "glorot_uniform",
    normalization: str = "none",
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """Builds recurrent layers, whose last one's final state goes to the output layer.

    Each of its outputs does where there is an `output_length`. Padding is passed over. Dropout and
    normalization act between layers, on whole outputs. Tokens have embeddings of `width`.

    Args:
        input_shape: of an example.
        num_outputs: logits.
        vocabulary_size, masked, output_length: see `suite.models.DATA_ARGUMENTS`.
        cell: a key of CELLS.
        width: units of each layer, in each direction.
        depth: layers, at least 1.
        bidirectional: whether each layer reads in both directions.
        kernel_initializer: Keras's name.
        normalization: `none`, `batch` or `layer`.
        dropout: rate after each layer.
        l1, l2: factors of the kernels' penalty.

    Returns:
        A functional model, float32 or tokens [batch, *input_shape] -> logits [batch, num_outputs], or
        [batch, output_length, num_outputs].

    Raises:
        ValueError: more than three axes per example, `depth=0`, or an `output_length` that is not the number
            of time steps.
    """
    if depth < 1:
        raise ValueError(f"model='rnn' expects depth >= 1. Received: depth={depth}.")
    kernel = kernel_arguments(kernel_initializer, l1, l2)
    inputs = example_input(input_shape, vocabulary_size)
    mask = padding_mask(inputs, vocabulary_size, masked)
    if vocabulary_size:
        x = keras.layers.Embedding(vocabulary_size, width)(inputs)
    else:
        x = as_sequence(inputs, "rnn")
    check_output_length(output_length, x.shape[1], "rnn")
    for layer in range(depth):
        every_step = layer < depth - 1 or output_length is not None
        recurrent = CELLS[cell](width, return_sequences=every_step, **kernel)
        x = (keras.layers.Bidirectional(recurrent) if bidirectional else recurrent)(x, mask=mask)
        x = normalize(x, normalization)
        if dropout:
            x = Dropout(dropout)(x)
    return keras.Model(inputs, head(x, num_outputs), name="rnn")
