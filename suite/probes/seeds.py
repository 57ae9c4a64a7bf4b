"""How much a seed alone moves the test error, and how much of that is the test split's doing.

If a network that is trained to the end errs at an example as often, over seeds, as the networks disagree
there, then of two classes the test error has a variance of error / (2n) over seeds, n being the size of the
test split (Jordan 2024, arXiv:2304.01910, section 3.4); of more classes it is at most that.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from suite.analysis.curve import is_wide
from suite.analysis.estimate import Estimate
from suite.analysis.records import Block, Figure, Measure, Section, Table, Text
from suite.analysis.words import coordinates
from suite.probes.estimates import Levels, Measured, kinds
from suite.probes.outputs import answers, jackknifed, measure, numeric
from suite.study.config import Config

__all__ = ["Config", "find", "measure"]

FEWEST = 5
"""Replicates that a variance needs."""

READING = (
    "Each replicate has another seed and the same data. Error / (2n) is what theory says of the variance"
    " when training has ended (Jordan 2024, arXiv:2304.01910). If the seeds moved each test example by"
    " itself, the variance would be what the fourth column says: all of it then comes from the finite test"
    " split, and would be gone on a very large one. What is left over would stay: those networks differ"
    " in how good they are."
)
HEADINGS = (
    "",
    "test error",
    "standard deviation over seeds",
    "if examples were independent",
    "root of error / (2n)",
    "variance / (error / (2n))",
)


def find(measured: Measured, levels: Levels) -> tuple[Section, tuple[Measure, ...]]:
    """Makes findings of what was measured of the replicates of all cases."""
    wrong = {label: _wrong(measured[label]) for label in levels}
    found = {label: spread(each) for label, each in wrong.items() if len(each) >= FEWEST}
    measures = tuple(
        Measure(f"seeds.{name}", dict(levels[label]), *each)
        for label, spreads in found.items()
        for name, each in spreads.items()
    )
    if not found:
        few = f"Fewer than {FEWEST} replicates say nothing of how much a seed moves the error."
        return Section("seeds", "What a seed moves", (Text((few,)),), few), measures
    rows = tuple((label, *_cells(spreads)) for label, spreads in found.items())
    table = Table(HEADINGS, rows, kinds=kinds(1, len(HEADINGS) - 1))
    blocks: tuple[Block, ...] = (table, Text((READING,), kind="soft"))
    return Section(
        "seeds", "What a seed moves", blocks, _answer(found, levels), _figure(found, levels)
    ), measures


def _wrong(replicates: object) -> np.ndarray:
    """[r, n] whether each replicate errs at each example of the test split."""
    labels, probabilities = answers(replicates)  # type: ignore[arg-type]
    return probabilities.argmax(axis=-1) != labels if len(probabilities) else np.zeros((0, 0), bool)


def spread(wrong: np.ndarray) -> dict[str, Estimate]:
    """Measures how the test error varies.

    Args:
        wrong: [r, n] whether each replicate errs at each example.

    Returns:
        `error`: the mean; `deviation`: its standard deviation over replicates; `independent`: what that would
        be if examples were independent; `theory`: the root of error / (2n); `variance_ratio`: the variance
        over error / (2n); `lasting_ratio`: the same of the variance that is left when the independent part
        is taken off. Each with its interval.
    """
    n = wrong.shape[1]
    # a row of a replicate: its error, and its errors at each example, whose frequencies give the rest
    numbers = np.column_stack([wrong.mean(axis=1), wrong]).astype(np.float32)

    def error(rows: np.ndarray) -> float:
        return float(rows[:, 0].mean())

    def variance(rows: np.ndarray) -> float:
        return max(float(rows[:, 0].astype(float).var(ddof=1)), 1e-12)

    def independent(rows: np.ndarray) -> float:
        often = rows[:, 1:].mean(axis=0, dtype=float)
        return float(np.sum(often * (1 - often))) / n**2 * len(rows) / (len(rows) - 1)

    def theory(rows: np.ndarray) -> float:
        return max(error(rows), 0.5 / n) / (2 * n)

    statistics = {
        "error": error,
        "deviation": lambda rows: variance(rows) ** 0.5,
        "independent": lambda rows: independent(rows) ** 0.5,
        "theory": lambda rows: theory(rows) ** 0.5,
        "variance_ratio": lambda rows: variance(rows) / theory(rows),
        "lasting_ratio": lambda rows: (variance(rows) - independent(rows)) / theory(rows),
    }
    positive = ("deviation", "variance_ratio")
    return {
        name: jackknifed(statistic, numbers, positive=name in positive)
        for name, statistic in statistics.items()
    }


def _cells(spreads: Mapping[str, Estimate]) -> tuple[str, ...]:
    names = ("error", "deviation", "independent", "theory")
    shares = (
        spreads[name].text(percent=True) if name in ("error", "deviation") else f"{spreads[name].point:.2%}"
        for name in names
    )
    return (*shares, spreads["variance_ratio"].text())


def _answer(found: Mapping[str, Mapping[str, Estimate]], levels: Levels) -> str:
    first, *_, last = [*found] * 2
    each = [
        f"{found[label]['deviation'].text(percent=True)} at {coordinates(levels[label]) or label}, where"
        f" error / (2n) foretells {found[label]['theory'].point:.2%}"
        for label in dict.fromkeys((first, last))
    ]
    return f"A seed alone moves the test error by (standard deviation) {'; '.join(each)}."


def _figure(found: Mapping[str, Mapping[str, Estimate]], levels: Levels) -> Figure | None:
    """The standard deviation over the levels, where these are numbers."""
    names = {
        "deviation": "over seeds",
        "theory": "root of error / (2n)",
        "independent": "if examples were independent",
    }
    rows = [
        (series, x, estimate.point, *bounds)
        for name, series in names.items()
        for label, spreads in found.items()
        if (x := numeric(levels[label])) is not None
        for estimate in [spreads[name]]
        for bounds in [(estimate.low, estimate.high) if name == "deviation" else (estimate.point,) * 2]
    ]
    if len({row[1] for row in rows}) < 2:
        return None
    data = pd.DataFrame(rows, columns=["series", "x", "y", "low", "high"]).assign(
        **{name: lambda frame, name=name: 100 * frame[name].clip(lower=0) for name in ("y", "low", "high")}
    )
    (hyperparameter,) = next(iter(levels.values()))
    return Figure(
        "seeds",
        "lines",
        "How much a seed alone moves the test error",
        "Standard deviation of the test error over seeds, with its 95% interval, in percentage points; what"
        " theory says of trained networks; and what it would be if seeds moved each test example by itself.",
        {"lines": data},
        {
            "x_title": hyperparameter,
            "y_title": "standard deviation, percentage points",
            "x_scale": "log" if is_wide(data["x"]) else "linear",
            "points": True,
            "ticks": sorted(set(data["x"])),
            "series": [*names.values()],
        },
    )
