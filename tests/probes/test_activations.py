"""Moments against numbers worked out by hand, and what theory says of initial weights."""

import numpy as np
import pytest

from suite import Config
from suite.analysis.records import Details, Figure, Table
from suite.probes import activations
from suite.probes.activations import BINS, find, measure, moments
from suite.probes.estimates import estimate, mean_of_numbers, ratio, ratio_per_layer
from suite.probes.hidden import initial_weights

WIDE = Config(dataset="digits", train_size=512, validation_size=128, width=256, depth=6, activation="relu")
NAN = np.nan


def at_start(**settings) -> dict[str, np.ndarray]:
    config = WIDE.replace(**settings)
    return measure(config, initial_weights(config), None)


def per_layer(seeds: int = 3, name: str = "second_moment", **settings) -> float:
    """Mean over seeds of the ratio of a layer to the one before."""
    values = np.array([at_start(seed=seed, **settings)[f"initial.{name}"] for seed in range(seeds)])
    return float(ratio_per_layer(values).mean())


def test_he_keeps_the_second_moment_and_glorot_halves_it():
    """He et al. 2015, section 2.2: fan_in var(w) / 2 is 1 and, between layers of one width, 1 / 2."""
    assert 0.8 < per_layer(kernel_initializer="he_normal") < 1.25
    assert 0.4 < per_layer(kernel_initializer="glorot_uniform") < 0.6
    assert 0.4 < per_layer(kernel_initializer="lecun_normal") < 0.6


def test_small_normal_weights_shrink_the_signal_by_their_variance():
    """Standard deviation 0.05: fan_in var(w) / 2 = 256 / 400 / 2."""
    assert per_layer(kernel_initializer="random_normal") == pytest.approx(0.32, rel=0.2)


def test_batch_normalization_keeps_the_second_moment_whatever_the_initial_weights():
    """The mean square of a standard normal number behind ReLU is 1 / 2, in every layer."""
    found = at_start(kernel_initializer="random_normal", normalization="batch")
    np.testing.assert_allclose(found["initial.second_moment"], 0.5, rtol=0.05)


def test_zeros_put_out_zeros():
    found = at_start(kernel_initializer="zeros")
    for name in ("mean", "std", "second_moment", "signal"):
        np.testing.assert_array_equal(found[f"initial.{name}"], np.zeros(6))
    np.testing.assert_array_equal(found["initial.dead_units"], np.ones(6))


def test_zeros_collapse_sigmoids_to_one_half():
    found = at_start(kernel_initializer="zeros", activation="sigmoid")
    np.testing.assert_array_equal(found["initial.mean"], np.full(6, 0.5))
    np.testing.assert_array_equal(found["initial.signal"], np.zeros(6))
    assert np.all(np.isnan(found["initial.dead_units"]))


def test_large_initial_weights_saturate_tanh():
    large, fitting = (
        at_start(kernel_initializer=each, activation="tanh") for each in ("ones", "glorot_uniform")
    )
    assert large["initial.saturated"][1:].min() > 0.9
    assert fitting["initial.saturated"].max() < 0.1


def test_moments_worked_out_by_hand():
    output = np.array([[0.0, 3.0, 0.0], [0.0, 1.0, 2.0]])
    found = moments(output, "relu")
    assert found["mean"] == pytest.approx(1)
    assert found["second_moment"] == pytest.approx(14 / 6)
    assert found["std"] == pytest.approx((14 / 6 - 1) ** 0.5)
    assert found["signal"] == pytest.approx((0 + 1 + 1) / 3)
    assert found["dead_units"] == pytest.approx(1 / 3)
    assert np.isnan(found["saturated"])
    bins = found["histogram"]
    assert bins.shape == (BINS,) and bins.sum() == pytest.approx(1)
    assert bins[0] == pytest.approx(3 / 6)  # from 0 to 0.1
    assert bins[30] == bins[10] == bins[20] == pytest.approx(1 / 6)


def test_a_unit_of_an_image_or_a_sequence_is_dead_if_it_is_0_everywhere():
    output = np.zeros((2, 3, 3, 4))
    output[1, 2, 2, 0] = 1
    assert moments(output, "relu")["dead_units"] == 0.75


@pytest.mark.parametrize(
    ("activation", "share"), [("tanh", 2 / 4), ("sigmoid", 3 / 4), ("linear", NAN), ("gated", NAN)]
)
def test_saturation(activation, share):
    found = moments(np.array([[0.98, 0.96], [-0.99, 0.01]]), activation)["saturated"]
    assert found == pytest.approx(share, nan_ok=True)


