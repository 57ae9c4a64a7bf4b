"""Misplaced targets: how many, by how much, and of the training split only."""

import numpy as np

from suite.data import load


def test_a_share_of_the_training_targets_is_ten_times_what_it_should_be():
    plain, wrong = load("diabetes"), load("diabetes", outliers=0.1)
    factors = wrong.train.y / plain.train.y
    changed = factors != 1
    assert changed.sum() == round(0.1 * len(plain.train))
    np.testing.assert_allclose(factors[changed], 10)
    np.testing.assert_array_equal(plain.validation.y, wrong.validation.y)
    np.testing.assert_array_equal(plain.test.y, wrong.test.y)
    np.testing.assert_array_equal(wrong.train.y, load("diabetes", outliers=0.1).train.y)
