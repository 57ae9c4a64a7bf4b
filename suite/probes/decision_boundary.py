"""Where in the plane the kept weights answer which class: the decision boundary of every replicate, and how
many replicates solved the problem.

For data of two columns and two classes, such as xor, two_moons and spirals. The plane is the box around the
training examples; each of its cells is answered at its centre.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from suite.analysis.curve import is_wide
from suite.analysis.estimate import Estimate
from suite.analysis.figures import one_at_a_time
from suite.analysis.records import Figure, Measure, Section, Table, Text
from suite.analysis.statistics import share_estimate
from suite.analysis.words import coordinates, listed
from suite.probes.estimates import CONFIDENCE, Levels, Measured, kinds, stacked
from suite.probes.outputs import numeric
from suite.study.config import Config

SIDE = 48
"""Cells along each side of the plane."""

SHOWN = 150
"""Training examples that are drawn."""

SOLVED = 0.02
"""A replicate solved the problem if its accuracy on the test split is at most this below that of the best
one of all levels."""

READING = (
    f"A replicate solved the problem if its accuracy on the test split is at most {SOLVED:.0%} below that"
    " of the best replicate of all levels; the interval is Wilson's. Replicates agree on a share of the"
    " plane: the mean over its cells of the share of the more frequent answer, from 50% to 100%."
)


def measure(
    config: Config, initial: Sequence[np.ndarray], kept: Sequence[np.ndarray] | None
) -> dict[str, np.ndarray]:
    """Measures one replicate.

    Returns:
        `plane` [SIDE, SIDE]: 1 where the second class is answered, rows from the bottom up; `accuracy` on the
        test split. Of the data: `box` [2, 2]: least and largest of both columns; `examples` [SHOWN, 3]:
        places and classes of training examples. Nothing if there are no kept weights.

    Raises:
        ValueError: examples of other than two numbers, or other than two classes.
    """
    import tensorflow as tf

    from suite.probes.hidden import model_of
    from suite.training.load import prepared

    data = prepared(config)
    if data.input_shape != (2,) or data.num_outputs != 2:
        raise ValueError(
            "the probe `decision_boundary` expects two columns and two classes, as xor, two_moons and"
            f" spirals have them. Received: dataset={config.dataset!r}."
        )
    if kept is None:
        return {}
    model = model_of(config, kept)

    def answers(x: np.ndarray) -> np.ndarray:
        logits = model(data.normalization(tf.convert_to_tensor(x, tf.float32)), training=False)
        return np.argmax(logits, axis=1)

    train = np.asarray(data.train.x)
    box = np.stack([train.min(axis=0), train.max(axis=0)])
    first, second = (box[0, i] + (np.arange(SIDE) + 0.5) / SIDE * (box[1, i] - box[0, i]) for i in (0, 1))
    places = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    return {
        "plane": answers(places).reshape(SIDE, SIDE),
        "accuracy": np.mean(answers(np.asarray(data.test.x)) == data.test.y),
        "box": box,
        "examples": np.column_stack([train, data.train.y])[:SHOWN],
    }


def find(measured: Measured, levels: Levels) -> tuple[Section, tuple[Measure, ...]]:
    """Makes findings of what was measured of the replicates of all cases."""
    accuracy = {label: stacked(measured[label], "accuracy") for label in levels}
    bar = max((values.max() for values in accuracy.values() if len(values)), default=np.nan) - SOLVED
    solved = {label: (int((accuracy[label] >= bar).sum()), len(measured[label])) for label in levels}
    shares = {label: share_estimate(*solved[label], CONFIDENCE) for label in levels}
    planes = {label: stacked(measured[label], "plane") for label in levels if len(accuracy[label])}
    agreed = {label: np.abs(plane.mean(axis=0) - 0.5).mean() + 0.5 for label, plane in planes.items()}
    found = (
        *(
            Measure("decision_boundary.solved", dict(levels[label]), *shares[label])
            for label in levels
            if measured[label]
        ),
        *(
            Measure("decision_boundary.agreement", dict(levels[label]), *(value,) * 3)
            for label, value in agreed.items()
        ),
    )
    rows = tuple(
        (
            label,
            f"{solved[label][0]} of {solved[label][1]}",
            shares[label].text(percent=True),
            f"{agreed[label]:.0%}" if label in agreed else "–",
        )
        for label in levels
    )
    table = Table(
        ("", "solved it", f"share [{CONFIDENCE:.0%} interval]", "agree on"), rows, kinds=kinds(1, 3)
    )
    figure, name = _planes(measured, levels, planes) if planes else None, _over(levels)
    return Section(
        "decision_boundary",
        "Where the boundary lies, and how many found it",
        blocks=(
            *((_curve(name, levels, shares),) if name else ()),
            *((one_at_a_time(figure, name),) if name and figure and len(planes) > 1 else ()),
            table,
            Text((READING,), kind="soft"),
        ),
        answer=_answer({label: solved[label] for label in planes}, levels),
        figure=figure,
    ), found


def _answer(solved: Mapping[str, tuple[int, int]], levels: Levels) -> str:
    """How many replicates solved it, of each case."""
    counts = [
        f"{_share(count, of)} with {coordinates(levels[label]) or 'the best found'}"
        for label, (count, of) in solved.items()
    ]
    return f"The problem was solved by {listed(counts)}." if counts else ""


def _share(count: int, of: int) -> str:
    return f"all {of}" if count == of else f"{count or 'none'} of {of}"


def _planes(measured: Measured, levels: Levels, planes: Mapping[str, np.ndarray]) -> Figure:
    """A panel a case: the share of the replicates that answer the second class."""
    facts = next(replicate for each in measured.values() for replicate in each if "box" in replicate)
    titles = {
        label: " ".join(f"{name} = {level}" for name, level in levels[label].items()) for label in planes
    }
    rows = [
        row
        for label, plane in planes.items()
        for row in _runs(titles[label], plane.mean(axis=0), facts["box"])
    ]
    return Figure(
        "decision_boundaries",
        "plane",
        "Where the replicates draw the boundary: pale is where they disagree",
        "Blue: all replicates answer the first class there; red: the second. Points: training examples, in"
        " the colour of their class.",
        {
            "cells": pd.DataFrame(rows, columns=["panel", "left", "right", "bottom", "top", "value"]),
            "points": pd.DataFrame(facts["examples"], columns=["x", "y", "value"]),
        },
        {"x_title": "first column", "y_title": "second column", "panels": list(titles.values())},
    )


def _runs(
    title: str, shares: np.ndarray, box: np.ndarray
) -> list[tuple[str, float, float, float, float, float]]:
    """Rectangles of a plane: cells of a row that lie side by side and have the same share are one."""
    x, y = (np.linspace(low, high, SIDE + 1).round(3).tolist() for low, high in box.astype(float).T)
    rows = []
    for place, row in enumerate(shares):
        ends = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist(), SIDE]
        rows += [
            (title, x[start], x[end], y[place], y[place + 1], round(float(row[start]), 3))
            for start, end in pairwise(ends)
        ]
    return rows


def _over(levels: Levels) -> str | None:
    """What is asked about, where that is three numbers or more."""
    names = {name for settings in levels.values() for name in settings}
    if len(names) != 1 or len(levels) < 3 or None in map(numeric, levels.values()):
        return None
    return names.pop()


def _curve(name: str, levels: Levels, shares: Mapping[str, Estimate]) -> Figure:
    """How sure, against what is asked about."""
    rows = [("", x, *each) for label, each in shares.items() if (x := numeric(levels[label])) is not None]
    return Figure(
        "share_solved",
        "lines",
        f"How sure: the share of the replicates that solve it, against {name}",
        f"Share with Wilson's {CONFIDENCE:.0%} interval.",
        {"lines": pd.DataFrame(rows, columns=["series", "x", "y", "low", "high"])},
        {
            "x_title": name,
            "y_title": "share that solved it",
            "x_scale": "log" if is_wide([x for _, x, *_ in rows]) else "linear",
            "points": True,
        },
    )
