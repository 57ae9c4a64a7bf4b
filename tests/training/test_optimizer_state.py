"""Optimizers that need care in a compiled program: for the state they start from, or rules of their own."""

import keras
import numpy as np
import pytest

from suite import Config
from suite.study.identity import structure
from suite.training.build import build_optimizer
from suite.training.cache import program_for
from suite.training.engine import train, train_many
from suite.training.load import prepared

DIGITS = Config(
    dataset="digits", train_size=256, validation_size=128, batch_size=64, epochs=3, width=16, depth=1,
    learning_rate=0.01,
)  # fmt: skip
CAREFUL = ("adafactor", "muon", "schedule_free_adamw")


@pytest.mark.parametrize("optimizer", CAREFUL)
def test_stacked_trainings_equal_solo_ones(optimizer):
    base = DIGITS.replace(optimizer=optimizer)
    configs = [base.replace(learning_rate=rate, seed=seed) for seed, rate in enumerate((1e-3, 1e-2, 3e-3))]
    solo, stacked = (dict(train_many(configs, lanes=lanes)) for lanes in (1, 2))
    for index in range(len(configs)):
        assert stacked[index].program["lanes"] == 2
        for name, curve in solo[index].curves.items():
            np.testing.assert_allclose(stacked[index].curves[name], curve, rtol=2e-3, atol=2e-3, err_msg=name)


def test_schedule_free_adamw_takes_the_steps_of_its_paper():
    """Algorithm 1 in NumPy, with the fast sequence z and its mean x written out; in eager Keras and
    compiled."""
    rng, beta_1, beta_2, rate, epsilon = np.random.default_rng(0), 0.9, 0.99, 0.1, 1e-3
    gradients, start = rng.normal(size=(6, 4)), rng.normal(size=4)
    x, z, velocity = start.copy(), start.copy(), np.zeros(4)
    for step, gradient in enumerate(gradients, start=1):
        velocity = beta_2 * velocity + (1 - beta_2) * gradient**2
        z = z - rate * gradient / (np.sqrt(velocity / (1 - beta_2**step)) + epsilon)
        x = (1 - 1 / step) * x + z / step
    config = Config(
        optimizer="schedule_free_adamw", learning_rate=rate, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon
    )
    variable, optimizer = keras.Variable(start), build_optimizer(config)
    for gradient in gradients.astype("float32"):
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
    np.testing.assert_allclose(variable, (1 - beta_1) * z + beta_1 * x, rtol=1e-5)


def test_state_that_starts_as_the_weights_starts_as_those_of_the_training():
    config, data = DIGITS.replace(optimizer="schedule_free_adamw"), prepared(DIGITS)
    program = program_for(structure(config), data, 1, False)
    for seed in (1, 2):
        trainable, _, variables = program.start(config.replace(seed=seed))
        for weight in trainable:
            assert any(weight.shape == v.shape and np.array_equal(weight, v) for v in variables)
    trained = [train(config.replace(seed=seed), weights=True).weights for seed in (1, 2)]
    assert not np.allclose(trained[0][0], trained[1][0], atol=1e-2)


def test_state_that_starts_as_the_weights_starts_as_pretrained_ones():
    config, data = DIGITS.replace(optimizer="schedule_free_adamw"), prepared(DIGITS)
    program = program_for(structure(config), data, 1, False)
    trainable, _, before = program.start(config)
    after = program.optimizer_start([weight + 1 for weight in trainable])
    moved = [new - old for old, new in zip(before, after, strict=True) if not np.array_equal(old, new)]
    assert len(moved) == len(trainable)
    assert all(np.allclose(change, 1, atol=1e-5) for change in moved)
    plain = program_for(structure(DIGITS), data, 1, False)
    assert all(map(np.array_equal, plain.optimizer_start(trainable), plain.start(DIGITS)[2]))


def test_muon_turns_hidden_matrices_only():
    """A hidden kernel's step has about equal singular values; the output layer's first step of Adam equal
    sizes."""
    config = DIGITS.replace(optimizer="muon", weight_decay=0.0, epochs=1, train_size=64, checkpoint="last")
    data = prepared(config)
    start = program_for(structure(config), data, 1, False).start(config)[0]
    hidden, _, output, _ = (
        after - before for before, after in zip(start, train(config, weights=True).weights, strict=True)
    )
    values = np.linalg.svd(hidden, compute_uv=False)
    assert values.max() / np.median(values) < 2
    np.testing.assert_allclose(np.abs(output), config.learning_rate, rtol=0.02)
    assert np.abs(hidden).std() > 0.3 * np.abs(hidden).mean()
