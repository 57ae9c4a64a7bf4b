"""Ways down a valley against update rules by hand and theory."""

import numpy as np
import pytest

from suite.analysis.records import Figure
from suite.demonstrations import optimizer_paths
from suite.demonstrations.optimizer_paths import (
    RATES,
    START,
    Tuned,
    Valley,
    Way,
    demonstrate,
    steps_in_theory,
    tune,
    walk,
)
from suite.report.figures import png

WIDE = Valley(20.0)


def path(name: str, rate: float, valley: Valley = WIDE, steps: int = 3) -> np.ndarray:
    return walk(name, np.array([rate]), valley, steps)[:, 0]


def test_gradient_descent_by_hand():
    """x² / 20 + y²: each step takes x times 1 - rate / 10, and y times 1 - 2 rate."""
    expected = [(-7 * 0.905**n, 2 * (-0.9) ** n) for n in range(4)]
    np.testing.assert_allclose(path("sgd", 0.95), expected, rtol=1e-5)


def test_momentum_by_hand():
    """The velocity is 0.9 of what it was, minus the rate times the gradient."""
    at, velocity, expected = np.array(START), np.zeros(2), [np.array(START)]
    for _ in range(3):
        velocity = 0.9 * velocity - 0.1 * at * [0.1, 2]
        at = at + velocity
        expected.append(at)
    np.testing.assert_allclose(path("momentum", 0.1), expected, rtol=1e-5)


def test_the_first_step_of_adam_is_the_rate_in_every_coordinate():
    np.testing.assert_allclose(path("adam", 0.3)[1], [-7 + 0.3, 2 - 0.3], rtol=1e-5)


def test_every_rate_has_its_own_path():
    together = walk("adam", np.array([0.1, 0.5]), WIDE, 20)
    for place, rate in enumerate((0.1, 0.5)):
        np.testing.assert_allclose(together[:, place], path("adam", rate, steps=20), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov"])
def test_a_turned_valley_is_the_same_to_gradient_descent_and_momentum(name):
    turned = Valley(20.0, 30.0)
    np.testing.assert_allclose(path(name, 0.2, turned, 30), path(name, 0.2, steps=30), rtol=1e-3, atol=1e-4)


def test_a_turned_valley_is_another_to_adam():
    assert np.abs(path("adam", 0.2, Valley(20.0, 45.0), 30) - path("adam", 0.2, steps=30)).max() > 0.5


def test_curvatures():
    np.testing.assert_allclose(Valley(20.0).bends, [[0.1, 0], [0, 2]])
    np.testing.assert_allclose(np.linalg.eigvalsh(Valley(20.0, 45.0).bends), [0.1, 2])
    assert Valley(1000.0, 45.0).name == "1000 : 1, turned by 45°"


def test_a_way_in_numbers():
    way = Way(np.array([[0, 0], [3, 4], [3, 0], [6, 4.0]]))
    assert way.turns == 2
    assert way.detour == pytest.approx((5 + 4 + 5) / np.hypot(6, 4))
    assert Way(np.array([[0, 2], [0, 1.0]])).left == 0.5


def test_gradient_descent_needs_the_steps_that_theory_says(monkeypatch):
    monkeypatch.setattr(optimizer_paths, "MOST", 200)
    found = tune("sgd", WIDE)
    assert steps_in_theory(20.0) == pytest.approx(46.01, abs=0.01)
    assert 46 <= found.best <= 48
    assert 0.9 < found.largest < 1  # beyond 2 / the largest curvature it diverges


def test_who_only_passes_by_has_not_arrived(monkeypatch):
    """Near at step 1, away at step 2, near from step 4 on; the others never, and always."""
    monkeypatch.setattr(optimizer_paths, "MOST", 5)
    distances = np.array(
        [[1, 0, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1], [1, 0, 0, 0, 0, 0], [1, np.nan, 0, 0, 0, np.nan]]
    )
    points = np.stack([distances.T, np.zeros_like(distances.T)], axis=2)
    monkeypatch.setattr(optimizer_paths, "walk", lambda *arguments: points)
    np.testing.assert_array_equal(tune("sgd", WIDE).steps, [4, np.inf, 1, np.inf])


def test_the_best_rate():
    steps = np.full(len(RATES), np.inf)
    steps[[3, 5, 8]] = 9, 4, 7
    found = Tuned(steps)
    assert (found.best, found.rate, found.largest) == (4, RATES[5], RATES[8])


def test_what_is_found(monkeypatch):
    monkeypatch.setattr(optimizer_paths, "MOST", 300)
    monkeypatch.setattr(optimizer_paths, "RATES", np.geomspace(0.01, 10, 41))
    monkeypatch.setattr(optimizer_paths, "TUNED", ("sgd", "momentum", "adam"))
    found = demonstrate(narrow=200.0)
    at = {(each.quantity.split(".")[1], *each.at.values()): each.point for each in found.measures}
    assert at["turns", "sgd"] == 29  # it crosses at every step
    assert at["turns", "momentum"] < at["turns", "sgd"]
    assert at["steps", "momentum", 200.0, 0.0] < 200 < steps_in_theory(200.0)
    assert ("steps", "sgd", 200.0, 0.0) not in at  # in 300 steps it does not arrive
    assert at["steps", "momentum", 200.0, 45.0] == pytest.approx(at["steps", "momentum", 200.0, 0.0], abs=2)
    assert "sgd never within 300" in found.answer
    figures = [found.figure, *(b for s in found.sections for b in s.blocks if isinstance(b, Figure))]
    assert all(png(figure).startswith(b"\x89PNG") for figure in figures)


def test_a_valley_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"`condition` must be at least 1\. Received: 0\.5"):
        demonstrate(condition=0.5)
