"""Gradients against backpropagation written out by hand in NumPy, and against theory."""

import numpy as np
import pytest

from suite import Config
from suite.analysis.records import Table
from suite.probes.gradients import EXAMPLES, find, measure
from suite.probes.hidden import batch_of, initial_weights

SMALL = Config(dataset="digits", train_size=256, validation_size=128, width=12, depth=2, activation="tanh")
DEEP = Config(dataset="digits", train_size=256, validation_size=128, width=256, depth=6, activation="relu")


def at_start(config: Config) -> dict[str, np.ndarray]:
    return measure(config, initial_weights(config), None)


def test_two_layers_worked_out_by_hand():
    """h1 = tanh(x W1), h2 = tanh(h1 W2), softmax(h2 W3): the chain rule, layer by layer."""
    w1, _, w2, _, w3, _ = weights = initial_weights(SMALL)
    batch = batch_of(SMALL, EXAMPLES)
    x, y = batch.x.numpy().reshape(EXAMPLES, -1), batch.y.numpy()
    h1 = np.tanh(x @ w1)
    h2 = np.tanh(h1 @ w2)
    logits = h2 @ w3
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    d_logits = (p - np.eye(10)[y]) / EXAMPLES
    d_h2 = d_logits @ w3.T
    d_z2 = d_h2 * (1 - h2**2)
    d_h1 = d_z2 @ w2.T
    d_z1 = d_h1 * (1 - h1**2)
    found = measure(SMALL, weights, None)
    signals = [np.sqrt(np.mean((EXAMPLES * each) ** 2)) for each in (d_h1, d_h2)]
    kernels = [np.linalg.norm(each) for each in (x.T @ d_z1, h1.T @ d_z2)]
    np.testing.assert_allclose(found["initial.signal"], signals, rtol=1e-4)
    np.testing.assert_allclose(found["initial.kernel"], kernels, rtol=1e-4)
    assert found["initial.zero_kernels"] == 0
    assert list(found["layers"]) == ["1 Dense", "2 Dense"]


@pytest.mark.parametrize(
    ("activation", "share"),
    [
        ("relu", 1),
        ("sigmoid", 1 / 3),
    ],  # sigmoids of 0 are 1/2: the output layer and the last hidden one get a gradient
)
def test_zeros_get_no_gradient(activation, share):
    found = at_start(SMALL.replace(activation=activation, kernel_initializer="zeros"))
    assert found["initial.zero_kernels"] == pytest.approx(share)
    assert found["initial.kernel"][0] == 0


def test_penalties_are_no_part_of_the_loss():
    np.testing.assert_array_equal(
        at_start(SMALL)["initial.kernel"], at_start(SMALL.replace(l1=0.5, l2=0.5))["initial.kernel"]
    )


def test_he_keeps_what_comes_back_glorot_halves_it_and_sigmoid_loses_it():
    """He et al. 2015, section 2.3. The slope of a sigmoid is at most 1 / 4."""

    def ratio(**settings) -> float:
        configs = [DEEP.replace(seed=seed, **settings) for seed in range(3)]
        _, measures = find({"a": [at_start(config) for config in configs]}, {"a": {}})
        return {each.quantity: each.point for each in measures}["gradients.signal_ratio"]

    assert 0.8 < ratio(kernel_initializer="he_normal") < 1.25
    assert 0.4 < ratio(kernel_initializer="glorot_uniform") < 0.6
    assert ratio(kernel_initializer="glorot_uniform", activation="sigmoid") < 1 / 16


def replicate(factor: float) -> dict[str, np.ndarray]:
    """Four layers whose signal grows by a factor from each to the next."""
    values = factor ** np.arange(4.0)
    both = {"layers": np.array(list("abcd"))}
    for when in ("initial", "kept"):
        both |= {f"{when}.signal": values, f"{when}.kernel": values**2}
        both[f"{when}.zero_kernels"] = np.array(0.25)
    return both


def test_find():
    levels = {"vanishing": {"depth": 4}, "level": {"depth": 2}}
    section, measures = find({"vanishing": [replicate(10.0)] * 3, "level": [replicate(1.0)] * 3}, levels)
    by = {(each.quantity, each.at["depth"]): each.point for each in measures}
    assert by["gradients.first_to_last", 4] == pytest.approx(1e-3)
    assert by["gradients.kernel_first_to_last", 4] == pytest.approx(1e-6)
    assert by["gradients.signal_ratio", 4] == pytest.approx(1e-2)
    assert by["gradients.signal_ratio_kept", 2] == pytest.approx(1)
    assert by["gradients.zero_kernels", 2] == 0.25
    said = section.blocks[0].paragraphs[0]
    assert "to the previous one with level, the nearest to 1" in said and "with vanishing" in said
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert table.rows[0][:2] == ("vanishing", ("initial", "kept"))


def test_a_linear_model_is_no_error():
    config = SMALL.replace(depth=0, width=None, activation=None)
    _, measures = find({"a": [at_start(config)]}, {"a": {}})
    assert {each.quantity for each in measures} == {"gradients.zero_kernels"}
