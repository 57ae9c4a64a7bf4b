"""Toy problems whose answer can be seen or derived. The same examples on every machine: the seed is part of
the definition."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from suite.data.cache import checksum
from suite.data.dataset import Split, Whole

SEED = 1_997
ADDING_LENGTH, SHORTEST_ADDING = 50, 20
MOONS_NOISE, SPIRALS_NOISE, XOR_NOISE = 0.2, 0.2, 0.5

Examples = tuple[np.ndarray, np.ndarray]


def two_moons(n: int, rng: np.random.RandomState) -> Examples:
    """Two half circles that grip each other, as scikit-learn's `make_moons`, at random places."""
    y = rng.randint(2, size=n)
    angle = rng.uniform(0, np.pi, n)
    arcs = np.where(y, [1 - np.cos(angle), 0.5 - np.sin(angle)], [np.cos(angle), np.sin(angle)])
    return arcs.T + rng.normal(0, MOONS_NOISE, (n, 2)), y


def spirals(n: int, rng: np.random.RandomState) -> Examples:
    """Two arms of one turn and a half, half a turn apart (Lang and Witbrock 1988), from radius 0.5 to 3."""
    y = rng.randint(2, size=n)
    along = rng.uniform(0, 1, n)
    angle, radius = 3 * np.pi * along + np.pi * y, 0.5 + 2.5 * along
    return (radius * [np.cos(angle), np.sin(angle)]).T + rng.normal(0, SPIRALS_NOISE, (n, 2)), y


def xor(n: int, rng: np.random.RandomState) -> Examples:
    """The corners of a square, (+-1, +-1), with noise; the class says whether the corner's signs differ."""
    corner = rng.choice([-1, 1], size=(n, 2))
    return corner + rng.normal(0, XOR_NOISE, (n, 2)), (corner[:, 0] != corner[:, 1]).astype(int)


