"""Labels that are redrawn at random: how many, which, and that no others are."""

import numpy as np
import pytest

from suite.data import load
from suite.data.dataset import noisy_labels

LABELS = np.random.default_rng(0).integers(0, 10, 20_000).astype(np.int32)


def test_a_share_is_redrawn_and_a_tenth_of_that_by_chance_as_it_was():
    assert np.array_equal(noisy_labels(LABELS, 10, 0.0, 1), LABELS)
    for share in (0.2, 1.0):
        noisy = noisy_labels(LABELS, 10, share, 1)
        assert noisy.dtype == LABELS.dtype and set(noisy) == set(range(10))
        assert np.mean(noisy != LABELS) == pytest.approx(0.9 * share, abs=0.01)


def test_what_is_wrong_at_a_small_share_is_as_wrong_at_a_large_one():
    few, many = (noisy_labels(LABELS, 10, share, 1) for share in (0.2, 0.7))
    changed = few != LABELS
    assert np.array_equal(few[changed], many[changed])
    assert not np.array_equal(few, noisy_labels(LABELS, 10, 0.2, 2))


def test_only_training_labels_are_noisy_and_those_of_a_small_split_as_in_a_large_one():
    settings = {"train_size": 800, "validation_size": 300}
    clean, noisy = (load("digits", **settings, label_noise=share) for share in (0.0, 0.5))
    small = load("digits", **settings | {"train_size": 300}, label_noise=0.5)
    assert 0.3 < np.mean(clean.train.y != noisy.train.y) < 0.6
    assert np.array_equal(clean.train.x, noisy.train.x)
    for part in ("validation", "test"):
        assert np.array_equal(getattr(clean, part).y, getattr(noisy, part).y)
    assert np.array_equal(noisy.train.y[-300:], small.train.y)


def test_label_noise_of_what_has_no_classes_is_refused():
    with pytest.raises(ValueError, match=r"`label_noise` expects a classification: diabetes is a regression"):
        load("diabetes", label_noise=0.1)
