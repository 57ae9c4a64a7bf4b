"""Decoded words against edits by hand, attention against its definition, and who looks where."""

import keras
import numpy as np
import pytest
from tiny_tasks import TINY

from suite import Config
from suite.models import builder
from suite.probes.decoding import attention, edits, monotone
from suite.training.load import prepared

PAIRS = prepared(Config(dataset="cmudict", model="seq2seq", batch_size=8), TINY["pairs"]())
SOURCE = PAIRS.input_shape[0] - PAIRS.output_length


def build(name: str, **settings) -> keras.Model:
    return builder(name)(
        input_shape=PAIRS.input_shape, num_outputs=PAIRS.num_outputs, output_length=PAIRS.output_length,
        vocabulary_size=PAIRS.vocabulary_size, width=8, **settings,
    )  # fmt: skip


def test_edits_are_of_the_nearest_variant():
    words = np.array(["", "[UNK]", "A", "B", "[END]"])
    tokens = np.array([[2, 3, 4, 0], [2, 2, 4, 0], [4, 0, 0, 0]])
    off, count = edits(["A B", "A B | A A", "A B A"], words, tokens, "[END]")
    assert off.tolist() == [0, 0, 3]
    assert count.tolist() == [2, 2, 3]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("seq2seq", {"attention": "luong"}),
        ("seq2seq", {"attention": "bahdanau"}),
        ("seq2seq_transformer", {}),
    ],
)
def test_attention_is_a_share_of_the_letters_that_are_there(name, settings):
    tokens = PAIRS.test.x[:1]
    letters = int((tokens[0, :SOURCE] != 0).sum())
    weights = attention(build(name, **settings), tokens, SOURCE)
    assert weights.shape == (PAIRS.output_length, SOURCE)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    assert np.abs(weights[:, letters:]).max(initial=0) < 1e-6  # nothing looks at padding


def test_luongs_attention_by_its_definition():
    """softmax(h_t' W h_s) of global attention with the score `general`."""
    model, tokens = build("seq2seq", attention="luong"), PAIRS.test.x[:1]
    decoder = model.get_layer("decoder")
    layer = next(each for each in decoder.layers if isinstance(each, keras.layers.Attention))
    query, _, key, *_ = keras.tree.flatten(layer.input)
    inner = keras.Model(decoder.inputs, [query, key])
    tokens = keras.ops.convert_to_tensor(tokens)
    encoded = keras.tree.flatten(model.get_layer("encoder")(tokens[:, :SOURCE]))
    queries, keys = (each.numpy()[0] for each in inner([tokens[:, SOURCE:], *encoded]))
    scores = np.where(tokens.numpy()[0, :SOURCE] != 0, queries @ keys.T, -np.inf)
    expected = np.exp(scores - scores.max(axis=1, keepdims=True))
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(attention(model, tokens.numpy(), SOURCE), expected, atol=1e-5)


def test_one_context_vector_looks_nowhere():
    assert attention(build("seq2seq", attention="none"), PAIRS.test.x[:1], SOURCE) is None


def test_who_looks_onward():
    assert monotone(np.eye(5)) == 1
    assert monotone(np.eye(5)[::-1]) == 0
    assert monotone(np.eye(5)[[0, 2, 1, 3, 4]]) == 0.75
