"""Builders: every one on every kind of example, parameter counts worked out by hand, masks, and errors that
say what fits."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from suite import Config
from suite.models import (
    CLASSICS,
    DATA_ARGUMENTS,
    MODELS,
    builder,
    check_name,
    data_arguments,
    hyperparameters,
)
from suite.models.transformer import sinusoidal_positions
from suite.study.config import MODEL_FIELDS
from suite.training import train

SHAPES = {"image": (28, 28), "colour image": (32, 32, 3), "sequence": (29, 12), "table": (16,)}
SMALL = {"width": 8, "depth": 2, "num_heads": 2}
CLASSIFIERS = [name for name in MODELS if name not in ("seq2seq", "seq2seq_transformer", "quadratic")]


def build(name: str, shape, num_outputs: int = 5, **settings) -> keras.Model:
    takes = (*hyperparameters(name), *data_arguments(name))
    settings = {key: value for key, value in settings.items() if key in takes}
    return builder(name)(input_shape=shape, num_outputs=num_outputs, **settings)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_model_takes_images_sequences_and_tables(name, shape):
    model = build(name, shape, **SMALL, dropout=0.1)
    logits = model(np.random.default_rng(0).normal(size=(3, *shape)).astype("float32"))
    assert logits.shape == (3, 5)
    assert np.isfinite(logits).all()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_model_is_trained_by_the_engine_and_learns(name):
    smaller = {key: value for key, value in {"width": 16, "depth": 1}.items() if key in hyperparameters(name)}
    result = train(
        Config(dataset="digits", model=name, epochs=12, batch_size=32, learning_rate=0.01, **smaller),
        test=True,
    )
    assert result.program["engine"] == "compiled"
    assert result.test["test_accuracy"] > 0.7  # guessing gives 0.1


@pytest.mark.parametrize("name", MODELS)
def test_every_hyperparameter_of_a_model_is_a_field_of_config(name):
    assert set(hyperparameters(name)) <= set(MODEL_FIELDS)
    assert set(data_arguments(name)) <= set(DATA_ARGUMENTS)
    assert {*hyperparameters(name), *data_arguments(name)} == set(builder(name).__kwdefaults__ or ())


@pytest.mark.parametrize("name", CLASSICS)
def test_a_classic_sets_what_a_config_leaves_open(name):
    settings = {key: value for key, value in CLASSICS[name].items() if key != "model"}
    assert set(settings) <= set(hyperparameters(name))
    assert all(getattr(Config(model=name), key) is None for key in settings)
    assert Config(model=CLASSICS[name]["model"], **settings)


@pytest.mark.parametrize(
    ("name", "shape", "settings", "count"),
    [
        ("dense", (28, 28), {"width": 32, "depth": 1}, 784 * 32 + 32 + 32 * 5 + 5),
        ("dense", (16,), {"depth": 0}, 16 * 5 + 5),
        ("dense", (16,), {"width": 8, "depth": 1, "normalization": "batch"}, 16 * 8 + 4 * 8 + 8 * 5 + 5),
        ("conv", (28, 28), {"width": 4, "depth": 2}, (9 * 4 + 4) + (9 * 4 * 8 + 8) + 8 * 5 + 5),
        ("conv", (29, 12), {"width": 4, "depth": 1}, (3 * 12 * 4 + 4) + 4 * 5 + 5),
        ("rnn", (28, 28), {"cell": "simple_rnn", "width": 8, "depth": 1}, (28 + 8 + 1) * 8 + 8 * 5 + 5),
        ("rnn", (28, 28), {"cell": "lstm", "width": 8, "depth": 1}, 4 * (28 + 8 + 1) * 8 + 8 * 5 + 5),
        ("rnn", (28, 28), {"cell": "gru", "width": 8, "depth": 1}, 3 * (28 + 8 + 2) * 8 + 8 * 5 + 5),
        (
            "transformer",
            (28, 28),
            {"width": 8, "depth": 1, "num_heads": 2},
            (28 * 8 + 8) + (4 * (8 * 8 + 8) + 16) + (8 * 16 + 16 + 16 * 8 + 8 + 16) + 16 + (8 * 5 + 5),
        ),
        (
            "transformer",
            (28, 28),
            {
                "width": 8,
                "depth": 1,
                "num_heads": 2,
                "positional_encoding": "learned",
                "intermediate_dim": 3,
                "normalize_first": False,
            },
            (28 * 8 + 8) + 28 * 8 + (4 * (8 * 8 + 8) + 16) + (8 * 3 + 3 + 3 * 8 + 8 + 16) + 16 + (8 * 5 + 5),
        ),
        (
            "rnn",
            (28, 28),
            {"cell": "gru", "width": 8, "bidirectional": True},
            2 * 3 * (28 + 8 + 2) * 8 + 16 * 5 + 5,
        ),
        (
            "rnn",
            (9,),
            {"cell": "lstm", "width": 8, "vocabulary_size": 30},
            30 * 8 + 4 * (8 + 8 + 1) * 8 + 8 * 5 + 5,
        ),
        ("dense", (9,), {"width": 8, "depth": 1, "vocabulary_size": 30}, 30 * 8 + 8 * 8 + 8 + 8 * 5 + 5),
        ("conv", (9,), {"width": 8, "depth": 1, "vocabulary_size": 30}, 30 * 8 + 3 * 8 * 8 + 8 + 8 * 5 + 5),
        (
            "conv",
            (12, 12, 3),
            {
                "filters": (4, 6),
                "kernel_size": (5, 3),
                "padding": ("valid", "same"),
                "pool_size": 3,
                "units": 7,
            },
            (25 * 3 * 4 + 4) + (9 * 4 * 6 + 6) + (2 * 2 * 6 * 7 + 7) + (7 * 5 + 5),  # sides 12, 8, 4, 4, 2
        ),
        (
            "conv",
            (28, 28),
            {
                "filters": (4, 6),
                "kernel_size": 5,
                "padding": "valid",
                "strides": 2,
                "pooling": "none",
                "units": 7,
            },
            (25 * 4 + 4) + (25 * 4 * 6 + 6) + (4 * 4 * 6 * 7 + 7) + (7 * 5 + 5),  # sides 28, 12, 4
        ),
    ],
)
def test_parameter_counts(name, shape, settings, count):
    assert build(name, shape, **settings).count_params() == count


@pytest.mark.parametrize(
    ("name", "shape", "settings", "message"),
    [
        (
            "conv",
            (8, 8),
            {"depth": 4},
            r"at least 16 there\. Received: examples of shape \(8, 8\)\. Use depth=3",
        ),
        ("conv", (2, 3, 4, 5), {}, "expects examples of shape"),
        (
            "conv",
            (12, 12),
            {"filters": (4, 6), "kernel_size": 5, "padding": "valid", "strides": 2, "pooling": "none"},
            "at least 13 there",  # 5 leave 1, 13 leave 5
        ),
        ("rnn", (2, 3, 4, 5), {}, "expects examples of shape"),
        ("rnn", (8, 8), {"depth": 0}, "depth >= 1"),
        ("transformer", (8, 8), {"width": 30}, r"multiple of num_heads=4\. Received: width=30"),
        (
            "conv",
            (28, 28),
            {"filters": (4, 6), "kernel_size": (5, 3, 3)},
            r"`kernel_size` expects one value, or one for each of 2",
        ),
        (
            "lenet5",
            (4,),
            {},
            r"at least 12 there\. Received: examples of shape \(4,\)\. "
            r"Use at most 1 `filters`, or model='dense'",
        ),
        (
            "rnn",
            (9,),
            {"vocabulary_size": 30, "output_length": 4},
            r"each of the 9 time steps .* length 4\. Use model='seq2seq'",
        ),
        ("transformer", (9,), {"vocabulary_size": 30, "output_length": 4}, "Use model='seq2seq'"),
        ("rnn", (9, 2), {"vocabulary_size": 30}, r"tokens expect examples of shape \(time,\)"),
    ],
)
def test_what_a_builder_refuses(name, shape, settings, message):
    with pytest.raises(ValueError, match=message):
        build(name, shape, **settings)


def test_sinusoidal_positions_by_hand():
    positions = sinusoidal_positions(3, 4)
    np.testing.assert_allclose(positions[0, 0], [0, 0, 1, 1])
    np.testing.assert_allclose(positions[0, 2], [np.sin(2), np.sin(0.02), np.cos(2), np.cos(0.02)], rtol=1e-6)


def test_without_positions_a_transformer_could_not_tell_orders_apart():
    model, rng = build("transformer", (6, 4), **SMALL), np.random.default_rng(0)
    x = rng.normal(size=(2, 6, 4)).astype("float32")
    assert not np.allclose(model(x), model(x[:, ::-1]), atol=1e-3)


def test_names():
    assert check_name("dense") == "dense"
    assert check_name("3c3d") == "3c3d"
    with pytest.raises(ValueError, match=r"`model` must be one of dense, .* lenet5, .*Did you mean 'conv'"):
        check_name("cnv")


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"filters": "6,16", "kernel_size": "5"}, {"filters": (6, 16), "kernel_size": 5}),
        ({"filters": [6, 16], "padding": "same, valid"}, {"filters": (6, 16), "padding": ("same", "valid")}),
        ({"units": 120, "padding": "valid"}, {"units": 120, "padding": "valid"}),
    ],
)
def test_one_or_several_numbers_are_set_as_the_command_line_writes_them(settings, found):
    config = Config(model="conv", **settings)
    assert {name: getattr(config, name) for name in found} == found
    assert Config.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        (
            "conv",
            {"filters": "6,x"},
            r"`filters` must be a whole number from 1, or several .*Received: filters='6,x'",
        ),
        ("conv", {"kernel_size": 0}, "`kernel_size` must be a whole number from 1"),
        ("conv", {"padding": "full"}, "`padding` must be same or valid"),
        ("conv", {"pooling": "min"}, "'max', 'average' or 'none'"),
        ("conv", {"filters": 8, "depth": 2}, r"`depth` has no meaning beside filters=8\. Received: depth=2"),
        ("lenet5", {"width": 8}, r"`width` has no meaning beside filters=\(6, 16\)"),
        ("lenet5", {"cell": "gru"}, "`cell` is not a hyperparameter of model='lenet5'"),
        ("rnn", {"attention": "luong"}, "`attention` is not a hyperparameter of model='rnn'"),
        ("transformer", {"positional_encoding": "rotary"}, "'sinusoidal', 'learned' or 'none'"),
    ],
)
def test_what_a_config_refuses(model, settings, message):
    with pytest.raises(ValueError, match=message):
        Config(model=model, **settings)


def test_a_config_changes_a_classic():
    assert (
        builder("lenet5")(input_shape=(28, 28), num_outputs=10, units=(50,)).count_params()
        == 156 + 2416 + 400 * 50 + 50 + 510
    )


@pytest.mark.parametrize(
    ("name", "shape", "count"),
    [  # of 10 classes
        (
            "lenet5",
            (28, 28),
            61_706,
        ),  # LeCun et al. 1998, with every map of the second layer connected to all of the first
        ("alexnet", (28, 28, 3), 1_387_786),  # Zhang et al. 2017, table 1
        ("2c2d", (28, 28), 3_274_634),  # DeepOBS, Fashion-MNIST
        ("3c3d", (32, 32, 3), 895_210),  # DeepOBS, CIFAR-10
    ],
)
def test_published_parameter_counts(name, shape, count):
    assert build(name, shape, num_outputs=10).count_params() == count


def bert(width: int, depth: int, vocabulary: int = 30_522, length: int = 512) -> int:
    """Parameters of BERT: three embeddings and a normalization, `depth` layers, the pooler (Devlin et al.
    2019)."""
    attention, feed_forward = 4 * (width**2 + width), 2 * 4 * width**2 + 5 * width
    embeddings = (vocabulary + length + 2 + 2) * width
    return embeddings + depth * (attention + feed_forward + 4 * width) + width**2 + width


def test_bert_counts_as_published_apart_from_the_second_segment_and_the_pooler():
    assert bert(768, 12) == 109_482_240  # BERT-base, uncased
    assert bert(128, 2) == 4_385_920  # BERT-tiny, 4.4 million
    model = build("bert_tiny", (512,), vocabulary_size=30_522)
    assert model.count_params() == bert(128, 2) - 2 * 128 - (128**2 + 128) + (128 * 5 + 5)


RECURRENT = [
    ("rnn", {"cell": cell, "bidirectional": both})
    for cell in ("simple_rnn", "gru", "lstm")
    for both in (False, True)
]
SEQUENTIAL = [
    *RECURRENT,
    ("dense", {}),
    ("conv", {"depth": 1}),
    ("conv", {"depth": 1, "strides": 2, "pooling": "none"}),
    ("conv", {"pooling": "none"}),
    *(
        ("transformer", {"causal": c, "positional_encoding": p, "normalize_first": f})
        for c, p, f in ((False, "sinusoidal", True), (True, "none", False))
    ),
]
TOKENS = np.array([[3, 1, 4, 1, 5, 9], [2, 7, 0, 0, 0, 0], [6, 5, 3, 5, 0, 0]], "int32")
KINDS = {"tokens": {"vocabulary_size": 12}, "numbers": {"masked": True}}


def examples(kind: str) -> np.ndarray:
    """TOKENS, or as float32 [3, 6, 2] where padding is zeros."""
    return TOKENS if kind == "tokens" else np.stack([TOKENS, TOKENS**2 / 10], axis=2).astype("float32")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "settings"), SEQUENTIAL, ids=str)
def test_more_padding_changes_nothing(name, settings, kind):
    if (name, kind) == ("dense", "numbers"):
        pytest.skip("flattens: its weights depend on the length, and zeros add nothing")
    x = examples(kind)
    longer = np.concatenate([x, np.zeros_like(x)], axis=1)
    short, long = (build(name, y.shape[1:], **SMALL | settings, **KINDS[kind]) for y in (x, longer))
    long.set_weights(short.get_weights())
    np.testing.assert_allclose(long(longer), short(x), rtol=1e-4, atol=1e-5)
    assert not np.allclose(short(x)[1], short(x)[2], atol=1e-4)


@pytest.mark.parametrize(("name", "settings"), SEQUENTIAL, ids=str)
def test_the_embedding_of_padding_is_never_seen(name, settings):
    model = build(name, (6,), **SMALL | settings, **KINDS["tokens"])
    before = np.array(model(TOKENS))
    embedding = next(layer for layer in model.layers if isinstance(layer, keras.layers.Embedding))
    embedding.embeddings.assign(np.concatenate([np.full((1, 8), 7.0), embedding.get_weights()[0][1:]]))
    np.testing.assert_allclose(model(TOKENS), before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "settings"), SEQUENTIAL, ids=str)
def test_an_example_of_nothing_but_padding_gives_numbers(name, settings):
    for kind in KINDS:
        model = build(name, examples(kind).shape[1:], **SMALL | settings, **KINDS[kind])
        assert np.isfinite(model(0 * examples(kind))).all()


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("rnn", {"cell": "lstm"}),
        ("transformer", {"causal": True}),
        ("transformer", {"causal": False}),
    ],
    ids=str,
)
def test_what_is_not_causal_sees_the_future(name, settings):
    model = build(name, (6,), **SMALL | settings, vocabulary_size=12, output_length=6)
    changed = TOKENS[:1].copy()
    changed[0, 3] = 8
    differs = np.abs(np.array(model(changed) - model(TOKENS[:1])))[0].max(axis=1) > 1e-5
    assert differs.tolist() == ([True] * 6 if settings.get("causal") is False else [False] * 3 + [True] * 3)


@pytest.mark.parametrize(("name", "settings"), [("rnn", {}), ("transformer", {"causal": True})], ids=str)
def test_one_output_is_that_of_the_last_step_that_counts(name, settings):
    each = build(name, (6,), **SMALL | settings, vocabulary_size=12, output_length=6)
    one = build(name, (6,), **SMALL | settings, vocabulary_size=12)
    one.set_weights(each.get_weights())
    np.testing.assert_allclose(
        one(TOKENS), np.array(each(TOKENS))[[0, 1, 2], [5, 1, 3]], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("causal", [False, True])
def test_attention_that_has_no_preference_averages_what_it_may_see(causal):
    model = build("transformer", (3, 4), 4, masked=True, causal=causal, output_length=3, width=4, depth=1,
                  num_heads=1, positional_encoding="none", intermediate_dim=3)  # fmt: skip
    for variable in (
        model.variables
    ):  # all layers copy their input, but for queries, keys and the feed-forward layer: zeros
        shape = tuple(variable.shape)
        copies = np.prod(shape) == 16 and "query" not in variable.path and "key" not in variable.path
        variable.assign(
            np.eye(4).reshape(shape) if copies else np.full(shape, float("gamma" in variable.name))
        )
    x = np.array([[[1, 3, 0, 2], [5, 1, 1, 0], [0, 0, 0, 0]]], "float32")

    def normal(y):
        return (y - y.mean(-1, keepdims=True)) / np.sqrt(y.var(-1, keepdims=True) + 1e-3)

    first, second = normal(x)[0, :2]
    seen = [first, (first + second) / 2, (first + second) / 2] if causal else [(first + second) / 2] * 3
    np.testing.assert_allclose(model(x)[0], normal(x[0] + np.array(seen)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("rnn", {"cell": "lstm", "bidirectional": True}),
        ("transformer", {"causal": True}),
        ("conv", {}),
    ],
    ids=str,
)
def test_masks_compile_with_xla(name, settings):
    model = build(name, (6,), **SMALL | settings, **KINDS["tokens"])
    trainable = [tf.convert_to_tensor(variable) for variable in model.trainable_variables]

    def gradients(trainable):
        with tf.GradientTape() as tape:
            tape.watch(trainable)
            logits, _ = model.stateless_call(trainable, model.non_trainable_variables, TOKENS, training=True)
            loss = tf.reduce_mean(logits**2)
        return [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, trainable)]

    compiled = tf.function(gradients, jit_compile=True, autograph=False)
    for found, expected in zip(compiled(trainable), gradients(trainable), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_a_residual_layer_without_kernel_hands_its_input_on():
    """With a kernel of 0 the second layer of ReLUs adds nothing: what is left is the first."""
    deep, shallow = (
        build("dense", (4,), residual=True, width=6, depth=2),
        build("dense", (4,), width=6, depth=1),
    )
    first, _, last = (
        deep.layers[place] for place in np.flatnonzero([layer.weights != [] for layer in deep.layers])
    )
    shallow.set_weights([*first.get_weights(), *last.get_weights()])
    weights = deep.get_weights()
    weights[2] = np.zeros_like(weights[2])
    deep.set_weights(weights)
    x = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    np.testing.assert_allclose(deep(x), shallow(x), rtol=1e-5)


def test_a_residual_block_projects_where_filters_differ():
    plain, residual = (build("conv", (8, 8), filters=(3, 3, 5), residual=each) for each in (False, True))
    assert residual.count_params() - plain.count_params() == 1 * 3 + 3 * 5  # the second block needs none
    assert residual.output_shape == plain.output_shape


def test_residual_needs_sizes_that_stay():
    with pytest.raises(ValueError, match=r"`residual` expects padding='same'.*Received: padding='valid'"):
        build("conv", (8, 8), residual=True, padding="valid", **SMALL)
