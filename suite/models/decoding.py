"""Decoding: the target sequence that an encoder-decoder gives to a source. Loops of TensorFlow, for use
inside a graph."""

from collections.abc import Callable

import keras
import tensorflow as tf

IMPOSSIBLE = -1e9
"""Log-probability of what must not be chosen: finite, so that sums of it stay numbers."""

LENGTH_PENALTY = 0.6
"""Exponent of Wu et al. 2016, between 0 (shorter is likelier) and 1 (mean log-probability)."""


def greedy(model: keras.Model, source: tf.Tensor, start: int, end: int) -> tf.Tensor:
    """The likeliest next token, again and again.

    Args:
        model: tokens [batch, source_length + output_length] -> logits [batch, output_length, num_outputs]:
            the source, then the target shifted right. Layers named `encoder` and `decoder`, as
            `suite.models.seq2seq` has them, save encoding the source at each step.
        source: [batch, source_length] int32 tokens, padded by 0.
        start, end: tokens of the target; `start` comes before its first token, `end` is its last.

    Returns:
        [batch, output_length] int32 tokens, up to and with `end`, then 0. A row without `end` is as long as
        there is room.
    """
    return beam(model, source, start, end, 1)


def beam(model: keras.Model, source: tf.Tensor, start: int, end: int, width: int) -> tf.Tensor:
    """The best of the `width` likeliest sequences that are kept at every step, by log-probability over length
    penalty ((5 + length) / 6) ** LENGTH_PENALTY (Wu et al. 2016, arXiv:1609.08144, equation 14).

    Args and returns as for `greedy`.
    """
    batch, length = tf.shape(source)[0], model.output_shape[1]
    states, next_logits = _decoder(model, source, width)
    beams = tf.concat([[0.0], tf.fill([width - 1], IMPOSSIBLE)], 0)  # all start alike: one of them goes on

    def step(position, tokens, scores, ended, states):
        prefix = tf.concat(
            [tf.fill([batch * width, 1], start), tf.reshape(tokens, [batch * width, length])[:, :-1]], 1
        )
        logits, states = next_logits(prefix, position, states)
        totals = scores[:, :, None] + _log_probabilities(logits, ended)
        choices = totals.shape[-1]
        scores, best = tf.math.top_k(tf.reshape(totals, [batch, width * choices]), width)
        token, parent = best % choices, best // choices
        tokens = tf.where(
            tf.range(length) == position, token[:, :, None], tf.gather(tokens, parent, batch_dims=1)
        )
        rows = tf.reshape(parent + width * tf.range(batch)[:, None], [-1])
        ended = tf.gather(ended, parent, batch_dims=1) | (token == end)
        return position + 1, tokens, scores, ended, [tf.gather(state, rows) for state in states]

    _, tokens, scores, _, _ = tf.while_loop(
        lambda position, tokens, scores, ended, states: (position < length) & ~tf.reduce_all(ended),
        step,
        (
            tf.constant(0),
            tf.zeros([batch, width, length], tf.int32),
            tf.tile(beams[None], [batch, 1]),
            tf.zeros([batch, width], tf.bool),
            states,
        ),
    )
    lengths = tf.math.count_nonzero(tokens, axis=2, dtype=tf.float32)
    best = tf.argmax(scores / ((5 + lengths) / 6) ** LENGTH_PENALTY, axis=1)
    return tf.gather(tokens, best, batch_dims=1)


def _log_probabilities(logits: tf.Tensor, ended: tf.Tensor) -> tf.Tensor:
    """[batch, width, num_outputs] of the next token: never padding, and nothing but padding behind the
    end."""
    batch, width = tf.shape(ended)[0], ended.shape[1]
    padding = tf.fill([batch, width, 1], IMPOSSIBLE)
    tokens = tf.reshape(
        tf.nn.log_softmax(tf.cast(logits[:, 1:], tf.float32)), [batch, width, logits.shape[-1] - 1]
    )
    return tf.where(
        ended[:, :, None], tf.one_hot(0, logits.shape[-1], 0.0, IMPOSSIBLE), tf.concat([padding, tokens], 2)
    )


def _decoder(model: keras.Model, source: tf.Tensor, width: int) -> tuple[list[tf.Tensor], Callable]:
    """First states, and (target so far [batch * width, output_length], position, states) -> logits
    [batch * width, num_outputs] of the token at that position, states. A decoder without states goes over the
    whole target."""
    layers = {layer.name: layer for layer in model.layers}
    if not {"encoder", "decoder"} <= set(layers):
        source = tf.repeat(source, width, axis=0)
        return [], lambda prefix, position, _: (
            model(tf.concat([source, prefix], 1), training=False)[:, position],
            [],
        )
    decoder = layers["decoder"]
    memory = [
        tf.repeat(part, width, axis=0)
        for part in keras.tree.flatten(layers["encoder"](source, training=False))
    ]
    recurrent = len(decoder.outputs) - 1

    def next_logits(prefix, position, states):
        seen = prefix[:, position : position + 1] if recurrent else prefix
        logits, *states = keras.tree.flatten(decoder([seen, *states, *memory[recurrent:]], training=False))
        return logits[:, 0 if recurrent else position], states

    return memory[:recurrent], next_logits
