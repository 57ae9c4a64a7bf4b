"""Measures whether a power law through small sizes of a learning curve foretells the loss at a larger one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from suite.analysis import curve
from suite.analysis.comparison import compare
from suite.analysis.power_law import FEWEST
from suite.analysis.shapes.learning_curve import law_of
from suite.running.pool.workers import Workers
from suite.study.config import Config
from suite.study.study import Level, Study
from suite.validation.repeats import train

CONFIDENCE = 0.90
"""Of the interval that is to hold the measured loss."""

FURTHER = 4
"""Times the largest size that is fitted."""

BASE = Config(width=32, depth=1, batch_size=16, learning_rate=0.003, epochs=12, validation_size=300)

SETS: Mapping[str, tuple[int, Config]] = {
    "digits": (1024, BASE.replace(dataset="digits")),
    "adult": (4096, BASE.replace(dataset="adult")),
    "diamonds": (4096, BASE.replace(dataset="diamonds")),
    "mnist": (4096, BASE.replace(dataset="mnist")),
    "fashion_mnist": (4096, BASE.replace(dataset="fashion_mnist")),
}
"""Name of a real data set -> examples of the size that is foretold, and the training."""


@dataclass(frozen=True)
class Foretold:
    """A loss beside what the smaller sizes foretold.

    Attributes:
        dataset, data_seed: what was trained on. measured: test loss at the largest size.
        point, low, high: of the power law there.
    """

    dataset: str
    data_seed: int
    measured: float
    point: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether the interval holds the measured loss."""
        return self.low <= self.measured <= self.high


def learning_curve(name: str, data_seed: int) -> Study:
    """Gives the study of a learning curve of FEWEST sizes, each twice the one before, and one FURTHER on.

    Smaller sizes have more epochs, the square root of how much smaller they are.
    """
    largest, config = SETS[name]
    sizes = [largest // FURTHER // 2**power for power in reversed(range(FEWEST))] + [largest]
    levels = tuple(
        Level(size, fixed={"epochs": round(config.epochs * (largest / size) ** 0.5)}) for size in sizes
    )
    return Study(
        question=f"How does the loss on {name} fall with the number of training examples?",
        fixed=config.replace(data_seed=data_seed),
        scientific={"train_size": levels},
        replicates=4,
        seed=data_seed,
    )


def measure(
    seeds: Sequence[int],
    pool: Workers,
    say: Callable[[Foretold], object],
    names: Sequence[str] = tuple(SETS),
) -> list[Foretold]:
    """Foretells the loss on each data set for each seed, which the sample and the trainings are drawn from.

    Args:
        seeds: of the samples. pool: that trains. say: told each as it is measured. names: of the data sets.
    """
    found = []
    for seed in seeds:
        for name in names:
            found.append(_foretell(name, seed, pool))
            say(found[-1])
    return found


def _foretell(name: str, seed: int, pool: Workers) -> Foretold:
    study = learning_curve(name, seed)
    evidence = train(study, f"validate-learning-curve-{name}", pool)
    comparison = compare(
        evidence, metric="test_loss", monitor="val_loss", minimize=True, confidence=CONFIDENCE, seed=seed
    )
    read = curve.read(evidence, comparison, "train_size")
    law = law_of(read, evidence, comparison, held_out=1)
    assert law is not None
    return Foretold(name, seed, read.places[-1].iqm, *law.at(read.levels[-1]))
