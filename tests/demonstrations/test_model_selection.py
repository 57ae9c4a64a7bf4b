"""Optimism of a choice, where it is known: none among equals that err alike, much among coin flips."""

import numpy as np
import pytest

from suite.demonstrations.model_selection import BASE, bound, chosen, demonstrate, trained

RNG = np.random.default_rng


def test_one_candidate_is_not_chosen_so_nothing_is_optimistic():
    wrong = RNG(0).random((8, 3000)) < 0.3
    found = chosen(wrong, 1, 200, 2000, RNG(1))
    assert found.optimism.mean() == pytest.approx(0, abs=0.003)
    assert found.second.mean() == pytest.approx(0.3, abs=0.01)


def test_candidates_that_err_alike_are_as_good_as_one():
    wrong = np.repeat(RNG(0).random((1, 3000)) < 0.3, 8, axis=0)
    assert chosen(wrong, 8, 200, 2000, RNG(1)).optimism.mean() == pytest.approx(0, abs=0.003)


def test_the_best_of_independent_equals_looks_better_by_the_expected_maximum():
    """Of 8 normal numbers the largest is expected at 1.4236 standard deviations."""
    wrong = RNG(0).random((8, 30_000)) < 0.3
    found = chosen(wrong, 8, 500, 2000, RNG(1))
    assert found.optimism.mean() == pytest.approx(1.4236 * (0.21 / 500) ** 0.5, rel=0.07)
    assert found.optimism.mean() < bound(wrong, found)
    assert (found.true - found.second).mean() == pytest.approx(0, abs=0.003)


def test_a_candidate_that_is_clearly_better_is_chosen_for_that():
    wrong = RNG(0).random((8, 3000)) < np.array([0.1, *[0.6] * 7])[:, None]
    found = chosen(wrong, 8, 200, 300, RNG(1))
    assert found.said.mean() == pytest.approx(0.1, abs=0.01)
    assert found.optimism.mean() == pytest.approx(0, abs=0.005)


def test_candidates_of_a_random_search_differ(monkeypatch):
    small = BASE.replace(dataset="digits", validation_size=100, width=8)
    monkeypatch.setattr("suite.demonstrations.model_selection.BASE", small)
    wrong = trained(4, 200, 2, seed=0)
    assert wrong.shape[0] == 4 and len({tuple(row) for row in wrong}) == 4
    assert wrong.mean(axis=1).max() < 0.95


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"candidates": 3}, "`candidates` must be 4 or more"),
        ({"examples": "5000"}, "`examples` must be from"),
    ],
)
def test_settings_that_cannot_be(settings, message, monkeypatch):
    monkeypatch.setattr("suite.demonstrations.model_selection.trained", lambda *_: np.zeros((4, 9000), bool))
    with pytest.raises(ValueError, match=message):
        demonstrate(**settings)
