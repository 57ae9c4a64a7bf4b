"""Encoder-decoders: parameter counts by hand, what a logit may depend on, and decoding against exhaustive
search."""

import itertools
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from suite import Config
from suite.models import builder
from suite.models.decoding import beam, greedy

SOURCE, TARGET, WORDS, PHONES = 5, 4, 9, 7
ATTENTION = ("none", "luong", "bahdanau", "transformer")
START, END = 1, 2
TOKENS = np.array([[3, 4, 5, 6, 7, 1, 3, 4, 5], [8, 3, 0, 0, 0, 1, 6, 0, 0]], "int32")


def build(attention: str = "luong", **settings) -> keras.Model:
    """`attention`: of a recurrent one, or `transformer`."""
    sizes = {
        "input_shape": (SOURCE + TARGET,),
        "num_outputs": PHONES,
        "vocabulary_size": WORDS,
        "output_length": TARGET,
    }
    name, own = (
        ("seq2seq_transformer", {}) if attention == "transformer" else ("seq2seq", {"attention": attention})
    )
    return builder(name)(**{**sizes, **own, "width": 8, **settings})


EMBEDDINGS, HEAD = (WORDS + PHONES) * 8, 8 * PHONES + PHONES
GRU, LSTM = 3 * (8 + 8 + 2) * 8, 4 * (8 + 8 + 1) * 8
BRIDGE = 16 * 8 + 8


@pytest.mark.parametrize(
    ("attention", "settings", "count"),
    [
        ("none", {"bidirectional": False}, EMBEDDINGS + 2 * GRU + HEAD),
        ("none", {"cell": "lstm"}, EMBEDDINGS + 3 * LSTM + 2 * BRIDGE + HEAD),
        ("luong", {}, EMBEDDINGS + 3 * GRU + BRIDGE + 16 * 8 + (16 + 8) * 8 + HEAD),
        ("bahdanau", {}, EMBEDDINGS + 3 * GRU + BRIDGE + (16 * 8 + 8 * 8 + 8 + 8) + (16 + 8) * 8 + HEAD),
        ("luong", {"depth": 2, "bidirectional": False}, EMBEDDINGS + 4 * GRU + 8 * 8 + (8 + 8) * 8 + HEAD),
        (
            "transformer",
            {"num_heads": 2, "intermediate_dim": 5, "positional_encoding": "learned"},
            EMBEDDINGS
            + (SOURCE + TARGET) * 8
            + 3 * 4 * (8 * 8 + 8)
            + 2 * (8 * 5 + 5 + 5 * 8 + 8)
            + 7 * 16
            + HEAD,
        ),
    ],
)
def test_parameter_counts(attention, settings, count):
    assert build(attention, **settings).count_params() == count


@pytest.mark.parametrize("attention", ATTENTION)
def test_a_logit_depends_on_the_source_and_on_the_target_until_its_position(attention):
    model = build(attention, depth=2)
    assert model(TOKENS).shape == (2, TARGET, PHONES)

    def differs(place: int) -> list[bool]:
        changed = TOKENS.copy()
        changed[0, place] = 2
        return (np.abs(np.array(model(changed) - model(TOKENS)))[0].max(axis=1) > 1e-6).tolist()

    assert differs(SOURCE - 1) == [True] * TARGET
    assert differs(SOURCE + 2) == [False, False, True, True]


@pytest.mark.parametrize("attention", ATTENTION)
def test_padding_of_the_source_changes_nothing(attention):
    cell = {} if attention == "transformer" else {"cell": "lstm"}
    short, long = build(attention, **cell), build(attention, **cell, input_shape=(SOURCE + 3 + TARGET,))
    long.set_weights(short.get_weights())
    longer = np.insert(TOKENS, [SOURCE] * 3, 0, axis=1)
    np.testing.assert_allclose(long(longer), short(TOKENS), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"vocabulary_size": None},
            r"pairs of token sequences.*Received: examples of shape \(9,\), vocabulary_size=None",
        ),
        ({"output_length": None}, "output_length=None. Use model='rnn' or model='transformer'"),
        ({"output_length": 9}, "source_length"),
        ({"depth": 0}, "depth >= 1"),
        ({"attention": "transformer", "depth": 0}, "model='seq2seq_transformer' expects depth >= 1"),
        ({"attention": "transformer", "num_heads": 3}, "multiple of num_heads=3"),
    ],
)
def test_what_it_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        build(**settings)


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        ("seq2seq", {"num_heads": 2}, "`num_heads` is not a hyperparameter of model='seq2seq'.*num_heads=2"),
        (
            "seq2seq_transformer",
            {"cell": "gru"},
            "`cell` is not a hyperparameter of model='seq2seq_transformer'",
        ),
        ("seq2seq", {"attention": "transformer"}, "is now model='seq2seq_transformer'"),
    ],
)
def test_what_a_config_refuses(model, settings, message):
    with pytest.raises(ValueError, match=message):
        Config(dataset="cmudict", model=model, **settings)


