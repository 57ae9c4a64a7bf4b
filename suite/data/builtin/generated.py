"""Toy problems whose answer can be seen or derived. The same examples on every machine: the seed is part of
the definition."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from suite.data.cache import checksum
from suite.data.dataset import Split, Whole

SEED = 1_997
ADDING_LENGTH = 50
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


def adding(n: int, rng: np.random.RandomState) -> Examples:
    """Experiment 4 of Hochreiter and Schmidhuber 1997, with every sequence of length T (theirs vary up to T +
    T/10).

    A time step is a value in [-1, 1] and a mark. Two steps are marked 1: X1 is the value of one of the first
    ten, X2 of one of the first T/2 - 1 that are left. The first and the last are marked -1, unless the first
    is one of the two: then its value is 0. The target is 0.5 + (X1 + X2) / 4, in [0, 1].
    """
    x = np.zeros((n, ADDING_LENGTH, 2))
    x[:, :, 0] = rng.uniform(-1, 1, (n, ADDING_LENGTH))
    rows = np.arange(n)
    first = rng.randint(10, size=n)
    second = rng.randint(ADDING_LENGTH // 2 - 1, size=n)
    second += second >= first  # the place among those that are left
    x[:, 0, 1] = x[:, -1, 1] = -1
    x[rows, first, 1] = x[rows, second, 1] = 1
    x[x[:, 0, 1] == 1, 0, 0] = 0
    return x, 0.5 + (x[rows, first, 0] + x[rows, second, 0]) / 4


@dataclass(frozen=True, kw_only=True)
class GeneratedSet:
    """A problem, how to draw its examples, and how many: of train (validation included), validation and
    test."""

    draw: Callable[[int, np.random.RandomState], Examples]
    sizes: tuple[int, int, int]
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
            "Sequences of 50 values with two of them marked: what is their sum? (Hochreiter and Schmidhuber"
            " 1997, experiment 4,"
            " with a fixed length.) It needs a memory of up to 49 steps. No noise: the error can be 0; always"
            " answering 0.5 has"
            " a mean squared error of 0.0388."
        ),
        published=(
            "after 74,000 sequences of length 100 to 110, an LSTM erred by more than 0.04 on 1 of 2,560"
            " (Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735)"
        ),
    ),
}


def read(name: str) -> Whole:
    """A toy problem: points as float32 [n, 2], sequences as float32 [n, time, 2]."""
    facts = GENERATED[name]
    size, validation, held = facts.sizes
    # RandomState: unlike the newer generators, it promises the same numbers in every version of NumPy.
    x, y = facts.draw(size + held, np.random.RandomState(SEED))
    whole = Split(x.astype(np.float32), y.astype(np.int32 if facts.class_names else np.float32))
    train, test = whole.take(slice(size)), whole.take(slice(size, None))
    return Whole(
        name=name, task="classification" if facts.class_names else "regression", train=train, test=test,
        validation_size=validation, class_names=facts.class_names, target=facts.target, source="generated",
        licence="none needed: generated here", description=facts.description, published=facts.published,
        splits="test is drawn once for all; train and validation are drawn by `data_seed`",
        sha256=checksum(train, test),
    )  # fmt: skip
