"""Generated problems: their definitions, the least error that can be, and DeepOBS's published figures."""

import re

import numpy as np
import pytest

from suite import Config
from suite.data import load
from suite.data.builtin import generated, quadratic
from suite.data.builtin.generated import ADDING_LENGTH, GENERATED, MOONS_NOISE, SPIRALS_NOISE, XOR_NOISE
from suite.training.load import load as load_config


def rng(seed=0):
    return np.random.RandomState(seed)


@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        ("two_moons", "0cd911051bf2"),
        ("spirals", "77c2c6ec641c"),
        ("xor", "13a466c6f825"),
        ("adding", "56ec0071a656"),
        ("mnist1d", "7885340fd99a"),
        ("quadratic_deep", "187fe22c1ead"),
    ],
)
def test_the_examples_stay_what_they_were(name, sha256):
    assert load(name).sha256.startswith(sha256)
    assert load(name, data_seed=1).sha256.startswith(sha256)


# --- points in the plane: Bayes' error, by integrating over the true densities
# --------------------------------------


def arc(radius, angle, centre=(0, 0)):
    return np.transpose(radius * np.array([np.cos(angle), np.sin(angle)])) + centre


ALONG = (np.arange(300) + 0.5) / 300
CURVES = {
    "two_moons": (arc(1, np.pi * ALONG), arc(1, -np.pi * ALONG, (1, 0.5)), MOONS_NOISE),
    "spirals": (*(arc(0.5 + 2.5 * ALONG, 3 * np.pi * ALONG + turn) for turn in (0, np.pi)), SPIRALS_NOISE),
    "xor": (np.array([[-1, -1], [1, 1]]), np.array([[-1, 1], [1, -1]]), XOR_NOISE),
}


def density(points, curve, noise):
    """Of the mixture of normal distributions along a curve."""
    squares = ((points[:, None] - curve) ** 2).sum(axis=2)
    return np.exp(-squares / (2 * noise**2)).mean(axis=1) / (2 * np.pi * noise**2)


@pytest.mark.parametrize("name", CURVES)
def test_no_classifier_can_err_less_than_the_card_says(name):
    first, second, noise = CURVES[name]
    step = 0.06
    axis = np.arange(-5, 5, step)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    densities = [density(points, curve, noise) for curve in (first, second)]
    assert [float(each.sum()) * step**2 for each in densities] == pytest.approx([1, 1], abs=1e-3)
    bayes = np.minimum(*densities).sum() * step**2 / 2
    said = [float(number) / 100 for number in re.findall(r"(\d\.\d)%", GENERATED[name].description)]
    assert said == [pytest.approx(bayes, abs=6e-4)]
    # And the examples come from these densities: the best classifier errs that often on them.
    x, y = GENERATED[name].draw(10_000, rng(3))
    chosen = density(x, second, noise) > density(x, first, noise)
    assert (chosen != y).mean() == pytest.approx(bayes, abs=4 * np.sqrt(bayes / 10_000))


# --- adding
# -----------------------------------------------------------------------------------------------------------


def test_adding_by_its_definition():
    x, y = generated.adding(5_000, rng())
    values, marks = x[:, :, 0], x[:, :, 1]
    assert x.shape == (5_000, ADDING_LENGTH, 2)
    assert set(np.unique(marks)) == {-1, 0, 1}
    assert ((marks == 1).sum(axis=1) == 2).all()
    assert (marks[:, -1] == -1).all()
    assert ((marks[:, 0] == -1) | (marks[:, 0] == 1)).all()
    assert (marks[:, 1:-1] >= 0).all()
    places = np.argsort(marks != 1, axis=1, kind="stable")[:, :2]  # both marked steps, the earlier one first
    assert (places[:, 0] < 10).all()
    assert (
        places[:, 1].max() == ADDING_LENGTH // 2 - 1
    )  # among the first 24 that are left: place 24 if the other is before
    assert y == pytest.approx(0.5 + np.take_along_axis(values, places, axis=1).sum(axis=1) / 4)
    marked_first = marks[:, 0] == 1
    assert (values[marked_first, 0] == 0).all()
    assert (values[~marked_first] != 0).all()
    # X1 is 0 with probability 1/10 + 9/10 * 1/24, and else has variance 1/3.
    zero = 0.1 + 0.9 / 24
    assert marked_first.mean() == pytest.approx(zero, abs=0.02)
    expected = (2 - zero) / 3 / 16
    assert np.mean((y - 0.5) ** 2) == pytest.approx(expected, rel=0.05)
    assert f"{expected:.4f}" in GENERATED["adding"].description


def test_adding_is_as_long_as_is_asked_for():
    x, y = generated.adding(500, rng(), length=100)
    marked = x[:, :, 1] == 1
    assert x.shape == (500, 100, 2)
    assert (marked.sum(axis=1) == 2).all() and not marked[:, 50:].any() and marked[:, 25:50].any()
    assert y == pytest.approx(0.5 + (x[:, :, 0] * marked).sum(axis=1) / 4)
    config = Config(dataset="adding", sequence_length=30, batch_size=8)
    assert load_config(config).input_shape == (30, 2)
    with pytest.raises(ValueError, match=r"`sequence_length` of adding must be at least 20.*=12"):
        load("adding", sequence_length=12)


