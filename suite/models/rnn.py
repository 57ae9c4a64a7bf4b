"""Recurrent network: SimpleRNN, GRU or LSTM over a sequence, or over the rows of an image."""

import keras

from suite.models.layers import Dropout, as_sequence, head, normalize, penalty

CELLS = {"simple_rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}


def build(
    *,
    input_shape: tuple[int, ...],
    num_outputs: int,
    cell: str = "gru",
    width: int = 64,
    depth: int = 1,
    kernel_initializer: str = "glorot_uniform",
    normalization: str = "none",
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Model:
    """`depth` recurrent layers of `width` units; the last one's final state goes to the output layer. Dropout and
    normalization act between layers, on whole outputs.

    Returns:
        A functional model, float32 [batch, *input_shape] -> logits [batch, num_outputs].

    Raises:
        ValueError: more than three axes per example, or `depth=0`.
    """
    if depth < 1:
        raise ValueError(f"model='rnn' expects depth >= 1. Received: depth={depth}.")
    inputs = keras.Input(input_shape)
    x = as_sequence(inputs, "rnn")
    for layer in range(depth):
        x = CELLS[cell](
            width,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=penalty(l1, l2),
            return_sequences=layer < depth - 1,
        )(x)
        x = normalize(x, normalization)
        if dropout:
            x = Dropout(dropout)(x)
    return keras.Model(inputs, head(x, num_outputs), name="rnn")