def test_values_beyond_the_range_count_in_the_outermost_bins():
    bins = moments(np.array([[-100.0, 100.0, 100.0, 0.05]]), "linear")["histogram"]
    assert bins[0] == 0.25 and bins[-1] == 0.5 and bins[BINS // 2] == 0.25


def test_ratios():
    np.testing.assert_allclose(ratio_per_layer(np.array([[1, 7, 16.0], [4, 9, 1.0]])), [4, 0.5])
    np.testing.assert_array_equal(ratio_per_layer(np.zeros((1, 3))), [0])
    assert np.isnan(ratio_per_layer(np.ones((2, 1)))).all()
    assert np.isnan(ratio(np.array([1.0]), np.array([0.0]))).all()
    np.testing.assert_allclose(
        mean_of_numbers(np.array([[0.5, NAN, 1.0], [NAN, NAN, NAN]])), [0.75, NAN], equal_nan=True
    )
    assert estimate(np.array([NAN, 2, 2, 2.0])) == (2, 2, 2)


LEVELS = {"relu, he": {"activation": "relu", "kernel_initializer": "he"}, "tanh, he": {"activation": "tanh"}}


def replicate(growth: float, kept: bool = True) -> dict[str, np.ndarray]:
    """Three layers whose second moment grows by a factor; at the kept weights, by twice that."""
    found = {"layers": np.array(["1 Dense", "2 Dense", "3 Dense"]), "activations": np.array(["relu"] * 3)}
    for when, factor in (("initial", growth), ("kept", 2 * growth)):
        if when == "initial" or kept:
            same = ("second_moment", "std", "signal", "mean")
            found |= {f"{when}.{name}": factor ** np.arange(3) for name in same}
            found |= {f"{when}.dead_units": np.array([0, 0, 0.6]), f"{when}.saturated": np.full(3, NAN)}
            found[f"{when}.histogram"] = np.eye(BINS)[:3]
    return found


@pytest.fixture
def found():
    relu = [replicate(1.0), replicate(1.0), replicate(1.0, kept=False)]
    return find({"relu, he": relu, "tanh, he": [replicate(0.5)]}, LEVELS)


def test_measures_name_what_they_were_measured_of(found):
    _, measures = found
    by = {(each.quantity, each.at["activation"]): (each.point, each.low, each.high) for each in measures}
    assert by["activations.second_moment_ratio", "relu"] == pytest.approx((1, 1, 1))
    assert by["activations.second_moment_ratio", "tanh"] == pytest.approx((0.5, 0.5, 0.5))
    assert by["activations.second_moment_ratio_kept", "relu"] == pytest.approx((2, 2, 2))
    assert by["activations.dead_units", "relu"][0] == pytest.approx(0.2)
    assert by["activations.std_last_kept", "relu"][0] == pytest.approx(4)
    assert not any(quantity.startswith("activations.saturated") for quantity, _ in by)  # nothing could be
    assert all(each.at == LEVELS["tanh, he"] for each in measures if each.at["activation"] == "tanh")


def test_the_section_says_which_case_keeps_the_signal_best(found):
    section, _ = found
    said = section.blocks[0].paragraphs[0]
    assert "multiplied by 1.000 [1.000, 1.000] from a hidden layer to the next one with relu, he" in said
    assert "0.5000 [0.5000, 0.5000] with tanh, he" in said
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert [row[0] for row in table.rows] == list(LEVELS)


def test_figures_hold_every_layer_of_every_case(found):
    section, _ = found
    figures = {block.name: block for block in section.blocks if isinstance(block, Figure)}
    lines = figures["activations_initial"].data["lines"]
    assert len(lines) == 2 * 3 and set(lines["x"]) == {1, 2, 3}
    bins = figures["activation_histograms_initial"].data["histograms"]
    assert bins.groupby(["panel", "row"])["count"].sum().tolist() == [1] * 6
    assert any(isinstance(block, Details) for block in section.blocks)


def test_a_case_of_which_every_replicate_diverged_has_no_kept_numbers():
    section, measures = find({"a": [replicate(1.0, kept=False)] * 2}, {"a": {}})
    assert {each.quantity for each in measures} & {"activations.std_last"}
    assert not any(each.quantity.endswith("_kept") for each in measures)
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert all(cell[1] == "–" for cell in table.rows[0][2:])


def test_a_model_without_hidden_layers_is_no_error():
    config = WIDE.replace(depth=0, width=None)
    section, measures = find({"a": [activations.measure(config, initial_weights(config), None)]}, {"a": {}})
    assert measures == ()
    assert "no two hidden layers" in section.blocks[0].paragraphs[0]
