"""Compares the learning rate that a range test suggests with the best of many, each trained to the end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from suite.analysis.estimate import Estimate
from suite.analysis.records import Demonstrated, Figure, Measure, Section, Table, Text
from suite.analysis.sections import numbers
from suite.analysis.statistics import mean_estimate
from suite.analysis.words import listed
from suite.study.config import Config
from suite.study.optimizers import OPTIMIZERS
from suite.study.space import ends

CONFIDENCE = 0.95

POINTS = 40
"""Places of a range test at which its loss is read: the mean over the steps since the place before."""

WINDOW = 5
"""Places over which that loss is averaged, so that one lucky batch decides nothing."""

PER_DECADE = 4
"""Rates a factor of ten that are trained to the end."""

DECADES = 4
"""Range of those rates, down from the highest one."""

RULES = {
    "a tenth of the minimum": "a tenth of the rate at which the loss was lowest",
    "steepest descent": "the rate at which the loss fell fastest",
}
"""Rule -> what it suggests (Howard and Gugger 2020, arXiv:2002.04688)."""

HOW = (
    "A range test (Smith 2017, arXiv:1506.01186, section 3.3) is one short training whose rate rises from"
    " step to step, here by the same factor each time. While the rate is too small the loss stays; it falls"
    " where the rate is right, and explodes where it is too large. The tuned best is the rate with the"
    " lowest validation loss among those that were trained to the end, in the mean over the same seeds."
)


@dataclass(frozen=True)
class Found:
    """What was found with one optimizer.

    Attributes:
        rates, losses: [n, points] of range tests: rate, and mean loss of the steps up to it; NaN once a test
            diverged.
        suggested: rule -> [n] suggested rates.
        tuned: [rates] that were trained to the end. reached: [n, rates] lowest validation losses, infinite
            for what diverged.
    """

    rates: np.ndarray
    losses: np.ndarray
    suggested: dict[str, np.ndarray]
    tuned: np.ndarray
    reached: np.ndarray

    @property
    def best(self) -> float:
        """The tuned best rate."""
        return float(self.tuned[self.reached.mean(axis=0).argmin()])


def demonstrate(
    *,
    dataset: str = "fashion_mnist",
    optimizers: str = "sgd,momentum,adam",
    train_size: int = 5_000,
    validation_size: int = 2_500,
    width: int = 64,
    test_epochs: int = 4,
    epochs: int = 10,
    replicates: int = 3,
    seed: int = 0,
) -> Demonstrated:
    """Runs range tests of several optimizers, and trains at many rates to see what they should have
    suggested.

    Args:
        dataset, train_size, validation_size: what is learned.
        optimizers: names of `suite.study.optimizers`, split by commas.
        width: of both hidden layers.
        test_epochs: of a range test.
        epochs: of a training to the end.
        replicates: range tests, and trainings at each rate, with seeds from `seed` on.
        seed: of the first.
    """
    base = Config(
        dataset=dataset, train_size=train_size, validation_size=validation_size, width=width, epochs=epochs
    )
    seeds = range(seed, seed + replicates)
    found = {
        name: measured(base.replace(optimizer=name), test_epochs, seeds) for name in optimizers.split(",")
    }
    ratios = {
        (name, rule): mean_estimate(rates / each.best, CONFIDENCE, np.random.default_rng(seed))
        for name, each in found.items()
        for rule, rates in each.suggested.items()
    }
    return Demonstrated(
        answer=" ".join(_answer(found, ratios)),
        warnings=tuple(_warnings(found)),
        headline=_headline(found, ratios),
        sections=(Section("how", "How it works", (Text((HOW,)),)),),
        measures=tuple(
            Measure("learning_rate_finder.ratio", {"optimizer": name, "rule": rule}, *each)
            for (name, rule), each in ratios.items()
        ),
        summary={name: {"best": each.best} for name, each in found.items()},
        figure=_figure(found),
    )


def measured(config: Config, test_epochs: int, seeds: Sequence[int]) -> Found:
    """Runs range tests with a config's optimizer, and trains to the end at many rates."""
    highest = 10 * float(ends(OPTIMIZERS[config.optimizer].space["learning_rate"])[1])
    tests = _trained(
        [
            config.replace(
                learning_rate=highest,
                learning_rate_schedule="range_test",
                epochs=test_epochs,
                evaluate_every=_steps(config, test_epochs) // POINTS or 1,
                checkpoint="last",
                seed=seed,
            )
            for seed in seeds
        ]
    )
    rates, losses = (np.array(each) for each in zip(*tests, strict=True))
    smooth = np.array([smoothed(each) for each in losses])
    tuned = highest / 10 ** (np.arange(DECADES * PER_DECADE + 1)[::-1] / PER_DECADE)
    reached = _lowest(
        [config.replace(learning_rate=float(rate), seed=seed) for seed in seeds for rate in tuned]
    )
    return Found(
        rates=rates,
        losses=smooth,
        suggested={
            rule: np.array([suggest(*each)[rule] for each in zip(rates, smooth, strict=True)])
            for rule in RULES
        },
        tuned=tuned,
        reached=reached.reshape(len(seeds), -1),
    )


