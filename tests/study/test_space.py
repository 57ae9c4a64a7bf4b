"""Search spaces: what they refuse, and what they draw."""

from collections import Counter

import numpy as np
import pytest
from pydantic import ValidationError

from suite import Choice, Integer, LogUniform, NearOne, Uniform
from suite.study.space import ends, whole


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LogUniform(1.0, 1e-4), "low < high. Received: low=1, high=0.0001"),
        (lambda: LogUniform(0, 1), "low > 0"),
        (lambda: Uniform(0, float("inf")), "finite"),
        (lambda: NearOne(0.5, 1.0), "< 1"),
        (lambda: Choice("relu"), "two or more"),
        (lambda: Choice("relu", "relu"), "different"),
        (lambda: Integer(8, 8), "low < high. Received: low=8, high=8"),
        (lambda: Integer(0, 8, log=True), "1 <= low < high for log=True. Received: low=0"),
        (lambda: Integer(1.5, 8), "integer"),
    ],
)
def test_distributions_refuse(make, message):
    with pytest.raises(ValidationError, match=message):
        make()


@pytest.mark.parametrize(
    ("distribution", "points"),
    [
        (Uniform(2, 4), {0: 2, 0.5: 3, 1: 4}),
        (LogUniform(1e-4, 1), {0: 1e-4, 0.5: 1e-2, 1: 1}),
        (NearOne(0.9, 0.999), {0: 0.9, 0.5: 0.99, 1: 0.999}),
        (Integer(16, 19), {0: 16, 0.2: 16, 0.3: 17, 0.74: 18, 0.76: 19, 1: 19}),
        (Integer(1, 64, log=True), {0: 1, 1: 64}),
        (Choice("a", "b", "c", "d"), {0: "a", 0.3: "b", 0.74: "c", 0.99: "d"}),
    ],
    ids=str,
)
def test_quantiles(distribution, points):
    for u, value in points.items():
        assert distribution.quantile(u) == (pytest.approx(value) if isinstance(value, float | int) else value)


@pytest.mark.parametrize("log", [False, True])
def test_whole_numbers_are_drawn_as_often_as_they_should_be(log):
    """Each number's share of the unit interval, by counting a fine grid of points."""
    space, points = Integer(2, 9, log=log), (np.arange(100_000) + 0.5) / 100_000
    drawn = Counter(space.quantile(u) for u in points)
    assert sorted(drawn) == list(range(2, 10))
    assert all(type(number) is int for number in drawn)
    edges = np.log(np.arange(1.5, 10)) if log else np.arange(9.0)
    shares = np.diff(edges) / (edges[-1] - edges[0])
    np.testing.assert_allclose([drawn[n] / 100_000 for n in range(2, 10)], shares, atol=1e-4)


@pytest.mark.parametrize(
    ("distribution", "meant"),
    [
        (Uniform(16, 128), Integer(16, 128)),
        (Uniform(0.5, 3.5), Integer(1, 3)),
        (LogUniform(16, 128), Integer(16, 128, log=True)),
        (Integer(1, 2), Integer(1, 2)),
        (Choice(1, 2), Choice(1, 2)),
    ],
    ids=str,
)
def test_the_whole_numbers_of_a_range(distribution, meant):
    assert whole(distribution) == meant


@pytest.mark.parametrize("distribution", [NearOne(0.5, 0.9), Uniform(1.1, 1.9), Uniform(1.1, 2.9)], ids=str)
def test_a_range_without_two_whole_numbers_is_refused(distribution):
    with pytest.raises(ValueError, match=r"expects a range such as Integer\(16, 128\)"):
        whole(distribution)


def test_ends_and_texts():
    assert ends(Integer(1, 8)) == (1, 8)
    assert ends(Choice("a", "b", "c")) == ("a", "b", "c")
    assert [str(d) for d in (Integer(1, 8), Integer(1, 8, log=True), Uniform(0, 0.5))] == [
        "Integer(1, 8)",
        "Integer(1, 8, log=True)",
        "Uniform(0, 0.5)",
    ]
