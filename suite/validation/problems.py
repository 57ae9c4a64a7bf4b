"""Makes problems whose answer is known: a teacher network labels the examples, a student learns them.

The teacher's own probabilities give the loss that no model can go below. What the student lacks is built in:
capacity, examples, or training; or nothing; or there is nothing to learn.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from suite.analysis.limits import Limit
from suite.data.dataset import Dataset, Split, Whole, split
from suite.study.config import Config

FEATURES, CLASSES, VALIDATION = 8, 3, 1000

RAREST = 0.003
"""Least share of a class, so that no split lacks it."""


@dataclass(frozen=True)
class Problem:
    """A training and what limits it.

    Attributes:
        seed: everything is drawn from it. truth: what was built in.
        config, dataset: the training. bayes: loss of the teacher's own probabilities on the validation split;
            of classes drawn by their frequencies alone, the loss of those.
    """

    seed: int
    truth: Limit
    config: Config
    dataset: Dataset
    bayes: float


def problem(seed: int, truth: Limit) -> Problem:
    """Draws a problem of a kind; see KINDS."""
    rng = np.random.default_rng([seed, list(KINDS).index(truth)])
    units, examples, config = KINDS[truth](rng)
    x = rng.normal(size=(examples + VALIDATION + 100, FEATURES)).astype(np.float32)
    if truth == "not learning":
        chance = np.tile(_frequencies(rng), (len(x), 1))
    else:
        chance = _teacher(x, units, sharpness=rng.uniform(4, 8), rng=rng)
    drawn = (rng.uniform(size=(len(x), 1)) > chance.cumsum(axis=1)).sum(axis=1)
    y = np.minimum(drawn, CLASSES - 1).astype(np.int32)
    whole = Whole(
        name="teacher", task="classification", class_names=tuple("abc"), source="generated",
        licence="none needed", description="", splits="", sha256=str(seed),
        train=Split(x[:-100], y[:-100]), test=Split(x[-100:], y[-100:]), validation_size=VALIDATION,
    )  # fmt: skip
    dataset = split(whole, data_seed=seed, train_size=None, validation_size=None)
    places = {row.tobytes(): at for at, row in enumerate(x)}
    held = [places[row.tobytes()] for row in np.asarray(dataset.validation.array[:])]
    bayes = float(-np.log(chance[held, y[held]]).mean())
    return Problem(seed, truth, config.replace(seed=seed), dataset, bayes)


def _frequencies(rng: np.random.Generator) -> np.ndarray:
    """[classes] shares, one of them large, and none below RAREST."""
    while (shares := rng.dirichlet([8.0, 2.0, 1.0])).min() < RAREST:
        pass
    return shares


def _teacher(x: np.ndarray, units: int, *, sharpness: float, rng: np.random.Generator) -> np.ndarray:
    """[n, classes] probabilities of a network with one hidden layer of tanh and logits of one size."""
    hidden = np.tanh(x @ rng.normal(0, 1.5 / FEATURES**0.5, (FEATURES, units)) + rng.normal(0, 0.5, units))
    logits = hidden @ rng.normal(size=(units, CLASSES))
    logits = sharpness * (logits - logits.mean(axis=0)) / logits.std()
    chance = np.exp(logits - logits.max(axis=1, keepdims=True))
    return chance / chance.sum(axis=1, keepdims=True)


BASE = Config(dataset="iris", depth=1, activation="tanh", batch_size=64, learning_rate=0.01, epochs=30)
"""The name of the data set has no meaning: the problem brings its own."""

Drawn = tuple[int, int, Config]
"""Hidden units of the teacher, training examples, and the student."""


def _bias(rng: np.random.Generator) -> Drawn:
    return int(rng.integers(12, 25)), 4000, BASE.replace(width=int(rng.integers(1, 4)))


def _variance(rng: np.random.Generator) -> Drawn:
    return int(rng.integers(4, 13)), int(rng.integers(192, 400)), BASE.replace(width=64, epochs=60)


def _optimisation(rng: np.random.Generator) -> Drawn:
    slow = float(f"{10 ** rng.uniform(-4.3, -3.5):.2g}")
    return int(rng.integers(2, 7)), 4000, BASE.replace(width=32, learning_rate=slow, epochs=10)


def _good_fit(rng: np.random.Generator) -> Drawn:
    return int(rng.integers(1, 3)), 8000, BASE.replace(width=16)


def _nothing(rng: np.random.Generator) -> Drawn:
    return 1, 2000, BASE.replace(width=int(rng.integers(4, 33)))


KINDS: dict[Limit, Callable[[np.random.Generator], Drawn]] = {
    "bias": _bias, "variance": _variance, "optimisation": _optimisation, "good fit": _good_fit,
    "not learning": _nothing,
}  # fmt: skip
