"""Takes the test error apart into bias and variance, over replicates with a training set each.

Squared error of the probabilities (Geman, Bienenstock and Doursat 1992, doi:10.1162/neco.1992.4.1.1): the
error of the mean of all networks is the bias, how far they are from that mean the variance; the two add up.

Share of wrong answers (Domingos 2000, A unified bias-variance decomposition): the bias is the share of
examples at which the most frequent answer is wrong. Other answers than that cost something where it is right
(variance that adds), and save something where they are right and it is not (variance that takes off).

The labels count as true: what noise is in them is part of the bias.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from suite.analysis.curve import is_wide
from suite.analysis.estimate import Estimate
from suite.analysis.records import Block, Figure, Measure, Section, Table, Text
from suite.analysis.words import coordinates
from suite.probes.estimates import Levels, Measured, kinds
from suite.probes.outputs import answers, jackknifed, measure, numeric

__all__ = ["find", "measure"]

FEWEST = 3
"""Replicates that a decomposition needs."""

SQUARED = {"error": "squared error", "bias": "bias²", "variance": "variance"}
ZERO_ONE = {
    "wrong": "wrong answers",
    "wrong_bias": "bias",
    "wrong_variance_adds": "variance that adds",
    "wrong_variance_takes_off": "variance that takes off",
}
READING = (
    "Over replicates whose training sets and seeds differ. Squared error: of the probabilities, summed over"
    " the classes; bias² and variance are estimated without the bias that few replicates give, and add up"
    " (Geman, Bienenstock and Doursat 1992). Wrong answers: bias is where the most frequent answer is wrong;"
    " variance adds where it is right, and takes off where another answer is right (Domingos 2000)."
)


def find(measured: Measured, levels: Levels) -> tuple[Section, tuple[Measure, ...]]:
    """Makes findings of what was measured of the replicates of all cases."""
    found = {}
    for label in levels:
        labels, probabilities = answers(measured[label])
        if len(probabilities) >= FEWEST:
            found[label] = decomposed(labels, probabilities)
    measures = tuple(
        Measure(f"bias_variance.{name}", dict(levels[label]), *each)
        for label, parts in found.items()
        for name, each in parts.items()
    )
    title = "Bias and variance"
    if not found:
        few = f"Fewer than {FEWEST} replicates cannot be taken apart."
        return Section("bias_variance", title, (Text((few,)),), few), measures
    blocks: tuple[Block, ...] = (
        _table(found, SQUARED, percent=False),
        _table(found, ZERO_ONE, percent=True),
        Text((READING,), kind="soft"),
    )
    wrong = _figure(found, levels, "wrong_answers", ZERO_ONE, "share of wrong answers")
    section = Section(
        "bias_variance",
        title,
        (*blocks, *([wrong] if wrong else [])),
        _answer(found, levels),
        _figure(found, levels, "bias_variance", SQUARED, "squared error"),
    )
    return section, measures


def decomposed(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, Estimate]:
    """Takes squared error and wrong answers apart.

    Args:
        labels: [n] classes. probabilities: [r, n, classes] of the replicates.

    Returns:
        The names of SQUARED and ZERO_ONE, each with its interval.
    """
    classes = probabilities.shape[-1]
    truth = np.eye(classes)[labels]
    errors = probabilities.astype(float) - truth

    def variance(each: np.ndarray) -> float:
        return float(each.var(axis=0, ddof=1).sum(axis=-1).mean())

    def bias(each: np.ndarray) -> float:
        return float((each.mean(axis=0) ** 2).sum(axis=-1).mean()) - variance(each) / len(each)

    def error(each: np.ndarray) -> float:
        return float((each**2).sum(axis=-1).mean())

    found = {
        "error": jackknifed(error, errors),
        "bias": jackknifed(bias, errors),
        "variance": jackknifed(variance, errors),
    }
    chosen = np.eye(classes, dtype=np.float32)[probabilities.argmax(axis=-1)]
    parts = {name: partial(_part, labels, name) for name in ZERO_ONE}
    return found | {name: jackknifed(part, chosen) for name, part in parts.items()}


def _part(labels: np.ndarray, name: str, chosen: np.ndarray) -> float:
    return zero_one(labels, chosen)[name]


def zero_one(labels: np.ndarray, chosen: np.ndarray) -> dict[str, float]:
    """Domingos's parts of the share of wrong answers: `wrong` is `wrong_bias` + `wrong_variance_adds` -
    `wrong_variance_takes_off`.

    Args:
        labels: [n] classes. chosen: [r, n, classes] 1 for the class that a replicate answers, else 0.
    """
    often = chosen.mean(axis=0)
    right, main = often[np.arange(len(labels)), labels], often.argmax(axis=-1)
    is_biased = main != labels
    return {
        "wrong": float(np.mean(1 - right)),
        "wrong_bias": float(np.mean(is_biased)),
        "wrong_variance_adds": float(np.mean(np.where(is_biased, 0, 1 - right))),
        "wrong_variance_takes_off": float(np.mean(np.where(is_biased, right, 0))),
    }


def _table(found: Mapping[str, Mapping[str, Estimate]], names: Mapping[str, str], *, percent: bool) -> Table:
    rows = tuple(
        (label, *(parts[name].text(percent=percent) for name in names)) for label, parts in found.items()
    )
    return Table(("", *names.values()), rows, kinds=kinds(1, len(names)))


def _answer(found: Mapping[str, Mapping[str, Estimate]], levels: Levels) -> str:
    """Where bias and variance start, where they end, and where variance is largest."""
    first, *_, last = [*found] * 2
    largest = max(found, key=lambda label: found[label]["variance"].point)
    at = {label: coordinates(levels[label]) or label for label in (first, last, largest)}
    parts = [
        f"{words} from {found[first][name].text()} at {at[first]} to {found[last][name].text()} at {at[last]}"
        for name, words in (("bias", "bias² goes"), ("variance", "variance"))
    ]
    most = "" if largest in (first, last) else f", and is largest at {at[largest]}"
    return f"Of the squared error of the probabilities, {parts[0]}, {parts[1]}{most}."


def _figure(
    found: Mapping[str, Mapping[str, Estimate]],
    levels: Levels,
    name: str,
    parts: Mapping[str, str],
    y_title: str,
) -> Figure | None:
    """The parts over the levels, where these are numbers."""
    rows = [
        (words, x, *found[label][part])
        for part, words in parts.items()
        for label in found
        if (x := numeric(levels[label])) is not None
    ]
    if len({row[1] for row in rows}) < 2:
        return None
    (hyperparameter,) = next(iter(levels.values()))
    data = pd.DataFrame(rows, columns=["series", "x", "y", "low", "high"])
    return Figure(
        name,
        "lines",
        f"Bias and variance of the {y_title}, over {hyperparameter}",
        "Over replicates with a training set and a seed each, on the test split; bands are 95% intervals by"
        " the jackknife.",
        {"lines": data},
        {
            "x_title": hyperparameter,
            "y_title": y_title,
            "x_scale": "log" if is_wide(data["x"]) else "linear",
            "points": True,
            "ticks": sorted(set(data["x"])),
            "series": [*parts.values()],
        },
    )
