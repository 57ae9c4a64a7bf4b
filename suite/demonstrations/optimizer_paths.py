"""Follows optimizers down a narrow valley: the way that each takes, and the steps that it needs at its best
rate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from suite.analysis.records import Demonstrated, Figure, Measure, Section, Table, Text
from suite.analysis.sections import numbers
from suite.analysis.words import listed

START = (-7.0, 2.0)

BOOK_RATES = {"sgd": 0.95, "momentum": 0.1, "adagrad": 1.5, "adam": 0.3}
"""Learning rates of the paths in Saito 2016, Deep Learning from Scratch, section 6.1; Keras's Adagrad begins
with an accumulator of 0.1 in place of 0."""

TUNED = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")

RATES = np.geomspace(1e-3, 100, 201)
"""Learning rates that are tried: 40 in each power of ten."""

NEAR = 0.01
"""Share of the start's distance from the minimum at which an optimizer has arrived."""

MOST = 4000
"""Steps after which it has not."""


@dataclass(frozen=True)
class Valley:
    """The function along² / condition + across², in coordinates that are turned against it.

    Attributes:
        condition: how many times more it is bent across than along.
        angle: degrees between its floor and the first coordinate.
    """

    condition: float
    angle: float = 0.0

    @property
    def axes(self) -> np.ndarray:
        """[2, 2] its directions along and across, in rows."""
        turn = np.deg2rad(self.angle)
        return np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])

    @property
    def bends(self) -> np.ndarray:
        """[2, 2] second derivatives."""
        return self.axes.T @ np.diag([2 / self.condition, 2.0]) @ self.axes

    @property
    def name(self) -> str:
        """How it is called in tables and figures."""
        return f"{self.condition:g} : 1" + (f", turned by {self.angle:g}°" if self.angle else "")


@dataclass(frozen=True)
class Way:
    """The way of one optimizer at one learning rate.

    Attributes:
        points: [steps + 1, 2] from the start on.
    """

    points: np.ndarray

    @property
    def turns(self) -> int:
        """How often it changes its direction across the valley."""
        moves = np.diff(self.points[:, 1])
        return int(np.sum(moves[1:] * moves[:-1] < 0))

    @property
    def left(self) -> float:
        """Distance from the minimum at its end, over that at its start."""
        return float(np.linalg.norm(self.points[-1]) / np.linalg.norm(self.points[0]))

    @property
    def detour(self) -> float:
        """Length of the way over the distance from its start to its end."""
        length = np.linalg.norm(np.diff(self.points, axis=0), axis=1).sum()
        return float(length / np.linalg.norm(self.points[-1] - self.points[0]))


@dataclass(frozen=True)
class Tuned:
    """What an optimizer needs at each learning rate.

    Attributes:
        steps: [RATES] until it has arrived for good; infinite where it does not.
    """

    steps: np.ndarray

    @property
    def best(self) -> float:
        """Steps at the best rate."""
        return float(self.steps.min())

    @property
    def rate(self) -> float:
        """The best rate."""
        return float(RATES[int(self.steps.argmin())])

    @property
    def largest(self) -> float:
        """The largest rate at which it arrives."""
        arrived = np.flatnonzero(np.isfinite(self.steps))
        return float(RATES[arrived[-1]]) if len(arrived) else np.nan


def demonstrate(
    *, condition: float = 20.0, narrow: float = 1000.0, angle: float = 45.0, steps: int = 30
) -> Demonstrated:
    """Follows the optimizers of a textbook at its learning rates, and then each at its best one.

    Args:
        condition: how many times more the valley is bent across than along.
        narrow: the same of two more valleys, for the tuned ones.
        angle: degrees by which the last of them is turned against the coordinates.
        steps: of the paths that are drawn.

    Raises:
        ValueError: a condition below 1.
    """
    if min(condition, narrow) < 1:
        raise ValueError(f"`condition` must be at least 1. Received: {min(condition, narrow):g}.")
    first = Valley(condition)
    ways = {name: Way(walk(name, np.array([rate]), first, steps)[:, 0]) for name, rate in BOOK_RATES.items()}
    valleys = (first, Valley(narrow), Valley(narrow, angle))
    tuned = {valley: {name: tune(name, valley) for name in TUNED} for valley in valleys}
    return Demonstrated(
        answer=" ".join(_answer(ways, tuned)),
        warnings=(),
        headline=_headline(tuned),
        sections=(_paths(ways), _rates(tuned), _theory(tuned)),
        measures=tuple(_measures(ways, tuned)),
        summary={
            v.name: {name: _steps(each.best) for name, each in found.items()} for v, found in tuned.items()
        },
        figure=_drawn(ways, first),
    )


