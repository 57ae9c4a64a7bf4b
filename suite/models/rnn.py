"""Recurrent network: SimpleRNN, GRU or LSTM over a sequence, or over the rows of an image."""

import keras

from suite.models.layers import (
    Dropout,
    as_sequence,
    check_output_length,
    counts,
    example_input,
    head,
    normalize,
    penalty,
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
    """`depth` recurrent layers of `width` units, in each direction if `bidirectional`; the last one's final
    state goes to the output layer, or each of its outputs where there is an `output_length`. Padding is
    passed over. Dropout and normalization act between layers, on whole outputs. Tokens have embeddings of
    `width`.

    Returns:
        A functional model, float32 or tokens [batch, *input_shape] -> logits [batch, num_outputs], or
        [batch, output_length, num_outputs].

    Raises:
        ValueError: more than three axes per example, `depth=0`, or an `output_length` that is not the number
            of time steps.
    """
    if depth < 1:
        raise ValueError(f"model='rnn' expects depth >= 1. Received: depth={depth}.")
    inputs = example_input(input_shape, vocabulary_size)
    mask = counts(inputs, vocabulary_size, masked)
    x = (
        keras.layers.Embedding(vocabulary_size, width)(inputs)
        if vocabulary_size
        else as_sequence(inputs, "rnn")
    )
    check_output_length(output_length, x.shape[1], "rnn")
    for layer in range(depth):
        recurrent = CELLS[cell](
            width,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=penalty(l1, l2),
            return_sequences=layer < depth - 1 or output_length is not None,
        )
        x = (keras.layers.Bidirectional(recurrent) if bidirectional else recurrent)(x, mask=mask)
        x = normalize(x, normalization)
        if dropout:
            x = Dropout(dropout)(x)
    return keras.Model(inputs, head(x, num_outputs), name="rnn")
