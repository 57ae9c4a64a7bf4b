"""Decodes the target sequence that an encoder-decoder gives to a source.

By loops of TensorFlow, for use inside a graph.
"""

from collections.abc import Callable

import keras
import tensorflow as tf

IMPOSSIBLE = -1e9
"""Log-probability of what must not be chosen: finite, so that sums of it stay numbers."""

LENGTH_PENALTY = 0.6
"""Exponent of Wu et al. 2016, between 0 (shorter is likelier) and 1 (mean log-probability)."""

NextLogits = Callable[[tf.Tensor, tf.Tensor, list[tf.Tensor]], tuple[tf.Tensor, list[tf.Tensor]]]
"""Target so far [batch * width, output_length], position, states -> logits [batch * width, num_outputs] of
the token at that position, states."""


def greedy(model: keras.Model, source: tf.Tensor, start: int, end: int) -> tf.Tensor:
    """Takes the likeliest next token, again and again.

    Args:
        model: tokens [batch, source_length + output_length] -> logits [batch, output_length, num_outputs]:
            the source, then the target shifted right. Layers named `encoder` and `decoder`, as
            `suite.models.encoder_decoder` makes them, save encoding the source at each step.
        source: [batch, source_length] int32 tokens, padded by 0.
        start: token that comes before the first one of a target.
        end: last token of a target.

    Returns:
        [batch, output_length] int32 tokens, up to and with `end`, then 0. A row without `end` is as long as
        there is room.
    """
    return beam(model, source, start, end, 1)


def beam(model: keras.Model, source: tf.Tensor, start: int, end: int, width: int) -> tf.Tensor:
    """Finds the best of the likeliest sequences that are kept at every step.

    The best is so by log-probability over length penalty ((5 + length) / 6) ** LENGTH_PENALTY (Wu et al.
    2016, arXiv:1609.08144, equation 14).

    Args:
        model, source, start, end: as for `greedy`.
        width: sequences that are kept.

    Returns:
        As `greedy`.
    """
    batch, length = tf.shape(source)[0], model.output_shape[1]
    states, next_logits = _decoder(model, source, width)
    beams = tf.concat([[0.0], tf.fill([width - 1], IMPOSSIBLE)], 0)  # all start alike: one of them goes on

    def step(
        position: tf.Tensor, tokens: tf.Tensor, scores: tf.Tensor, ended: tf.Tensor, states: list[tf.Tensor]
    ) -> tuple:
        before = tf.reshape(tokens, [batch * width, length])[:, :-1]
        prefix = tf.concat([tf.fill([batch * width, 1], start), before], 1)
        logits, states = next_logits(prefix, position, states)
        totals = scores[:, :, None] + _log_probabilities(logits, ended)
        choices = totals.shape[-1]
        scores, best = tf.math.top_k(tf.reshape(totals, [batch, width * choices]), width)
        token, parent = best % choices, best // choices
        parents = tf.gather(tokens, parent, batch_dims=1)
        tokens = tf.where(tf.range(length) == position, token[:, :, None], parents)
        rows = tf.reshape(parent + width * tf.range(batch)[:, None], [-1])
        ended = tf.gather(ended, parent, batch_dims=1) | (token == end)
        return position + 1, tokens, scores, ended, [tf.gather(state, rows) for state in states]

    def goes_on(
        position: tf.Tensor, tokens: tf.Tensor, scores: tf.Tensor, ended: tf.Tensor, states: list[tf.Tensor]
    ) -> tf.Tensor:
        return (position < length) & ~tf.reduce_all(ended)

    nothing = tf.zeros([batch, width, length], tf.int32), tf.tile(beams[None], [batch, 1])
    begin = (tf.constant(0), *nothing, tf.zeros([batch, width], tf.bool), states)
    _, tokens, scores, _, _ = tf.while_loop(goes_on, step, begin)
    lengths = tf.math.count_nonzero(tokens, axis=2, dtype=tf.float32)
    best = tf.argmax(scores / ((5 + lengths) / 6) ** LENGTH_PENALTY, axis=1)
    return tf.gather(tokens, best, batch_dims=1)


def _log_probabilities(logits: tf.Tensor, ended: tf.Tensor) -> tf.Tensor:
    """Gives [batch, width, num_outputs] of the next token: never padding, and only padding behind the end."""
    batch, width = tf.shape(ended)[0], ended.shape[1]
    padding = tf.fill([batch, width, 1], IMPOSSIBLE)
    tokens = tf.nn.log_softmax(tf.cast(logits[:, 1:], tf.float32))
    tokens = tf.reshape(tokens, [batch, width, logits.shape[-1] - 1])
    only_padding = tf.one_hot(0, logits.shape[-1], 0.0, IMPOSSIBLE)
    return tf.where(ended[:, :, None], only_padding, tf.concat([padding, tokens], 2))


def _decoder(model: keras.Model, source: tf.Tensor, width: int) -> tuple[list[tf.Tensor], NextLogits]:
    """Gives the first states, and the function that goes on from them.

    A decoder without states goes over the whole target at each step.
    """
    layers = {layer.name: layer for layer in model.layers}
    if not {"encoder", "decoder"} <= set(layers):
        sources = tf.repeat(source, width, axis=0)

        def of_the_whole_model(prefix: tf.Tensor, position: tf.Tensor, _: list[tf.Tensor]) -> tuple:
            return model(tf.concat([sources, prefix], 1), training=False)[:, position], []

        return [], of_the_whole_model
    decoder = layers["decoder"]
    encoded = keras.tree.flatten(layers["encoder"](source, training=False))
    memory = [tf.repeat(part, width, axis=0) for part in encoded]
    recurrent = len(decoder.outputs) - 1

    def of_the_decoder(prefix: tf.Tensor, position: tf.Tensor, states: list[tf.Tensor]) -> tuple:
        seen = prefix[:, position : position + 1] if recurrent else prefix
        logits, *states = keras.tree.flatten(decoder([seen, *states, *memory[recurrent:]], training=False))
        return logits[:, 0 if recurrent else position], states

    return memory[:recurrent], of_the_decoder