def adding(n: int, rng: np.random.RandomState, length: int = ADDING_LENGTH) -> Examples:
    """Experiment 4 of Hochreiter and Schmidhuber 1997, with every sequence of length T (theirs vary up to T +
    T/10).

    A time step is a value in [-1, 1] and a mark. Two steps are marked 1: X1 is the value of one of the first
    ten, X2 of one of the first T/2 - 1 that are left. The first and the last are marked -1, unless the first
    is one of the two: then its value is 0. The target is 0.5 + (X1 + X2) / 4, in [0, 1].
    """
    x = np.zeros((n, length, 2))
    x[:, :, 0] = rng.uniform(-1, 1, (n, length))
    rows = np.arange(n)
    first = rng.randint(10, size=n)
    second = rng.randint(length // 2 - 1, size=n)
    second += second >= first  # the place among those that are left
    x[:, 0, 1] = x[:, -1, 1] = -1
    x[rows, first, 1] = x[rows, second, 1] = 1
    x[x[:, 0, 1] == 1, 0, 0] = 0
    return x, 0.5 + (x[rows, first, 0] + x[rows, second, 0]) / 4


_DIGITS = (
    (5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5), (5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5),
    (5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5), (5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5),
    (5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5), (5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5),
    (5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5), (5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5), (5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5),
)  # fmt: skip
"""The curves of MNIST-1D, one a digit."""


def mnist1d(n: int, rng: np.random.RandomState) -> Examples:
    """MNIST-1D as its package `mnist1d` makes it (Greydanus and Kobak 2020, arXiv:2011.14439), number by
    number.

    The curve of a digit is padded, scaled and moved; where it is not, there is smooth noise; everywhere there
    is a slope and a little noise; 72 points become 40.
    """
    curves = np.array(_DIGITS)
    curves = (curves - curves.mean(axis=1, keepdims=True)) / curves.std(axis=1, keepdims=True)
    curves = (curves - curves[:, :1]) / 6
    y = np.repeat(np.arange(10), n // 10)
    x = np.array([_moved(curves[digit], rng) for digit in y])
    order = rng.permutation(len(y))
    return ((x - x.mean()) / x.std())[order], y[order]


def _moved(curve: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
    """The 40 numbers of one example."""
    from scipy.ndimage import gaussian_filter

    padded = np.concatenate([curve + 1e-8, np.zeros(36 + int(25 * rng.rand()))])
    x = _resampled(padded, len(curve) + 60) * (1 + 0.4 * (rng.rand() - 0.5))
    x = np.roll(x, rng.choice(48))
    x = np.where(x != 0, x, gaussian_filter(0.25 * rng.randn(len(x)), 2)) + 0.02 * rng.randn(len(x))
    return _resampled(x - 0.75 * (rng.rand() - 0.5) * np.linspace(-0.5, 0.5, len(x)), 40)


def _resampled(x: np.ndarray, count: int) -> np.ndarray:
    """`x` at `count` places, evenly spread, between its points by straight lines."""
    return np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(x)), x)


@dataclass(frozen=True, kw_only=True)
class GeneratedSet:
    """A problem, how to draw its examples, and how many: of train (validation included), validation and
    test."""

    draw: Callable[..., Examples]
    sizes: tuple[int, int, int]
    seed: int = SEED
    description: str
    class_names: tuple[str, ...] = ()
    target: str = ""
    published: str = ""


_PLANE = (2_000, 500, 2_000)

GENERATED: dict[str, GeneratedSet] = {
    "two_moons": GeneratedSet(
        draw=two_moons,
        sizes=_PLANE,
        class_names=("upper", "lower"),
        description="Points on two half circles that grip each other, with normal noise of 0.2. None can"
        " err less than 2.9%.",
    ),
    "spirals": GeneratedSet(
        draw=spirals,
        sizes=_PLANE,
        class_names=("first", "second"),
        description=(
            "Points on two arms of a spiral, one turn and a half (Lang and Witbrock 1988), with normal noise"
            " of 0.2."
            " No classifier errs less than 3.0%."
        ),
    ),
    "xor": GeneratedSet(
        draw=xor,
        sizes=_PLANE,
        class_names=("same", "different"),
        description=(
            "Corners of a square by whether their signs differ, with normal noise of 0.5. A sign flips with"
            " probability"
            " p = Phi(-2), and no classifier errs less than 2 p (1 - p) = 4.4%; a linear one errs half the"
            " time."
        ),
    ),
    "adding": GeneratedSet(
        draw=adding,
        sizes=(20_000, 2_000, 2_560),
        target="0.5 + (X1 + X2) / 4, in [0, 1]",
        description=(
            "Sequences of 50 values, or of `sequence_length`, with two of them marked: what is their sum?"
            " (Hochreiter and Schmidhuber 1997, experiment 4, with a fixed length.) It needs a memory of up"
            " to 49 steps. No noise: the error can be 0; always answering 0.5 has a mean squared error of"
            " 0.0388."
        ),
        published=(
            "after 74,000 sequences of length 100 to 110, an LSTM erred by more than 0.04 on 1 of 2,560"
            " (Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735)"
        ),
    ),
    "mnist1d": GeneratedSet(
        draw=mnist1d,
        sizes=(4_000, 500, 1_000),
        seed=42,
        class_names=tuple("0123456789"),
        description=(
            "MNIST-1D: curves of ten digits at random places, 40 numbers each, which tell models that know of"
            " order and of shifts from those that do not (Greydanus and Kobak 2020, arXiv:2011.14439)."
        ),
        published=(
            "accuracy, trained on all 4,000: logistic regression 32%, a dense network 68%, a GRU 91%, a"
            " convolutional network 94%; with shuffled positions 32, 68, 57 and 56% (its README)"
        ),
    ),
}


def read(name: str, length: int | None = None) -> Whole:
    """A toy problem: points as float32 [n, 2], curves as float32 [n, 40], sequences as float32 [n, time, 2].

    Args:
        name: a key of GENERATED.
        length: time steps of `adding`; None: ADDING_LENGTH.

    Raises:
        ValueError: a sequence too short for the problem.
    """
    facts = GENERATED[name]
    size, validation, held = facts.sizes
    if length is not None and length < SHORTEST_ADDING:
        raise ValueError(
            f"`sequence_length` of {name} must be at least {SHORTEST_ADDING}, so that the first ten steps are"
            f" in its first half. Received: sequence_length={length}."
        )
    # RandomState: unlike the newer generators, it promises the same numbers in every version of NumPy.
    long = {} if length is None else {"length": length}
    x, y = facts.draw(size + held, np.random.RandomState(facts.seed), **long)
    whole = Split(x.astype(np.float32), y.astype(np.int32 if facts.class_names else np.float32))
    train, test = whole.take(slice(size)), whole.take(slice(size, None))
    return Whole(
        name=name, task="classification" if facts.class_names else "regression", train=train, test=test,
        validation_size=validation, class_names=facts.class_names, target=facts.target, source="generated",
        licence="none needed: generated here", description=facts.description, published=facts.published,
        splits="test is drawn once for all; train and validation are drawn by `data_seed`",
        sha256=checksum(train, test),
    )  # fmt: skip
