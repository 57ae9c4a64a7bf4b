"""What the mean of several networks' probabilities is worth, against one network and against a larger one.

A network of k times the width has k times the hidden units; with one hidden layer it has k times the
parameters and takes k times the time too, so that k averaged ones are as expensive.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from suite.analysis.estimate import Estimate
from suite.analysis.records import Block, Figure, Measure, Section, Table, Text
from suite.analysis.words import coordinates
from suite.probes.estimates import Levels, Measured, kinds
from suite.probes.outputs import answers, jackknifed, measure, numeric

__all__ = ["find", "measure"]

SIZES = (1, 2, 4, 8)
"""Networks that are averaged, as far as there are FEWEST groups of so many."""

FEWEST = 3

TINY = 1e-7
"""Least probability of a class, so that its logarithm is finite."""

READING = (
    "The probabilities of so many replicates are averaged, over all runs of that many in their order; the"
    " interval is the jackknife's over the replicates. The learning rate was tuned for one network."
    " As the loss is convex, the mean of probabilities never has more of it than its members have on"
    " average; of the squared error it is less by exactly how much they differ (Krogh and Vedelsby 1995)."
)


@dataclass(frozen=True)
class Average:
    """What averaged networks reach on the test split.

    Attributes:
        loss: of their mean probabilities. gain: by how much that of one is larger. error: share of wrong
            answers.
    """

    loss: Estimate
    gain: Estimate
    error: float


Averages = Mapping[int, Average]
"""Networks averaged -> what they reach."""


def find(measured: Measured, levels: Levels) -> tuple[Section, tuple[Measure, ...]]:
    """Makes findings of what was measured of the replicates of all cases."""
    found = {label: _averaged(*answers(measured[label])) for label in levels}
    found = {label: each for label, each in found.items() if each}
    measures = (*_measures(measured, found, levels),)
    if not found:
        few = f"Fewer than {FEWEST} replicates say nothing of their averages."
        return Section("ensemble", "Averaged networks", (Text((few,)),), few), measures
    sizes = sorted({k for each in found.values() for k in each})
    rows = tuple(
        (label, *(each[k].loss.text() if k in each else "–" for k in sizes),
         *(f"{each[k].error:.2%}" if k in each else "–" for k in sizes))
        for label, each in found.items()
    )  # fmt: skip
    headings = ("", *(f"loss of {k}" for k in sizes), *(f"error of {k}" for k in sizes))
    blocks: tuple[Block, ...] = (
        Table(headings, rows, kinds=kinds(1, 2 * len(sizes))),
        Text((READING,), kind="soft"),
    )
    section = Section("ensemble", "Averaged networks", blocks, _answer(found, levels), _figure(found, levels))
    return section, measures


def windows(probabilities: np.ndarray, k: int) -> np.ndarray:
    """[r, ...] means of each replicate of [r, ...] and the k - 1 that follow it, around the end."""
    return np.mean([np.roll(probabilities, -shift, axis=0) for shift in range(k)], axis=0)


def _averaged(labels: np.ndarray, probabilities: np.ndarray) -> dict[int, Average]:
    """Networks averaged -> what they reach; empty without FEWEST replicates."""
    found: dict[int, Average] = {}
    if not len(probabilities):
        return found
    right = probabilities[:, np.arange(len(labels)), labels]
    for k in SIZES:
        if len(probabilities) // k < FEWEST:
            break
        wrong = windows(probabilities, k).argmax(axis=-1) != labels
        loss, gain = (jackknifed(partial(number, k), right) for number in (loss_of, gain_of))
        found[k] = Average(loss, gain, float(wrong.mean()))
    return found


def loss_of(k: int, right: np.ndarray) -> float:
    """Mean loss of k averaged replicates, of the probabilities [r, n] of the right class."""
    return float(-np.log(np.maximum(windows(right, k), TINY)).mean())


def gain_of(k: int, right: np.ndarray) -> float:
    """Mean loss of one replicate less that of k averaged ones."""
    return loss_of(1, right) - loss_of(k, right)


def ambiguity_error(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """How far the squared error of the average is from the members' mean less the mean of their differences
    from it: 0 in theory.

    Args:
        labels: [n] classes. probabilities: [r, n, classes].
    """
    p = probabilities.astype(float)
    truth = np.eye(p.shape[-1])[labels]
    mean = p.mean(axis=0)
    members, differences = ((p - truth) ** 2).mean(), ((p - mean) ** 2).mean()
    return float(abs(((mean - truth) ** 2).mean() - (members - differences)))


def _measures(measured: Measured, found: Mapping[str, Averages], levels: Levels) -> Iterator[Measure]:
    """`ensemble.loss_of_K`; `ensemble.gain_of_K`: the loss of one less that of K; `ensemble.gain_left`: the
    gain from half of the largest K to all of it, over that from one to two; `ensemble.over_one_large_K`: the
    loss of K less that of one K times as large; and of the whole study `ensemble.ambiguity_error`."""
    at = {x: label for label in found if (x := numeric(levels[label])) is not None}
    for label, each in found.items():
        place, largest = dict(levels[label]), max(each)
        for k, average in each.items():
            yield Measure(f"ensemble.loss_of_{k}", place, *average.loss)
            if k > 1:
                yield Measure(f"ensemble.gain_of_{k}", place, *average.gain)
                if large := at.get(k * (numeric(levels[label]) or np.nan)):
                    yield Measure(f"ensemble.over_one_large_{k}", place, *_less(each[k], found[large][1]))
        if largest > 2:
            last = each[largest].gain.point - each[largest // 2].gain.point
            yield Measure("ensemble.gain_left", place, *(last / each[2].gain.point,) * 3)
    errors = [ambiguity_error(*answers(measured[label])) for label in found]
    if errors:
        yield Measure("ensemble.ambiguity_error", {}, *(max(errors),) * 3)


def _less(some: Average, large: Average) -> Estimate:
    """The loss of some networks less that of a large one. They are independent, so that the half lengths of
    their intervals add as squares."""
    point = some.loss.point - large.loss.point
    reach = float(np.hypot(some.loss.high - some.loss.low, large.loss.high - large.loss.low)) / 2
    return Estimate(point, point - reach, point + reach)


def _answer(found: Mapping[str, Averages], levels: Levels) -> str:
    """What averaging gives, and how it compares with one large network at the same cost."""
    at = {x: label for label in found if (x := numeric(levels[label])) is not None}
    said: list[str] = []
    better: list[str] = []
    worse: list[str] = []
    same: list[str] = []
    for label, each in found.items():
        k, place = max(each), coordinates(levels[label]) or label
        said.append(f"{each[1].loss.point:.3f} to {each[k].loss.point:.3f} at {place}")
        if k > 1 and (large := at.get(k * (numeric(levels[label]) or np.nan))):
            _, low, high = _less(each[k], found[large][1])
            pair = f"{k} of {place} and one of {coordinates(levels[large])}"
            (better if high < 0 else worse if low > 0 else same).append(pair)
    k = max(max(each) for each in found.values())
    answer = f"Averaging {k} networks takes the test loss from {', '.join(said)}."
    clauses = {
        "the average is better": better,
        "one large network is better": worse,
        "they can't be told apart": same,
    }
    beside = [f"{what} for {', '.join(pairs)}" for what, pairs in clauses.items() if pairs]
    return f"{answer} At the same number of hidden units, {'; '.join(beside)}." if beside else answer


def _figure(found: Mapping[str, Averages], levels: Levels) -> Figure | None:
    """The loss against the hidden units of all networks together."""
    rows = [
        (f"{k} averaged" if k > 1 else "one network", k * x, *average.loss)
        for label, each in found.items()
        if (x := numeric(levels[label])) is not None
        for k, average in each.items()
    ]
    if len(rows) < 2:
        return None
    (hyperparameter,) = next(iter(levels.values()))
    data = pd.DataFrame(rows, columns=["series", "x", "y", "low", "high"]).sort_values(["series", "x"])
    sizes = sorted({k for each in found.values() for k in each})
    return Figure(
        "ensemble",
        "lines",
        "One large network, or several small ones averaged: lower is better, at the same place it costs the"
        " same",
        f"Test loss against the {hyperparameter} of all averaged networks together, with its 95% interval.",
        {"lines": data},
        {
            "x_title": f"{hyperparameter}, of all networks together",
            "y_title": "test loss",
            "x_scale": "log",
            "points": True,
            "ticks": sorted(set(data["x"])),
            "series": ["one network" if k == 1 else f"{k} averaged" for k in sizes],
        },
    )
