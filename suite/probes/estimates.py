"""What the probes share: arrays of all replicates, estimates over them, and the parts of their sections.
NumPy only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from suite.analysis.estimate import Estimate
from suite.analysis.records import ColumnKind, Figure, Measure
from suite.analysis.statistics import mean_estimate

WHEN = {"initial": "at the initial weights", "kept": "at the kept weights"}
"""The weights that a probe looks at. What it measured there is called `initial.` or `kept.` and the
quantity."""

SUFFIX = {"initial": "", "kept": "_kept"}
"""What the name of a measure ends in."""

CONFIDENCE = 0.95

Measured = Mapping[str, Sequence[Mapping[str, np.ndarray]]]
"""Case -> what was measured of each replicate."""

Levels = Mapping[str, Mapping[str, Any]]
"""Case -> hyperparameter -> level."""


def stacked(replicates: Sequence[Mapping[str, np.ndarray]], name: str) -> np.ndarray:
    """[n, ...] what was measured under a name, of the replicates that have it: one that diverged has no kept
    weights."""
    return np.array([replicate[name] for replicate in replicates if name in replicate], float)


def ratio(after: np.ndarray, before: np.ndarray) -> np.ndarray:
    """`after` / `before`; 0 where nothing is left after, even if there was nothing before."""
    return np.divide(after, before, out=np.where(after == 0, 0.0, np.nan), where=before > 0)


def ratio_per_layer(layers: np.ndarray) -> np.ndarray:
    """[n] geometric mean of the ratio of each layer to the one before it, of `layers` [n, layers]: the ratio
    of the last to the first to the power of 1 / (layers - 1). NaN where there is one layer."""
    steps = layers.shape[1] - 1 if layers.ndim == 2 else 0
    return ratio(layers[:, -1], layers[:, 0]) ** (1 / steps) if steps > 0 else np.full(len(layers), np.nan)


def last(layers: np.ndarray) -> np.ndarray:
    """[n] what was measured of the last of `layers` [n, layers]; NaN where there is none."""
    return layers[:, -1] if layers.ndim == 2 and layers.shape[1] else np.full(len(layers), np.nan)


def mean_of_numbers(layers: np.ndarray) -> np.ndarray:
    """[n] mean over those of `layers` [n, layers] that have a number; NaN where none has."""
    known = np.isfinite(layers)
    count, total = known.sum(axis=-1), np.where(known, layers, 0).sum(axis=-1)
    return np.divide(total, count, out=np.full(len(layers), np.nan), where=count > 0)


def estimate(values: np.ndarray) -> Estimate:
    """Interquartile mean of the numbers among `values` [n], and its bootstrap interval; NaN where there is
    none."""
    numbers = values[np.isfinite(values)]
    if not len(numbers):
        return Estimate(np.nan, np.nan, np.nan)
    return mean_estimate(numbers, CONFIDENCE, np.random.default_rng(0))


def measures(quantity: str, levels: Levels, values: Mapping[str, np.ndarray]) -> tuple[Measure, ...]:
    """A measure for each case that has numbers. `values`: case -> [n] what was measured of its replicates."""
    estimates = {label: estimate(numbers) for label, numbers in values.items()}
    return tuple(
        Measure(quantity, dict(levels[label]), *each)
        for label, each in estimates.items()
        if np.isfinite(each.point)
    )


def text(values: np.ndarray, *, percent: bool = False) -> str:
    """An estimate in words: a dash where there is nothing to estimate, and a plain 0 where nothing else was
    seen."""
    each = estimate(values)
    if not np.isfinite(each.point):
        return "–"
    return each.text(percent=percent) if any(each) else "0"


def kinds(texts: int, numbers: int) -> tuple[ColumnKind, ...]:
    """How the columns of a table are set: so many texts, then so many numbers."""
    text: ColumnKind = "text"
    number: ColumnKind = "number"
    return (text,) * texts + (number,) * numbers


def drawn_as(levels: Levels) -> dict[str, tuple[str, str]]:
    """Case -> panel and series in a figure: with two hyperparameters, a panel for each level of the
    second."""
    found = {}
    for label, settings in levels.items():
        found[label] = "", label
        if len(settings) == 2:
            (_, first), (name, second) = settings.items()
            found[label] = f"{name} = {second}", str(first)
    return found


def layer_lines(
    name: str, title: str, caption: str, y_title: str, levels: Levels, values: Mapping[str, np.ndarray]
) -> Figure:
    """A quantity against the layer, a line a case: interquartile mean over the replicates and its interval.
    The scale is logarithmic, so zeros are left out; the caption names the cases that have nothing else.

    Args:
        values: case -> [n, layers].
    """
    places = drawn_as(levels)
    rows: list[tuple[str, str, int, float, float, float]] = []
    missing: list[str] = []
    for label, numbers in values.items():
        place = places[label]
        each = [estimate(column) for column in (numbers.T if numbers.ndim == 2 else ())]
        rows += [
            (*place, layer, point, low or point, high)
            for layer, (point, low, high) in enumerate(each, start=1)
            if point > 0
        ]
        if each and not any(point > 0 for point, *_ in each):
            missing.append(label)
    end = f" Nothing but zeros, so not drawn: {'; '.join(missing)}." if missing else ""
    data = pd.DataFrame(rows, columns=["panel", "series", "x", "y", "low", "high"])
    panels, series = (list(dict.fromkeys(place[at] for place in places.values())) for at in (0, 1))
    options = {"x_title": "hidden layer", "y_title": y_title, "y_scale": "log", "points": True}
    options |= {"series": series, "panels": panels}
    return Figure(name, "lines", title, caption + end, {"lines": data}, options)


def nearest_and_farthest(what: str, way: str, ratios: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """A sentence about the cases whose layer-to-layer ratio at the initial weights is nearest to 1 and
    farthest from it.

    Args:
        what: that is multiplied. way: the layer that it comes to, `next` or `previous`. ratios: case -> [n].
    """
    points = {label: estimate(values).point for label, values in ratios.items()}
    known = sorted(
        (label for label, point in points.items() if np.isfinite(point)),
        key=lambda label: abs(np.log(max(points[label], 1e-300))),
    )
    if not known:
        return (f"There are no two hidden layers between which {what} could grow or shrink.",)
    near, far = known[0], known[-1]
    by = f"{what} is multiplied by {text(ratios[near])} from a hidden layer to the {way} one"
    if len(known) == 1:
        return (f"At the initial weights {by}.",)
    return (
        f"At the initial weights {by} with {near}, the nearest to 1, and by {text(ratios[far])} with {far},"
        " the farthest from it.",
    )


def per_layer(
    measured: Measured,
    levels: Levels,
    names: Iterable[str],
    labels: Iterable[str],
    shares: Iterable[str] = (),
) -> tuple[tuple[str | tuple[str, ...], ...], ...]:
    """Rows of a table: every layer of every case, means over the replicates, at the initial weights and below
    at the kept.

    Args:
        names: of what was measured of layers. labels: of what names them. shares: those of `names` in
            percent.
    """
    rows: list[tuple[str | tuple[str, ...], ...]] = []
    for case in levels:
        first = next(iter(measured[case]), {})
        for layer in range(len(first.get("layers", ()))):
            cells = (
                tuple(
                    _mean(stacked(measured[case], f"{when}.{name}"), layer, name in shares) for when in WHEN
                )
                for name in names
            )
            rows.append((case, *(str(first[label][layer]) for label in labels), *cells))
    return tuple(rows)


def _mean(layers: np.ndarray, layer: int, percent: bool) -> str:
    if not len(layers) or not np.isfinite(layers[:, layer]).all():
        return "–"
    return f"{layers[:, layer].mean():{'.1%' if percent else '.3g'}}"
