"""Shows how much too good a chosen network looks where it was chosen, by how many were tried."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from suite.analysis.estimate import Estimate
from suite.analysis.records import Demonstrated, Figure, Measure, Section, Table, Text
from suite.analysis.sections import numbers
from suite.analysis.statistics import percentiles
from suite.study.config import Config
from suite.study.space import Distribution, LogUniform, Uniform

SPACE: dict[str, Distribution] = {"learning_rate": LogUniform(1e-4, 3e-2), "dropout": Uniform(0.05, 0.6)}
"""What the candidates differ in, next to their seeds: a random search as anybody does it."""

BASE = Config(dataset="fashion_mnist", validation_size=1_000, width=64, depth=1, batch_size=50)

CONFIDENCE = 0.95

Ways = Mapping[str, np.ndarray]
"""Way of choosing -> [draws] numbers."""


@dataclass(frozen=True)
class Chosen:
    """What choosing the best of some candidates gives, over many draws of candidates and of splits.

    Attributes:
        candidates: among whom is chosen. examples: of the split that it is chosen on.
        said: [draws] share of wrong answers of the chosen one on that split.
        second: [draws] the same on another split of that size, which was used for nothing.
        true: [draws] the same on all the examples that it was not chosen on.
    """

    candidates: int
    examples: int
    said: np.ndarray
    second: np.ndarray
    true: np.ndarray

    @property
    def optimism(self) -> np.ndarray:
        """[draws] by how much the chosen one looks better than it is."""
        return self.true - self.said


def demonstrate(
    *,
    candidates: int = 64,
    examples: str = "200,1000,3000",
    train_size: int = 1000,
    epochs: int = 10,
    draws: int = 1000,
    seed: int = 0,
) -> Demonstrated:
    """Trains the candidates of a random search, and chooses among some of them on part of the test split.

    Args:
        candidates: networks to train: 4 or more.
        examples: sizes of the split that is chosen on, by commas; each at most a third of the test split.
        train_size: training examples. epochs: of each training.
        draws: random sets of candidates and splits, for each number of candidates.
        seed: of the search, the trainings and the draws.

    Raises:
        ValueError: too few candidates, or splits that are too large.
    """
    sizes = tuple(int(size) for size in examples.split(","))
    if candidates < 4:
        raise ValueError(f"`candidates` must be 4 or more. Received: candidates={candidates}.")
    wrong = trained(candidates, train_size, epochs, seed)
    if not all(1 <= size <= wrong.shape[1] // 3 for size in sizes):
        raise ValueError(
            f"`examples` must be from 1 to {wrong.shape[1] // 3}, a third of the test split."
            f" Received: examples={examples!r}."
        )
    rng = np.random.default_rng([seed, 1])
    counts = [2**n for n in range(candidates.bit_length()) if 2**n <= candidates]
    found = [chosen(wrong, count, size, draws, rng) for size in sizes for count in counts]
    return Demonstrated(
        answer=" ".join(_answer(found)),
        warnings=(),
        headline=_headline(found),
        sections=(_candidates(wrong), _bound(found, wrong)),
        measures=tuple(_measures(found, wrong)),
        summary={f"{each.candidates} on {each.examples}": float(each.optimism.mean()) for each in found},
        figure=_figure(found),
    )


def trained(candidates: int, train_size: int, epochs: int, seed: int) -> np.ndarray:
    """[candidates, n] whether each of a random search's networks errs at each example of the test split.
    Imports TensorFlow."""
    from suite.probes.outputs import measure
    from suite.training.engine import train_many

    points = np.random.default_rng([seed, 0]).random((candidates, len(SPACE)))
    configs = [
        BASE.replace(
            train_size=train_size,
            epochs=epochs,
            seed=seed + number,
            **{name: space.quantile(u) for (name, space), u in zip(SPACE.items(), point, strict=True)},
        )
        for number, point in enumerate(points)
    ]
    errs: dict[int, np.ndarray] = {}
    for place, result in train_many(configs, lanes=min(8, candidates), xla=True, weights=True):
        if result.weights is not None:
            found = measure(configs[place], result.weights, result.weights)
            errs[place] = found["kept.probabilities"].argmax(axis=-1) != found["labels"]
    return np.array([errs[place] for place in sorted(errs)])


def chosen(wrong: np.ndarray, count: int, size: int, draws: int, rng: np.random.Generator) -> Chosen:
    """Chooses the best of `count` of the candidates on `size` examples, `draws` times.

    Args:
        wrong: [candidates, n] whether each errs at each example.
    """
    said, second, true = (np.empty(draws) for _ in range(3))
    candidates, n = wrong.shape
    for draw in range(draws):
        among = rng.permutation(candidates)[:count]
        order = rng.permutation(n)
        here, there, others = order[:size], order[size : 2 * size], order[size:]
        errors = wrong[np.ix_(among, here)].mean(axis=1)
        best = among[errors.argmin()]
        said[draw], second[draw] = errors.min(), wrong[best, there].mean()
        true[draw] = wrong[best, others].mean()
    return Chosen(count, size, said, second, true)


def _mean(values: np.ndarray) -> Estimate:
    """Mean over the draws and its bootstrap interval."""
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (2000, len(values)))].mean(axis=1)
    return Estimate(float(values.mean()), *map(float, percentiles(means, CONFIDENCE)))


def _most(found: Sequence[Chosen]) -> int:
    return max(each.candidates for each in found)


def _answer(found: Sequence[Chosen]) -> Iterator[str]:
    most = _most(found)
    each = [
        f"{_mean(one.optimism).text(percent=True)} with {one.examples:,} examples"
        for one in found
        if one.candidates == most
    ]
    yield (
        f"Chosen among {most} networks, the best one errs more often than the split that it was chosen on"
        f" says, by {', '.join(each)}."
    )
    worst = next(one for one in found if one.candidates == most)
    yield (
        f"So a test split that is used to choose is none any more. On a split that was used for nothing its"
        f" error is right on average: {_mean(worst.second).text(percent=True)}, where the truth is"
        f" {_mean(worst.true).text(percent=True)}; that is why there are three."
    )


def _headline(found: Sequence[Chosen]) -> Table:
    most = _most(found)
    rows = tuple(
        (
            f"{each.examples:,}",
            f"{each.candidates}",
            f"{each.said.mean():.2%}",
            f"{each.second.mean():.2%}",
            f"{each.true.mean():.2%}",
            _mean(each.optimism).text(percent=True),
        )
        for each in found
        if each.candidates in (1, 8, most)
    )
    columns = (
        "examples to choose on",
        "candidates",
        "error where it was chosen",
        "on a third split",
        "on all others",
        "optimism",
    )
    return Table(columns, rows, kinds=numbers(len(columns) - 1))


def _figure(found: Sequence[Chosen]) -> Figure:
    rows = [
        (f"chosen on {each.examples:,} examples", each.candidates, *(100 * x for x in _mean(each.optimism)))
        for each in found
    ]
    return Figure(
        "optimism",
        "lines",
        "The more candidates, and the fewer examples to choose on, the more too good the chosen one looks",
        "How much lower the error of the chosen network is where it was chosen than elsewhere, in percentage"
        " points: mean over random sets of candidates and random splits, with its 95% interval.",
        {"lines": pd.DataFrame(rows, columns=["series", "x", "y", "low", "high"])},
        {
            "x_title": "candidates",
            "y_title": "optimism, percentage points",
            "x_scale": "log",
            "points": True,
            "ticks": sorted({each.candidates for each in found}),
            "rule": 0,
        },
    )


def _candidates(wrong: np.ndarray) -> Section:
    """How different the candidates are."""
    errors = np.sort(wrong.mean(axis=1))
    said = (
        f"{len(wrong)} networks of a random search over learning rate and dropout, each with a seed of its"
        f" own, on {wrong.shape[1]:,} test examples: from {errors[0]:.2%} to {errors[-1]:.2%} of errors,"
        f" half of them below {np.median(errors):.2%}. They are trained once; what is drawn again and again"
        " is who is a candidate and which examples are chosen on, so the intervals leave out other searches."
    )
    return Section("candidates", "The candidates", (Text((said,)),))


def sampling_deviation(wrong: np.ndarray, size: int) -> float:
    """Standard deviation of an error that `size` examples are drawn for, in the mean over the candidates.

    They are drawn without replacement, and compared with all the others.
    """
    errors = wrong.mean(axis=1)
    return float(np.sqrt(errors * (1 - errors) / size).mean() / np.sqrt(1 - size / wrong.shape[1]))


def bound(wrong: np.ndarray, each: Chosen) -> float:
    """What the optimism is at most on average: the deviation times the root of 2 log of the candidates
    (Boucheron, Lugosi and Massart 2013, Concentration Inequalities, theorem 2.5)."""
    return sampling_deviation(wrong, each.examples) * float(np.sqrt(2 * np.log(each.candidates)))


def _bound(found: Sequence[Chosen], wrong: np.ndarray) -> Section:
    rows = tuple(
        (
            f"{each.examples:,}",
            f"{each.candidates}",
            f"{each.optimism.mean():.2%}",
            f"{bound(wrong, each):.2%}",
        )
        for each in found
    )
    said = (
        "The best of k numbers that are each off by chance is off by at most s √(2 log k) on average, s being"
        " the standard deviation of one (Boucheron, Lugosi and Massart 2013, theorem 2.5). Networks that err"
        " at the same examples are off together, which chooses none of them; and a candidate that is clearly"
        " better is chosen for that. Both make the optimism smaller than the bound."
    )
    table = Table(("examples", "candidates", "optimism", "at most"), rows, kinds=numbers(3))
    return Section("bound", "What theory allows", (Text((said,)), table))


def _measures(found: Sequence[Chosen], wrong: np.ndarray) -> Iterator[Measure]:
    """At each number of candidates and of examples: `optimism`, `third_split` (the same on a split that was
    used for nothing) and `share_of_bound`."""
    for each in found:
        at = {"candidates": each.candidates, "examples": each.examples}
        yield Measure("model_selection.optimism", at, *_mean(each.optimism))
        yield Measure("model_selection.third_split", at, *_mean(each.true - each.second))
        if each.candidates > 1:
            most = bound(wrong, each)
            share = Estimate(*(x / most for x in _mean(each.optimism)))
            yield Measure("model_selection.share_of_bound", at, *share)