def walk(name: str, rates: np.ndarray, valley: Valley, steps: int) -> np.ndarray:
    """[steps + 1, rates, 2] where a Keras optimizer is after each step, along and across, for each of its
    learning rates. Imports TensorFlow.

    Args:
        name: a key of OPTIMIZERS, with its default hyperparameters.
        rates: [n]. valley: that it goes down, from START along and across it.
    """
    import keras
    import tensorflow as tf

    from suite.study.config import Config
    from suite.training.build import build_optimizer

    start = np.tile(np.asarray(START) @ valley.axes, (len(rates), 1))
    at = keras.Variable(start, dtype="float32")
    optimizer = build_optimizer(Config(optimizer=name, learning_rate=1.0))
    optimizer.build([at])
    rate, bends = tf.constant(rates[:, None], tf.float32), tf.constant(valley.bends, tf.float32)

    @tf.function(autograph=False)
    def go() -> tf.Tensor:
        def step(n: tf.Tensor, points: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            optimizer.update_step(tf.matmul(at.value, bends), at, rate)
            optimizer.iterations.assign_add(1)
            return n + 1, points.write(n, at.value)

        points = tf.TensorArray(tf.float32, steps)
        _, points = tf.while_loop(lambda n, points: n < steps, step, (0, points))
        return points.stack()  # noqa: PD013 - not of pandas

    with np.errstate(over="ignore", invalid="ignore"):  # of what diverges
        return np.concatenate([start[None], go().numpy().astype(np.float64)]) @ valley.axes.T


def tune(name: str, valley: Valley) -> Tuned:
    """Tries every one of RATES. An optimizer has arrived when it is near and stays there: some only pass
    by."""
    with np.errstate(over="ignore", invalid="ignore"):
        distance = np.linalg.norm(walk(name, RATES, valley, MOST), axis=2)
    far = ~(distance <= NEAR * distance[0])
    last = MOST - far[::-1].argmax(axis=0)
    return Tuned(np.where(far[-1], np.inf, last + 1.0))


def steps_in_theory(condition: float) -> float:
    """Steps that gradient descent needs at the best of all rates: each shrinks the distance by
    (condition - 1) / (condition + 1) (Polyak 1964; Nocedal and Wright 2006, section 3.3)."""
    return float(np.log(NEAR) / np.log((condition - 1) / (condition + 1)))


def _answer(ways: Mapping[str, Way], tuned: Mapping[Valley, Mapping[str, Tuned]]) -> Iterator[str]:
    turns = [f"{name} {way.turns}" for name, way in ways.items()]
    yield (
        f"At a textbook's learning rates they change direction across the valley this often in"
        f" {len(ways['sgd'].points) - 1} steps: {listed(turns)}."
    )
    for valley, found in tuned.items():
        order = sorted(found, key=lambda name: found[name].best)
        steps = [f"{name} {_steps(found[name].best)}" for name in order]
        yield f"Steps at the best rate of each in a valley that is bent {valley.name}: {listed(steps)}."
    firsts = [min(found, key=lambda name: found[name].best) for found in tuned.values()]
    if len(set(firsts)) > 1:
        yield f"So the valley decides which is the fastest: {listed(firsts)}."


def _steps(steps: float) -> str:
    return f"{steps:.0f}" if np.isfinite(steps) else f"never within {MOST:,}"


def _headline(tuned: Mapping[Valley, Mapping[str, Tuned]]) -> Table:
    rows: list[tuple[str | tuple[str, ...], ...]] = []
    for name in TUNED:
        each = [found[name] for found in tuned.values()]
        rows.append((name, *((_steps(one.best), f"at rate {one.rate:.3g}") for one in each)))
    columns = ("optimizer", *(f"steps, bent {valley.name}" for valley in tuned))
    return Table(columns, tuple(rows), kinds=numbers(len(tuned)))


def _measures(ways: Mapping[str, Way], tuned: Mapping[Valley, Mapping[str, Tuned]]) -> Iterator[Measure]:
    """Of the paths at each optimizer; of the tuned ones in each valley too. What does not arrive has none."""
    for name, way in ways.items():
        for quantity, number in (("turns", float(way.turns)), ("left", way.left), ("detour", way.detour)):
            yield Measure(f"optimizer_paths.{quantity}", {"optimizer": name}, number, number, number)
    for valley, found in tuned.items():
        for name, each in found.items():
            at = {"optimizer": name, "condition": valley.condition, "angle": valley.angle}
            if np.isfinite(each.best):
                yield Measure("optimizer_paths.steps", at, *(each.best,) * 3)
                yield Measure("optimizer_paths.rate", at, *(each.rate,) * 3)
                yield Measure("optimizer_paths.largest_rate", at, *(each.largest,) * 3)


def _drawn(ways: Mapping[str, Way], valley: Valley) -> Figure:
    points = [
        (f"{name}, rate {BOOK_RATES[name]:g}", step, *point)
        for name, way in ways.items()
        for step, point in enumerate(way.points)
    ]
    angles = np.linspace(0, 2 * np.pi, 121)
    contours = [
        (height, step, np.sqrt(height * valley.condition) * np.cos(angle), np.sqrt(height) * np.sin(angle))
        for height in (0.1, 0.4, 1.0, 2.0, 4.0, 6.0, 8.0)
        for step, angle in enumerate(angles)
    ]
    return Figure(
        "optimizer_paths",
        "paths",
        "The way down a narrow valley: across it is steep, along it is nearly flat",
        f"Steps on x² / {valley.condition:g} + y² from {START}, at the learning rates of a textbook; a cross"
        f" marks the end.",
        {
            "paths": pd.DataFrame(points, columns=["panel", "step", "x", "y"]),
            "contours": pd.DataFrame(contours, columns=["line", "step", "x", "y"]),
        },
        {
            "x_title": "along the valley",
            "y_title": "across",
            "x_domain": [-8.5, 4.5],
            "y_domain": [-2.6, 2.6],
            "panels": [f"{name}, rate {rate:g}" for name, rate in BOOK_RATES.items()],
        },
    )


def _paths(ways: Mapping[str, Way]) -> Section:
    rows = tuple(
        (name, f"{BOOK_RATES[name]:g}", f"{way.turns}", f"{way.detour:.2f}", f"{way.left:.1%}")
        for name, way in ways.items()
    )
    columns = ("optimizer", "learning rate", "turns across", "length over distance", "distance left")
    said = (
        "Paths at chosen learning rates are pictures, no comparison: below, each has the rate that suits it."
    )
    return Section("paths", "The paths in numbers", (Text((said,)), Table(columns, rows, kinds=numbers(4))))


def _rates(tuned: Mapping[Valley, Mapping[str, Tuned]]) -> Section:
    rows = [
        (name, rate, steps, f"bent {valley.name}")
        for valley, found in tuned.items()
        for name, each in found.items()
        for rate, steps in zip(RATES, each.steps, strict=True)
        if np.isfinite(steps)
    ]
    figure = Figure(
        "optimizer_rates",
        "lines",
        "Steps to arrive, by learning rate: low is fast, wide is easy to tune",
        f"Steps until the distance from the minimum stays below {NEAR:.0%} of the start's; where a line"
        f" ends it diverges, or has not arrived after {MOST:,}. Both axes are logarithmic.",
        {"lines": pd.DataFrame(rows, columns=["series", "x", "y", "panel"])},
        {
            "x_title": "learning rate",
            "y_title": "steps",
            "x_scale": "log",
            "y_scale": "log",
            "series": list(TUNED),
            "panels": [f"bent {valley.name}" for valley in tuned],
        },
    )
    said = (
        "Adagrad, RMSprop and Adam give every coordinate a rate of its own. A valley along a coordinate is"
        " made for that; turned, it is as narrow in every coordinate. Gradient descent and momentum do not"
        " see the turn."
    )
    return Section("rates", "Each at every learning rate", (figure, Text((said,))))


def _theory(tuned: Mapping[Valley, Mapping[str, Tuned]]) -> Section:
    rows = tuple(
        (
            valley.name,
            f"{steps_in_theory(valley.condition):,.1f}",
            _steps(found["sgd"].best),
            "1",
            f"{found['sgd'].largest:.3g}",
        )
        for valley, found in tuned.items()
    )
    columns = ("bent", "steps, in theory", "measured", "largest rate, in theory", "measured")
    said = (
        "For plain gradient descent all of this is known: at the best rate each step shrinks the distance by"
        " (c - 1) / (c + 1) for a valley that is bent c times more across than along, and beyond 2 over"
        " the largest curvature, which is 2 here, it diverges. Momentum replaces c by its square root,"
        " where its own rate fits the valley; 0.9, the suite's, fits c near 1,400 (Polyak 1964; Goh 2017,"
        " doi:10.23915/distill.00006)."
    )
    table = Table(columns, rows, kinds=numbers(4))
    return Section("theory", "What theory says of gradient descent", (Text((said,)), table))