# --- mnist1d
# ----------------------------------------------------------------------------------------------------------


FIRST = [-0.332006, -0.47191, -0.778697, -1.009741]
LABELS = [2, 6, 4, 5, 6, 6, 6, 0, 3, 1]


def test_mnist1d_is_what_its_package_gives():
    """The first numbers of `mnist1d.data.make_dataset(get_dataset_args())` of mnist1d 0.0.2.post1."""
    data = load("mnist1d", validation_size=500)
    whole = generated.read("mnist1d")
    assert (len(data.train), len(data.validation), len(data.test)) == (3_500, 500, 1_000)
    np.testing.assert_allclose(whole.train.x[0, :4], FIRST, atol=1e-6)
    assert whole.train.y[:10].tolist() == LABELS
    both = np.concatenate([whole.train.x, whole.test.x])
    assert (both.mean(), both.std()) == pytest.approx((0, 1), abs=1e-5)
    assert np.bincount(np.concatenate([whole.train.y, whole.test.y])).tolist() == [500] * 10


# --- quadratic_deep
# ---------------------------------------------------------------------------------------------------

HESSIAN = quadratic.hessian()


def test_the_spectrum_of_the_quadratic():
    assert pytest.approx(HESSIAN.T) == HESSIAN
    eigenvalues = np.linalg.eigvalsh(HESSIAN)
    assert ((eigenvalues[:90] > 0) & (eigenvalues[:90] < 1)).all()
    assert ((eigenvalues[90:] > 30) & (eigenvalues[90:] < 60)).all()
    rotation = quadratic._rotation(rng(1))
    assert rotation @ rotation.T == pytest.approx(np.eye(100), abs=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_it_starts_where_deepobs_says():
    data = load("quadratic_deep")
    assert (len(data.train), len(data.test)) == (1000, 896)
    assert quadratic.loss(np.ones(100), data.test.x) == pytest.approx(353.447, abs=5e-4)
    assert quadratic.loss(data.train.x.mean(axis=0), data.test.x) > quadratic.loss(
        data.test.x.mean(axis=0), data.test.x
    )
    assert quadratic.loss(data.test.x.mean(axis=0), data.test.x) == pytest.approx(
        86.87, abs=0.005
    )  # no theta does better


def test_training_has_all_of_deepobs_s_examples():
    first = load("quadratic_deep", data_seed=1).train.x
    assert sorted(first[:, 0]) == sorted(np.float32(rng(42).normal(0, 0.6, (1000, 100)))[:, 0])
    assert np.array_equal(first, load("quadratic_deep", data_seed=2).train.x)


def sgd(gradient, state, step):
    return -0.01585 * gradient, state


def momentum(gradient, state, step):
    velocity = 0.99 * state[0] + gradient
    return -0.00251 * velocity, (velocity, 0)


def adam(gradient, state, step):
    first, second = 0.9 * state[0] + 0.1 * gradient, 0.999 * state[1] + 0.001 * gradient**2
    move = first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return -0.0398 * move, (first, second)


def final_loss(rule, seed, *, one_order=True):
    data = load("quadratic_deep")
    generator = np.random.default_rng(seed)
    theta, state, step, order = np.ones(100), (0, 0), 0, generator.permutation(1000)
    for _ in range(100):
        for start in range(0, 896, 128):
            step += 1
            gradient = HESSIAN @ (theta - data.train.x[order[start : start + 128]].mean(axis=0))
            move, state = rule(gradient, state, step)
            theta = theta + move
        order = order if one_order else generator.permutation(1000)
    return quadratic.loss(theta, data.test.x)


@pytest.mark.parametrize(("rule", "published"), [(sgd, 87.397), (momentum, 87.045), (adam, 87.112)])
def test_deepobs_s_final_losses(rule, published):
    assert np.mean([final_loss(rule, seed) for seed in range(10)]) == pytest.approx(published, abs=0.1)


def test_a_new_order_each_epoch_turns_momentum_from_first_to_last():
    assert np.mean([final_loss(momentum, seed, one_order=False) for seed in range(4)]) > 88


def test_the_model_is_the_loss(tmp_path):
    import keras

    from suite.models.quadratic import build

    model = build(input_shape=(100,), num_outputs=1)
    data = load("quadratic_deep")
    assert model.count_params() == 100
    assert np.mean(np.square(model(data.test.x))) == pytest.approx(353.447, abs=5e-3)
    model.set_weights([data.train.x.mean(axis=0)])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert np.mean(np.square(again(data.test.x))) == pytest.approx(87.046, abs=5e-3)
    with pytest.raises(ValueError, match=r"expects dataset=quadratic_deep.* Received: input_shape=\(3,\)"):
        build(input_shape=(3,), num_outputs=1)
