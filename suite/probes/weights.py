"""What training makes of the weights: do they grow or shrink, and are there many that hardly count?

Kernels only, as penalties act on nothing else; the output layer's too.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from suite.analysis.records import Block, Figure, Measure, Section, Table, Text
from suite.probes.estimates import SUFFIX, WHEN, Levels, Measured, kinds, measures, stacked, text
from suite.study.config import Config

NEAR = 0.01
"""A weight hardly counts if it is smaller than this share of the largest of its kernel."""

BINS = 41
"""Of a histogram: an odd number, so that one lies around 0."""

READING = (
    f"A weight hardly counts if it is smaller than {NEAR:.0%} of the largest weight of its kernel. A penalty"
    " on absolute values pushes each weight towards 0 by the same step however small it is already, one on"
    " squares by less and less (Goodfellow, Bengio and Courville 2016, Deep Learning, section 7.1)."
)
QUANTITIES = {"near_zero": "weights that hardly count", "rms": "root mean square of the weights"}
"""Measure -> heading. At the kept weights the names of measures end in `_kept`."""


def measure(
    config: Config, initial: Sequence[np.ndarray], kept: Sequence[np.ndarray] | None
) -> dict[str, np.ndarray]:
    """Measures one replicate.

    Returns:
        For both of WHEN: `initial.near_zero` share of the weights that hardly count; `initial.rms` their root
        mean square; `initial.histogram` [BINS] shares of the weights over their largest. Nothing of `kept` if
        there are no kept weights.
    """
    from suite.probes.hidden import model_of

    found: dict[str, np.ndarray] = {}
    for when, weights in {"initial": initial, "kept": kept}.items():
        if weights is not None:
            variables = model_of(config, weights).trainable_variables
            kernels = [v.numpy().astype(float) for v in variables if v.name.endswith("kernel")]
            found |= {f"{when}.{name}": np.array(number) for name, number in of_kernels(kernels).items()}
    return found


def of_kernels(kernels: Sequence[np.ndarray]) -> dict[str, np.ndarray | float]:
    """Measures the kernels of one network: `near_zero`, `rms` and `histogram` of `measure`; NaN, and an empty
    histogram, of a network without kernels or with nothing but zeros."""
    largest = [float(np.abs(kernel).max()) for kernel in kernels]
    scaled = [kernel.ravel() / most for kernel, most in zip(kernels, largest, strict=True) if most > 0]
    if not scaled:
        return {"near_zero": np.nan, "rms": np.nan, "histogram": np.zeros(BINS)}
    relative, every = np.concatenate(scaled), np.concatenate([kernel.ravel() for kernel in kernels])
    return {
        "near_zero": float(np.mean(np.abs(relative) < NEAR)),
        "rms": float(np.sqrt(np.mean(every**2))),
        "histogram": np.histogram(relative, BINS, (-1, 1))[0] / relative.size,
    }


def find(measured: Measured, levels: Levels) -> tuple[Section, tuple[Measure, ...]]:
    """Makes findings of what was measured of the replicates of all cases."""
    values = {
        when: {
            label: {name: stacked(measured[label], f"{when}.{name}") for name in QUANTITIES}
            for label in levels
        }
        for when in WHEN
    }
    found = tuple(
        each
        for when, cases in values.items()
        for name in QUANTITIES
        for each in measures(
            f"weights.{name}{SUFFIX[when]}", levels, {label: case[name] for label, case in cases.items()}
        )
    )
    blocks: tuple[Block, ...] = (
        _table(levels, values),
        Text((READING,), kind="soft"),
        _figure(measured, levels),
    )
    return Section("weights", "What became of the weights", blocks), found


def _table(levels: Levels, values: Mapping[str, Mapping[str, Mapping[str, np.ndarray]]]) -> Table:
    """A row a case: at the initial weights, and below at the kept ones."""
    rows: list[tuple[str | tuple[str, ...], ...]] = []
    for label in levels:
        cells = (
            tuple(text(values[when][label][name], percent=name == "near_zero") for when in WHEN)
            for name in QUANTITIES
        )
        rows.append((label, tuple(WHEN), *cells))
    return Table(("", "weights", *QUANTITIES.values()), tuple(rows), kinds=kinds(1, len(QUANTITIES) + 1))


def _figure(measured: Measured, levels: Levels) -> Figure:
    """Histograms of the weights of every case, before and after training."""
    edges = np.linspace(-1, 1, BINS + 1)
    rows = []
    for label in levels:
        for row, when in enumerate(WHEN, start=1):
            shares = stacked(measured[label], f"{when}.histogram")
            for place, share in enumerate(shares.mean(axis=0) if len(shares) else ()):
                rows.append((label, row, edges[place], edges[place + 1], share))
    return Figure(
        "weight_histograms",
        "histograms",
        "The weights before training and after it: a spike in the middle is weights that hardly count",
        "Square roots of the shares of all weights, each over the largest of its kernel, over all replicates;"
        " 1: at the initial weights, 2: at the kept ones.",
        {"histograms": pd.DataFrame(rows, columns=["panel", "row", "left", "right", "count"])},
        {"x_title": "weight / largest", "row_title": "initial, kept", "panels": list(levels)},
    )
