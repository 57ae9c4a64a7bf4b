"""Identities: which trainings share a program, take as long a step, or are of one model."""

import pytest

from suite import Config
from suite.study.config import PROGRAM_INPUTS
from suite.study.identity import architecture_key, shape_key, structure, timing_key

BASE = Config(dropout=0.1, l2=1e-3, momentum=0.5, optimizer="momentum")
SAME = [
    {"seed": 7, "learning_rate": 0.3, "epochs": 3, "dropout": 0.4, "momentum": 0.99},
    {"l1": 0.1, "l2": 0.0, "kernel_initializer": "zeros", "monitor": "val_accuracy", "patience": 2},
    {"learning_rate_schedule": "cosine_decay", "warmup": 0.1, "checkpoint": "last"},
    {"momentum": None},  # the default of 0.9
]
OTHER_PROGRAM = [
    {"width": 3},
    {"batch_size": 3},
    {"dataset": "mnist"},
    {"evaluate_every": 7},
    {"dropout": 0.0},
    {"l2": 0.0},
    {"global_clipnorm": 1.0},
    {"augmentation": "flip"},
    {"dtype_policy": "mixed_bfloat16"},
]
OTHER_OPTIMIZER = [
    {"momentum": 0.0},
    {"weight_decay": 0.1},
    {"optimizer": "nesterov"},
    {"optimizer": "sgd", "momentum": None},
    {"optimizer": "adamw", "momentum": None},
]


@pytest.mark.parametrize("change", SAME, ids=str)
def test_what_a_program_takes_as_input_changes_nothing(change):
    changed = BASE.replace(**change)
    assert structure(changed) == structure(BASE)
    assert shape_key(changed) == shape_key(BASE)
    assert timing_key(changed) == timing_key(BASE)


@pytest.mark.parametrize("change", OTHER_PROGRAM, ids=str)
def test_what_another_program_does_takes_another_time(change):
    changed = BASE.replace(**change)
    assert shape_key(changed) != shape_key(BASE)
    assert timing_key(changed) != timing_key(BASE)


@pytest.mark.parametrize("change", OTHER_OPTIMIZER, ids=str)
def test_another_optimizer_is_another_program_that_takes_as_long(change):
    changed = BASE.replace(**change)
    assert shape_key(changed) != shape_key(BASE)
    assert timing_key(changed) == timing_key(BASE)


def test_a_structure_is_its_own():
    for config in (BASE, Config(), Config(optimizer="adamw"), Config(optimizer="rmsprop", momentum=0.3)):
        assert structure(structure(config)) == structure(config)


def test_layers_of_an_own_model_have_their_numbers_built_in():
    own = Config(model="net.py")
    assert len({shape_key(own.replace(dropout=rate)) for rate in (0.0, 0.1, 0.2)}) == 3
    assert shape_key(own) == shape_key(own.replace(learning_rate=0.5))


def test_the_model_is_what_it_is_made_of():
    others = BASE.replace(optimizer="adam", momentum=None, batch_size=3, epochs=9, dropout=0.7, seed=3)
    assert architecture_key(others) == architecture_key(BASE)
    for change in ({"dropout": 0.0}, {"width": 3}, {"max_tokens": 9}, {"dataset": "mnist"}):
        assert architecture_key(BASE.replace(**change)) != architecture_key(BASE)


def test_program_inputs_are_fields_of_config():
    assert set(PROGRAM_INPUTS) <= set(Config.model_fields)
