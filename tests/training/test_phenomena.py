"""The main phenomenon of each study that compares trainings, at reduced size: a few trainings, far apart."""

import numpy as np
import pytest

from suite import Config
from suite.study import catalog
from suite.training import train

IMAGES = Config(dataset="digits", train_size=800, validation_size=300, width=32, batch_size=32, epochs=8)
PLANE = Config(
    dataset="xor", train_size=400, validation_size=400, epochs=30, batch_size=32, learning_rate=0.02
)


def accuracy(config: Config) -> float:
    return train(config, test=True).test["test_accuracy"]


def test_xor_needs_a_hidden_layer_and_more_than_one_unit():
    assert accuracy(PLANE.replace(depth=0)) < 0.75
    assert accuracy(PLANE.replace(depth=1, width=1)) < 0.8
    assert accuracy(PLANE.replace(depth=1, width=16)) > 0.93


def test_a_rate_may_be_too_small_right_or_diverging():
    sgd = IMAGES.replace(optimizer="sgd")
    small, right, large = (train(sgd.replace(learning_rate=rate)) for rate in (1e-4, 0.1, 100.0))
    assert large.status == "diverged"
    assert small.curves["train_loss"][-1] > 1.5 > 0.5 > right.curves["train_loss"][-1]


def test_huber_is_less_moved_by_outliers_than_squared_error():
    base = Config(dataset="diabetes", width=32, epochs=40, outliers=0.2, learning_rate=0.003, batch_size=32)
    huber, squared = (
        train(base.replace(loss=loss, monitor="val_mae"), test=True).test["test_mae"]
        for loss in ("huber", "mean_squared_error")
    )
    assert huber < 0.8 * squared


def test_squared_error_of_classes_learns():
    assert accuracy(IMAGES.replace(loss="mean_squared_error", learning_rate=0.003)) > 0.85


def test_single_examples_need_fewer_passes_and_more_steps_than_the_full_batch():
    base = Config(dataset="breast_cancer", train_size=256, validation_size=114, depth=0, optimizer="sgd")
    one = train(base.replace(batch_size=1, learning_rate=0.01, epochs=2, evaluate_every=8))
    full = train(base.replace(batch_size=256, learning_rate=1.0, epochs=40))
    steps = [each.steps[np.argmax(each.curves["val_loss"] < 0.15)] for each in (one, full)]
    assert all(each.curves["val_loss"].min() < 0.15 for each in (one, full))
    assert steps[0] > steps[1] and steps[0] / 256 < steps[1]


def test_standardised_inputs_need_fewer_steps_than_raw_ones():
    wine = Config(dataset="wine", depth=0, optimizer="sgd", batch_size=16, epochs=30)
    standardised = train(wine.replace(learning_rate=0.3))
    raw = [train(wine.replace(input_scaling="none", learning_rate=rate)) for rate in (1e-7, 1e-6, 1e-5)]
    assert standardised.curves["val_loss"][4] < min(each.curves["val_loss"].min() for each in raw)


def test_sixteen_layers_of_sigmoids_learn_nothing_and_of_relus_do():
    deep = IMAGES.replace(depth=16, learning_rate=0.001)
    assert (
        accuracy(deep.replace(activation="sigmoid")) < 0.2 < 0.4 < accuracy(deep.replace(activation="relu"))
    )


def test_normalization_forgives_a_wrong_initial_scale():
    small = IMAGES.replace(depth=6, initial_scale=0.05, optimizer="momentum", learning_rate=0.05)
    assert accuracy(small) < 0.3 < 0.8 < accuracy(small.replace(normalization="batch"))


def test_residual_connections_let_a_deep_network_train():
    deep = IMAGES.replace(depth=12, initial_scale=0.3, learning_rate=0.001)
    plain, residual = (train(deep.replace(residual=each)).curves["train_loss"][-1] for each in (False, True))
    assert residual < 1 < 2 < plain


def test_capacity_underfits_and_then_fits():
    few = IMAGES.replace(train_size=300, depth=1, learning_rate=0.01, epochs=15)
    one, many = (train(few.replace(width=width)).curves for width in (1, 64))
    assert one["train_loss"][-1] > 1 > 0.1 > many["train_loss"][-1]
    assert (many["val_loss"] - many["train_loss"])[-1] > (one["val_loss"] - one["train_loss"])[-1]


def test_a_schedule_ends_lower_than_its_rate_held_constant():
    fast = IMAGES.replace(optimizer="momentum", learning_rate=0.3, checkpoint="last", epochs=12)
    constant, cosine = (
        train(fast.replace(learning_rate_schedule=each)).curves["train_loss"][-1]
        for each in ("constant", "cosine_decay")
    )
    assert cosine < constant


@pytest.mark.parametrize("name", catalog.names())
def test_a_study_states_predictions_with_sources(name):
    _, study = catalog.find(name)
    exploring = ("search", "pretraining")  # questions without a theory behind them
    assert len(study.predictions) >= 2 or name in exploring or study.shape == "profile"
