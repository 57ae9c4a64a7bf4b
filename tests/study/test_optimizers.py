"""Optimizers: their declarations agree with Keras."""

import inspect

import keras
import numpy as np
import pytest

from suite import Config
from suite.study.config import OPTIMIZER_FIELDS
from suite.study.optimizers import OPTIMIZERS
from suite.training.build import build_optimizer

OURS = {("momentum", "momentum"), ("nesterov", "momentum")}
"""Defaults that are not Keras's, on purpose."""


WRAPPERS = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer"}
"""Classes of `keras.optimizers` that are no method of their own."""


def test_every_optimizer_of_keras_is_there():
    classes = {name for name, value in vars(keras.optimizers).items() if inspect.isclass(value)}
    theirs = {
        name for name in classes if issubclass(getattr(keras.optimizers, name), keras.optimizers.Optimizer)
    }
    assert theirs - WRAPPERS == {spec.keras_class for spec in OPTIMIZERS.values()}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_defaults_are_those_of_keras(name):
    spec = OPTIMIZERS[name]
    theirs = inspect.signature(getattr(keras.optimizers, spec.keras_class)).parameters
    for field, default in spec.hyperparameters.items():
        assert field in OPTIMIZER_FIELDS
        for keras_name in spec.names(field):
            assert (name, field) in OURS or theirs[keras_name].default == default
    assert set(spec.arguments) <= set(theirs)
    assert set(spec.keras_names) <= set(spec.hyperparameters)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_is_tuned_is_a_hyperparameter(name):
    spec = OPTIMIZERS[name]
    assert "learning_rate" in spec.space
    assert set(spec.space) <= {"learning_rate", *spec.hyperparameters}
    for field, distribution in spec.space.items():
        for u in (0.0, 0.5, 1.0):
            Config(optimizer=name, **{field: distribution.quantile(u)})
    assert spec.source


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_is_generalized_is_known_and_so_is_what_that_generalizes(name):
    for special in OPTIMIZERS[name].generalizes:
        assert special != name
        assert set(OPTIMIZERS[special].generalizes) <= set(OPTIMIZERS[name].generalizes)


def test_a_built_optimizer_has_what_was_given_and_our_defaults():
    def build(name: str, **settings) -> keras.optimizers.Optimizer:
        return build_optimizer(Config(optimizer=name, learning_rate=0.1, **settings))

    assert build("momentum").momentum == 0.9
    assert build("momentum", momentum=0.5).momentum == 0.5
    nesterov = build("nesterov", weight_decay=0.01, global_clipnorm=2.0)
    assert (nesterov.momentum, nesterov.nesterov, nesterov.weight_decay) == (0.9, True, 0.01)
    assert (float(nesterov.learning_rate), nesterov.global_clipnorm) == (pytest.approx(0.1), 2.0)
    muon = build("muon", weight_decay=0.3, beta_1=0.8)
    assert (muon.weight_decay, muon.adam_weight_decay, muon.adam_beta_1) == (0.3, 0.3, 0.8)


def steps(name: str, settings: dict[str, float]) -> np.ndarray:
    """Weights after ten steps on gradients of all sizes, the same for every call."""
    variable = keras.Variable(np.linspace(-1, 1, 6).reshape(2, 3), name="kernel")
    optimizer = build_optimizer(Config(optimizer=name, **settings))
    for gradient in np.random.default_rng(0).normal(size=(10, 2, 3)).astype("float32"):
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
    return variable.numpy()


BIG = 1e6
"""An epsilon beside which the mean of the squares is nothing."""


@pytest.mark.parametrize(
    ("general", "settings", "special", "others"),
    [
        ("momentum", {"momentum": 0.0, "learning_rate": 0.1}, "sgd", {"learning_rate": 0.1}),
        ("nesterov", {"momentum": 0.0, "learning_rate": 0.1}, "sgd", {"learning_rate": 0.1}),
        (
            "rmsprop",
            {"momentum": 0.9, "epsilon": BIG**2, "learning_rate": 0.1 * BIG},
            "momentum",
            {"momentum": 0.9, "learning_rate": 0.1},
        ),
        ("adamw", {"weight_decay": 0.0, "learning_rate": 0.1}, "adam", {"learning_rate": 0.1}),
    ],
)
def test_the_general_optimizer_becomes_the_special_one(general, settings, special, others):
    assert special in OPTIMIZERS[general].generalizes
    np.testing.assert_allclose(steps(general, settings), steps(special, others), rtol=1e-4, atol=1e-6)
