"""Filters and feature maps against NumPy, and shapes and parameters worked out by hand."""

import numpy as np
import pytest

from suite import Config
from suite.probes.filters import find, measure, roughness
from suite.probes.hidden import batch_of, initial_weights
from suite.report.figures import png

CONFIG = Config(
    dataset="digits", train_size=200, validation_size=200, model="conv", filters=(3, 5), kernel_size=3,
    padding="valid", pooling="none", batch_size=8,
)  # fmt: skip


@pytest.fixture(scope="module")
def measured():
    weights = initial_weights(CONFIG)
    return measure(CONFIG, weights, weights)


def test_filters_and_maps_are_the_convolutions(measured):
    kernel, bias, *_ = initial_weights(CONFIG)
    image = batch_of(CONFIG, 1).x.numpy()[0]
    np.testing.assert_allclose(measured["initial.filters"], np.moveaxis(kernel[:, :, 0], -1, 0))
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    by_hand = np.maximum(np.einsum("yxij,ijf->fyx", windows, kernel[:, :, 0]) + bias[:, None, None], 0)
    np.testing.assert_allclose(measured["kept.first"], by_hand, atol=1e-5)
    assert measured["kept.last"].shape == (5, 4, 4)


def test_shapes_and_parameters(measured):
    assert measured["places"].tolist() == [36, 16]
    section, measures = find({"only": [measured]}, {"only": {"kernel_size": 3}})
    numbers = {each.quantity: each.point for each in measures}
    assert numbers["filters.parameters"] == (9 + 1) * 3 + (27 + 1) * 5 + (5 + 1) * 10
    assert (numbers["filters.first_places"], numbers["filters.last_places"]) == (36, 16)
    figures = [block for block in section.blocks if hasattr(block, "kind") and block.kind == "images"]
    assert [len(each.data["pixels"]) for each in figures] == [2 * 3 * 9, 3 * 36 + 5 * 16]
    assert all(png(each).startswith(b"\x89PNG") for each in figures)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([[[0, 0], [1, 1]]], 1 / 4 / (1 / 3)),  # steps: 1, 1, 0, 0; variance 1/3; (2 / 4) / (2 / 3)
        ([[[0, 1], [1, 0]]], 1.5),  # every step 1
    ],
)
def test_roughness_by_hand(filters, expected):
    assert roughness(np.array(filters, float)) == pytest.approx(expected)


def test_random_filters_have_a_roughness_of_one_and_single_numbers_none():
    assert roughness(np.random.default_rng(0).normal(size=(500, 7, 7))) == pytest.approx(1, abs=0.02)
    assert np.isnan(roughness(np.ones((4, 1, 1))))


def test_a_model_without_convolutions_is_refused():
    config = Config(dataset="digits", width=4, depth=1)
    with pytest.raises(ValueError, match=r"convolutions over images.*model='dense'"):
        measure(config, initial_weights(config), None)