def smoothed(losses: np.ndarray) -> np.ndarray:
    """[points] mean over WINDOW places around each, fewer at the ends; NaN where there is no loss."""
    padded = np.pad(losses, WINDOW // 2, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)
    known = np.isfinite(windows)
    mean = np.where(known, windows, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(np.isfinite(losses), mean, np.nan)


def suggest(rates: np.ndarray, losses: np.ndarray) -> dict[str, float]:
    """Rule -> the rate that it suggests.

    Args:
        rates: [points] of a range test, rising. losses: [points] smoothed; NaN once it diverged.
    """
    known = np.isfinite(losses)
    rates, losses = rates[known], losses[known]
    lowest = int(losses.argmin())
    falls = -np.gradient(losses[: lowest + 1], np.log(rates[: lowest + 1])) if lowest else np.zeros(1)
    return {
        "a tenth of the minimum": float(rates[lowest] / 10),
        "steepest descent": float(rates[int(falls.argmax())]),
    }


def _steps(config: Config, epochs: int) -> int:
    from suite.training.load import load

    return len(load(config).train) // config.batch_size * epochs


def _trained(configs: Sequence[Config]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rates and mean losses [points] of range tests, in their order."""
    from suite.training.engine import train_many
    from suite.training.schedule import learning_rates

    for _, result in sorted(train_many(configs), key=lambda each: each[0]):
        config = result.config
        assert config.evaluate_every
        steps = _steps(config, config.epochs)
        ends = np.minimum(np.arange(1, -(-steps // config.evaluate_every) + 1) * config.evaluate_every, steps)
        losses = np.full(len(ends), np.nan)
        losses[: len(result.steps)] = result.curves["running_loss"]
        yield learning_rates(config, steps)[ends - 1], losses


def _lowest(configs: Sequence[Config]) -> np.ndarray:
    """[configs] lowest validation losses; infinite for what diverged."""
    from suite.training.engine import train_many

    reached = np.full(len(configs), np.inf)
    for index, result in train_many(configs):
        reached[index] = np.inf if result.best is None else result.objective
    return reached


def _answer(found: Mapping[str, Found], ratios: Mapping[tuple[str, str], Estimate]) -> Iterator[str]:
    for rule in RULES:
        said = [f"{ratios[name, rule].point:.2g} times the tuned best with {name}" for name in found]
        within = sum(1 / 3 <= ratios[name, rule].point <= 3 for name in found)
        yield (
            f"{rule.capitalize()} of a range test is {listed(said)}: within a factor of 3 in {within} of"
            f" {len(found)}."
        )


def _warnings(found: Mapping[str, Found]) -> Iterator[str]:
    for name, each in found.items():
        if each.best in (each.tuned[0], each.tuned[-1]):
            yield f"The tuned best of {name} is the first or the last of the rates: it may lie beyond."


def _headline(found: Mapping[str, Found], ratios: Mapping[tuple[str, str], Estimate]) -> Table:
    rows = tuple(
        (
            name if rule == next(iter(RULES)) else "",
            rule,
            " ".join(f"{rate:.2g}" for rate in each.suggested[rule]),
            f"{each.best:.2g}",
            ratios[name, rule].text(),
        )
        for name, each in found.items()
        for rule in RULES
    )
    columns = ("optimizer", "rule", "suggested", "tuned best", f"ratio [{CONFIDENCE:.0%} interval]")
    return Table(columns, rows, kinds=("text", *numbers(3)))


def _figure(found: Mapping[str, Found]) -> Figure:
    """Range tests beside what trainings at one rate come to, a panel an optimizer."""
    test, end = "range test", "trained to the end"
    rows = []
    for name, each in found.items():
        ceiling = 1.1 * float(np.nanmax(each.losses[:, 0]))
        lines = {
            test: (each.rates.mean(axis=0), each.losses.mean(axis=0)),
            end: (each.tuned, each.reached.mean(axis=0)),
        }
        for series, (x, y) in lines.items():
            rows += [(name, series, *point) for point in zip(x, y, strict=True) if point[1] <= ceiling]
    return Figure(
        "range_tests",
        "lines",
        "What a range test sees, and what trainings to the end come to",
        "Range test: training loss on the way, as the rate rises. Trained to the end: lowest validation loss"
        " of trainings at one rate. Means over the replicates; losses above that of untrained weights are not"
        " drawn.",
        {"lines": pd.DataFrame(rows, columns=["panel", "series", "x", "y"])},
        {
            "x_title": "learning rate",
            "y_title": "loss",
            "x_scale": "log",
            "series": [test, end],
            "panels": list(found),
        },
    )
