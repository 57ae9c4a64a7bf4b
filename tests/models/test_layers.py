"""Dropout's random numbers: their hash against a second writing of it, their statistics against theory."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from suite.models.layers import Dropout, hashed

STEPS, UNITS, BATCH = 64, 128, 128


def lowbias32(x: int, key: int) -> int:
    """Wellons's hash, in Python's whole numbers."""
    x = (x ^ x >> 16) * 0x7FEB352D + key & 0xFFFFFFFF
    x = (x ^ x >> 15) * 0x846CA68B & 0xFFFFFFFF
    return x ^ x >> 16


@pytest.mark.parametrize("jit_compile", [False, True], ids=["plain", "xla"])
def test_the_hash_is_lowbias32_with_a_key(jit_compile):
    x = [0, 1, 2, 77, 2**16, 2**31, 2**32 - 1]
    for key in (0, 1, 2**32 - 1):
        got = tf.function(hashed, jit_compile=jit_compile)(
            tf.constant(x, tf.uint32), tf.constant(key, tf.uint32)
        )
        assert got.numpy().tolist() == [lowbias32(each, key) for each in x]


def masks(rate: float, *, seed: int = 3, jit_compile: bool = False, steps: int = STEPS) -> np.ndarray:
    """[steps, BATCH, UNITS]: 1 where a fresh layer kept an element, in consecutive steps."""
    layer, ones = Dropout(rate, seed=seed), tf.ones([BATCH, UNITS])
    call = tf.function(lambda: layer(ones, training=True), jit_compile=jit_compile)
    outputs = np.stack([call().numpy() for _ in range(steps)])
    np.testing.assert_allclose(outputs[outputs > 0], 1 / (1 - rate), rtol=1e-6)
    return (outputs > 0).astype(float)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Of two equally long samples, in standard deviations of what independent ones have."""
    return np.corrcoef(a.ravel(), b.ravel())[0, 1] * np.sqrt(a.size)


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.9])
def test_a_share_of_the_rate_is_dropped_in_all_and_evenly(rate):
    kept = masks(rate)
    deviation = np.sqrt(rate * (1 - rate))
    assert abs(kept.mean() - (1 - rate)) < 4 * deviation / np.sqrt(kept.size)
    for axes in ((0, 1), (0, 2), (1, 2)):  # by unit, by example, by step
        scores = (kept.mean(axes) - (1 - rate)) / deviation * np.sqrt(kept.size / kept.mean(axes).size)
        spread = (scores**2).sum()  # chi-square of as many degrees of freedom
        assert abs(spread - scores.size) < 4 * np.sqrt(2 * scores.size)


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_masks_are_independent(rate):
    kept, other_layer = masks(rate), masks(rate, seed=4)
    for lag in (1, 2, 3, 8, 64, 127):
        assert abs(correlation(kept[:, :, lag:], kept[:, :, :-lag])) < 4, f"units {lag} apart"
        assert abs(correlation(kept[:, lag:], kept[:, :-lag])) < 4, f"examples {lag} apart"
    for lag in (1, 2, 3, 8, 32):
        assert abs(correlation(kept[lag:], kept[:-lag])) < 4, f"steps {lag} apart"
    assert abs(correlation(kept, other_layer)) < 4, "layers"
    flat = kept.reshape(STEPS, -1)
    pairs = np.corrcoef(flat)[np.triu_indices(STEPS, 1)] * np.sqrt(flat.shape[1])
    assert abs((pairs**2).sum() - pairs.size) < 4 * np.sqrt(2 * pairs.size), "all pairs of steps"


def test_eight_neighbours_take_every_pattern_equally_often():
    kept = masks(0.5).reshape(-1, 8).astype(int)
    counts = np.bincount(kept @ (1 << np.arange(8)), minlength=256)
    expected = len(kept) / 256
    assert abs(((counts - expected) ** 2 / expected).sum() - 255) < 4 * np.sqrt(2 * 255)


def test_xla_draws_the_same_masks():
    np.testing.assert_array_equal(masks(0.3, steps=4), masks(0.3, steps=4, jit_compile=True))


def test_a_mask_follows_from_seed_and_step():
    first, again, other = masks(0.5, steps=3), masks(0.5, steps=3), masks(0.5, seed=5, steps=3)
    np.testing.assert_array_equal(first, again)
    for a, b in ((first[0], first[1]), (first[1], first[2]), (first[0], other[0])):
        assert 0.4 < np.mean(a == b) < 0.6


@pytest.mark.parametrize("shape", [(3,), (4, 5), (2, 3, 4), (2, 3, 4, 5)])
def test_inputs_of_any_rank_in_training_only(shape):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    layer = Dropout(0.4, seed=0)
    np.testing.assert_array_equal(layer(x, training=False), x)
    dropped = layer(x, training=True).numpy()
    np.testing.assert_allclose(dropped[dropped != 0], (x / 0.6)[dropped != 0], rtol=1e-6)
    assert keras.layers.Dropout.from_config(layer.get_config()).rate == 0.4


def test_half_precision_stays():
    assert Dropout(0.5, dtype="mixed_float16")(tf.ones([8, 8]), training=True).dtype == tf.float16
