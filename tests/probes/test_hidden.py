"""Which layers of each builder are hidden, and that a probe sees the model that was trained."""

import keras
import numpy as np
import pytest
from tiny_tasks import TINY

from suite import Config
from suite.models import builder
from suite.probes import hidden
from suite.probes.hidden import batch_of, hidden_layers, initial_weights, leaves, model_of, recorded
from suite.training.engine import train
from suite.training.load import prepared

DIGITS = Config(dataset="digits", train_size=256, validation_size=128, width=8, depth=2)

SHAPES = {"input_shape": (9,), "num_outputs": 3, "vocabulary_size": 7}
EXPECTED = {
    "dense": (
        {"input_shape": (4, 3), "num_outputs": 2, "depth": 2, "activation": "tanh", "dropout": 0.5},
        ["1 Dense tanh", "2 Dense tanh"],
    ),
    "linear": ({"input_shape": (4,), "num_outputs": 2, "depth": 0}, []),
    "normalized": (
        {"input_shape": (4,), "num_outputs": 2, "depth": 1, "activation": "relu", "normalization": "batch"},
        ["1 Dense relu"],
    ),
    "conv": (
        {"input_shape": (8, 8), "num_outputs": 2, "width": 4, "depth": 1, "units": 5, "activation": "relu"},
        ["1 Conv2D relu", "2 Dense relu"],
    ),
    "rnn": ({**SHAPES, "cell": "lstm", "depth": 2}, ["1 LSTM gated", "2 LSTM gated"]),
    "simple": (
        {**SHAPES, "cell": "simple_rnn", "bidirectional": True},
        ["1 Bidirectional tanh"],
    ),
    "transformer": (
        {**SHAPES, "depth": 1, "num_heads": 2, "width": 8, "activation": "gelu"},
        ["1 MultiHeadAttention ", "2 Dense gelu", "3 Dense linear"],
    ),
    "seq2seq": (
        {**SHAPES, "output_length": 4, "attention": "luong", "width": 6, "bidirectional": False},
        ["1 GRU gated", "2 GRU gated", "3 Dense linear", "4 Dense tanh"],
    ),
}
BUILDERS = {"linear": "dense", "normalized": "dense", "simple": "rnn"}


def run(model: keras.Model, training: bool = True):
    shape, kind = (6, *model.input_shape[1:]), model.inputs[0].dtype
    rng = np.random.default_rng(0)
    x = rng.integers(1, 3, shape) if kind == "int32" else rng.normal(size=shape)
    with recorded(model) as calls:
        outputs = model(keras.ops.cast(x, kind), training=training)
    return calls, outputs


@pytest.mark.parametrize("name", EXPECTED)
def test_hidden_layers_of_every_builder(name):
    settings, expected = EXPECTED[name]
    found = hidden_layers(*run(builder(BUILDERS.get(name, name))(**settings)))
    assert [f"{layer.name} {layer.activation}" for layer in found] == expected


def test_the_output_is_behind_normalization_and_activation():
    model = builder("dense")(input_shape=(4,), num_outputs=2, width=16, depth=1, normalization="batch")
    calls, outputs = run(model)
    (layer,) = hidden_layers(calls, outputs)
    values = layer.output.numpy()
    assert values.min() == 0  # ReLU
    assert np.isclose((values > 0).mean(), 0.5, atol=0.2)  # of normalised numbers, half are above 0


def test_recording_ends_with_its_context():
    model = builder("dense")(input_shape=(4,), num_outputs=2, depth=1)
    calls, _ = run(model)
    seen = len(calls)
    model(np.zeros((1, 4), "float32"))
    assert len(calls) == seen
    assert all("call" not in vars(layer) for layer in leaves(model))


STARTS = {
    "dropout": {"dropout": 0.4, "normalization": "batch"},
    "penalty": {"l2": 0.1, "activation": "tanh", "kernel_initializer": "he_normal"},
    "augmented": {"model": "conv", "width": 4, "depth": 1, "augmentation": "flip_and_shift", "dropout": 0.2},
    "transformer": {"model": "transformer", "width": 8, "num_heads": 2, "dropout": 0.1},
}


@pytest.mark.parametrize("name", STARTS)
def test_initial_weights_are_those_that_a_training_starts_from(name):
    config = DIGITS.replace(**STARTS[name], optimizer="sgd", learning_rate=1e-30, epochs=1, seed=5)
    model = model_of(config, initial_weights(config))
    kept = train(config, weights=True).weights
    for variable, value in zip(model.trainable_variables, kept, strict=False):
        np.testing.assert_allclose(variable.numpy(), value, rtol=0, atol=1e-28)  # what is learned is less
    other = initial_weights(config.replace(seed=6))
    assert any(np.any(a != b) for a, b in zip(other, kept, strict=True))


def test_the_probed_model_is_deterministic_and_gives_what_the_kept_weights_give():
    config = DIGITS.replace(dropout=0.5, epochs=2, augmentation="flip")
    result = train(config, weights=True, test=True)
    model, data = model_of(config, result.weights), prepared(config)
    x = data.normalization(data.test.x)
    outputs = [model(x, training=training).numpy() for training in (True, False)]
    np.testing.assert_allclose(*outputs, rtol=1e-5, atol=1e-5)  # neither dropout nor augmentation
    assert np.mean(outputs[0].argmax(axis=1) == data.test.y) == pytest.approx(result.test["test_accuracy"])


def test_mixed_precision_is_probed_in_32_bits():
    config = DIGITS.replace(dtype_policy="mixed_bfloat16")
    model = model_of(config, initial_weights(config))
    calls, outputs = run(model)
    assert {layer.output.dtype.name for layer in hidden_layers(calls, outputs)} == {"float32"}


def test_the_batch_is_the_same_for_every_seed_and_never_larger_than_the_data():
    first, second = batch_of(DIGITS, 64), batch_of(DIGITS.replace(seed=7, width=3), 64)
    assert first.x.shape[0] == 64
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(first.y, second.y)
    assert batch_of(DIGITS, 10_000).x.shape[0] == 256


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("texts", "rnn"),
        ("texts", "transformer"),
        ("sequences", "conv"),
        ("pairs", "seq2seq"),
        ("columns", "dense"),
    ],
)
def test_every_kind_of_data(monkeypatch, kind, model):
    """Every probe gives as many numbers as there are hidden layers, all finite, whatever the data."""
    from suite.probes import activations, gradients

    dataset = TINY[kind]()
    monkeypatch.setattr(hidden, "prepared", lambda config: prepared(config, dataset))
    config = Config(model=model, width=8, batch_size=16)
    weights = initial_weights(config)
    for probe, name in ((activations, "second_moment"), (gradients, "signal")):
        found = probe.measure(config, weights, None)
        assert len(found["layers"]) == len(found[f"initial.{name}"]) > 0
        assert np.all(found[f"initial.{name}"] > 0)
        assert not any(key.startswith("kept") for key in found)
