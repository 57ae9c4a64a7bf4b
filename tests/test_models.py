"""Builders: every one on every kind of example, parameter counts worked out by hand, and shape errors that say what fits."""

import keras
import numpy as np
import pytest

from suite import Config
from suite.config import MODEL_FIELDS
from suite.models import MODELS, builder, check_name, hyperparameters
from suite.models.transformer import sinusoidal_positions
from suite.training import train

SHAPES = {"image": (28, 28), "colour image": (32, 32, 3), "sequence": (29, 12), "table": (16,)}
SMALL = {"width": 8, "depth": 2, "num_heads": 2}


def build(name: str, shape, **settings) -> keras.Model:
    takes = hyperparameters(name)
    return builder(name)(input_shape=shape, num_outputs=5, **{key: value for key, value in settings.items() if key in takes})


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("name", MODELS)
def test_every_model_takes_images_sequences_and_tables(name, shape):
    model = build(name, shape, **SMALL, dropout=0.1)
    logits = model(np.random.default_rng(0).normal(size=(3, *shape)).astype("float32"))
    assert logits.shape == (3, 5)
    assert np.isfinite(logits).all()


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_trained_by_the_engine_and_learns(name):
    smaller = {key: value for key, value in {"width": 16, "depth": 1}.items() if key in hyperparameters(name)}
    result = train(Config(dataset="digits", model=name, epochs=12, batch_size=32, learning_rate=0.01, **smaller), test=True)
    assert result.program["engine"] == "compiled"
    assert result.test["test_accuracy"] > 0.7  # guessing gives 0.1


@pytest.mark.parametrize("name", MODELS)
def test_every_hyperparameter_of_a_model_is_a_field_of_config(name):
    assert set(hyperparameters(name)) <= set(MODEL_FIELDS)
    assert set(hyperparameters(name)) == set(builder(name).__kwdefaults__)


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
    ],
)
def test_parameter_counts(name, shape, settings, count):
    assert build(name, shape, **settings).count_params() == count


@pytest.mark.parametrize(
    ("name", "shape", "settings", "message"),
    [
        ("conv", (8, 8), {"depth": 4}, r"at least 16 there\. Received: examples of shape \(8, 8\)\. Use depth=3"),
        ("conv", (2, 3, 4, 5), {}, "expects examples of shape"),
        ("rnn", (2, 3, 4, 5), {}, "expects examples of shape"),
        ("rnn", (8, 8), {"depth": 0}, "depth >= 1"),
        ("transformer", (8, 8), {"width": 30}, r"multiple of num_heads=4\. Received: width=30"),
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
    with pytest.raises(ValueError, match=r"`model` must be one of dense, .*Did you mean 'conv'"):
        check_name("cnv")
