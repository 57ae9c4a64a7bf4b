"""Optimizers: their declarations agree with Keras."""

import inspect

import keras
import pytest

from suite import Config
from suite.study.config import OPTIMIZER_FIELDS
from suite.study.optimizers import OPTIMIZERS, build

OURS = {("momentum", "momentum"), ("nesterov", "momentum")}
"""Defaults that are not Keras's, on purpose."""


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_defaults_are_those_of_keras(name):
    spec = OPTIMIZERS[name]
    theirs = inspect.signature(getattr(keras.optimizers, spec.keras_class)).parameters
    for field, default in spec.hyperparameters.items():
        assert field in OPTIMIZER_FIELDS
        assert (name, field) in OURS or theirs[field].default == default


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_is_tuned_is_a_hyperparameter(name):
    spec = OPTIMIZERS[name]
    assert "learning_rate" in spec.space
    assert set(spec.space) <= {"learning_rate", *spec.hyperparameters}
    for field, distribution in spec.space.items():
        for u in (0.0, 0.5, 1.0):
            Config(optimizer=name, **{field: distribution.quantile(u)})


def test_a_built_optimizer_has_what_was_given_and_our_defaults():
    assert build("momentum", learning_rate=0.1).momentum == 0.9
    assert build("momentum", learning_rate=0.1, momentum=0.5).momentum == 0.5
    nesterov = build("nesterov", learning_rate=0.1, weight_decay=0.01)
    assert (nesterov.momentum, nesterov.nesterov, nesterov.weight_decay) == (0.9, True, 0.01)