def chain(table: np.ndarray, length: int) -> keras.Model:
    """A model whose next token depends on the one before only: `table` [tokens, tokens] has the
    probabilities. Source: 1."""
    tokens = keras.Input((1 + length,), dtype="int32")
    logits = keras.layers.Embedding(*table.shape)
    model = keras.Model(tokens, logits(tokens[:, 1:]))
    logits.set_weights([np.log(np.maximum(table, 1e-12))])
    return model


A, B = 3, 4
NOTHING = np.zeros((2, 1), "int32")


def test_greedy_goes_wrong_where_two_beams_do_not():
    table = np.zeros((5, 5))
    table[START, [A, B]] = 0.6, 0.4
    table[A, [END, A]] = 0.55, 0.45  # A END: 0.33
    table[B, END] = 1.0  # B END: 0.4
    model = chain(table, 3)
    assert greedy(model, NOTHING, START, END).numpy().tolist() == [[A, END, 0]] * 2
    assert beam(model, NOTHING, START, END, 2).numpy().tolist() == [[B, END, 0]] * 2


def test_the_length_penalty_is_that_of_wu_et_al():
    table = np.zeros((5, 5))
    table[START, [END, A]] = 0.35, 0.65  # END: log 0.35 = -1.050
    table[A, [END, A]] = (
        0.5,
        0.5,
    )  # A END: log 0.325 / (7 / 6) ** 0.6 = -1.025; A A END: log 0.1625 / (8 / 6) ** 0.6 = -1.529
    assert beam(chain(table, 4), NOTHING, START, END, 4).numpy().tolist() == [[A, END, 0, 0]] * 2


def test_padding_is_never_chosen_and_the_room_may_end_before_the_sequence():
    table = np.zeros((5, 5))
    table[:, 0], table[:, A] = 0.9, 0.1
    assert beam(chain(table, 3), NOTHING, START, END, 2).numpy().tolist() == [[A, A, A]] * 2


def test_a_beam_wide_enough_for_all_finds_the_best_of_all():
    rng = np.random.default_rng(0)
    for _ in range(5):
        table = rng.dirichlet(np.ones(5), size=5)
        table[:, 0] = 0
        logs = np.log(np.maximum(table / table.sum(axis=1, keepdims=True), 1e-12))
        scores = {}
        for tokens in itertools.product(range(1, 5), repeat=3):
            tokens = tokens[: tokens.index(END) + 1] if END in tokens else tokens
            total = sum(logs[pair] for pair in itertools.pairwise((START, *tokens)))
            scores[*tokens, *[0] * (3 - len(tokens))] = total / ((5 + len(tokens)) / 6) ** 0.6
        found = beam(chain(table, 3), NOTHING, START, END, 64).numpy()
        assert tuple(found[0].tolist()) == tuple(found[1].tolist()) == max(scores, key=scores.get)


@pytest.mark.parametrize(
    ("attention", "settings"), [*((a, {}) for a in ATTENTION), ("luong", {"cell": "lstm", "depth": 2})]
)
def test_decoding_step_by_step_gives_what_the_whole_model_gives(attention, settings):
    keras.utils.set_random_seed(1)
    model = build(attention, **settings)
    model.set_weights([4 * weight for weight in model.get_weights()])  # so that it has more than one answer
    source = np.random.default_rng(0).integers(3, WORDS, (8, SOURCE)).astype("int32")
    source[4:, 3:] = 0
    target = np.zeros((8, TARGET), "int32")
    for position in range(TARGET):
        prefix = np.concatenate([source, np.full((8, 1), START, "int32"), target[:, :-1]], axis=1)
        token = np.array(model(prefix))[:, position, 1:].argmax(axis=1) + 1
        target[:, position] = np.where((target == END).any(axis=1), 0, token)
    np.testing.assert_array_equal(greedy(model, source, START, END), target)
    assert len(np.unique(target, axis=0)) > 2


def test_decoding_inside_a_saved_model(tmp_path: Path):
    model = build("luong")
    source = TOKENS[:, :SOURCE]
    module = tf.Module()
    module.model = model
    signature = tf.TensorSpec([None, SOURCE], tf.int32)
    module.decode = tf.function(
        lambda tokens: beam(model, tokens, START, END, 3), input_signature=[signature]
    )
    tf.saved_model.save(module, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    np.testing.assert_array_equal(loaded.decode(source), beam(model, source, START, END, 3))
