"""How the inputs are scaled: the curvature that they give to the loss of the first layer, direction by
direction.

For one linear unit and squared error the Hessian is the mean of x x' over the examples (a 1 beside x for the
bias): its largest eigenvalue bounds the learning rate, and the ratio of the largest to the least, the
condition number, is how many times slower the slowest direction is learned than the fastest (LeCun, Bottou,
Orr and Müller 1998, Efficient BackProp, section 5). No weight is looked at, so all replicates have the same.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from suite.analysis.records import Figure, Measure, Section, Table, Text
from suite.probes.estimates import Levels, Measured, drawn_as, kinds
from suite.study.config import Config

EXAMPLES = 4096

FLAT = 1e-12
"""Eigenvalues below this share of the largest are no directions: nothing varies along them, and no step is
taken."""

CLAIM = (
    "For a linear unit and squared error the curvature of the loss is the mean of x x' over the training"
    " examples, with a 1 beside x for the bias. A rate above 2 over its largest eigenvalue diverges; at"
    " such a rate the slowest direction needs about as many steps as the condition number says (LeCun et"
    " al. 1998, Efficient BackProp, section 5)."
)


def measure(
    config: Config, initial: Sequence[np.ndarray], kept: Sequence[np.ndarray] | None
) -> dict[str, np.ndarray]:
    """Measures the inputs of one replicate, as the first layer takes them.

    Returns:
        `eigenvalues` [directions], the largest first, without flat ones.

    Raises:
        ValueError: inputs that are tokens.
    """
    from suite.probes.hidden import batch_of
    from suite.training.load import prepared

    if prepared(config).vocabulary_size:
        raise ValueError(
            "the probe `inputs` expects inputs that are numbers. Received: tokens of"
            f" dataset={config.dataset!r}."
        )
    x = batch_of(config, EXAMPLES).x.numpy()
    return {"eigenvalues": curvatures(x.reshape(len(x), -1))}


def curvatures(x: np.ndarray) -> np.ndarray:
    """Gives the eigenvalues of the mean of x x' with a 1 beside x, the largest first, without flat ones.

    Args:
        x: [n, features].
    """
    with_bias = np.column_stack([x, np.ones(len(x))]).astype(np.float64)
    found = np.linalg.svd(with_bias, compute_uv=False) ** 2 / len(x)
    return np.asarray(found[found > FLAT * found[0]])


def find(measured: Measured, levels: Levels) -> tuple[Section, tuple[Measure, ...]]:
    """Makes findings of what was measured of the first replicate of each case."""
    found = {label: measured[label][0]["eigenvalues"] for label in levels if measured[label]}
    measures = tuple(
        Measure(f"inputs.{name}", dict(levels[label]), *(float(value),) * 3)
        for label, values in found.items()
        for name, value in {
            "condition_number": values[0] / values[-1],
            "largest_eigenvalue": values[0],
        }.items()
    )
    rows = tuple(
        (
            label,
            f"{values[0]:.3g}",
            f"{values[-1]:.3g}",
            f"{values[0] / values[-1]:.3g}",
            f"{2 / values[0]:.3g}",
        )
        for label, values in found.items()
    )
    columns = ("", "largest eigenvalue", "least", "condition number", "2 / largest: rates above diverge")
    blocks = (
        _figure(levels, found),
        Table(columns, rows, kinds=kinds(1, len(columns) - 1)),
        Text((CLAIM,), kind="soft"),
    )
    return Section("inputs", "What the inputs make of the loss", blocks), measures


def _figure(levels: Levels, found: dict[str, np.ndarray]) -> Figure:
    places = drawn_as(levels)
    rows = [
        (*places[label], place, value)
        for label, values in found.items()
        for place, value in enumerate(values, start=1)
    ]
    options = {"x_title": "direction", "y_title": "curvature", "y_scale": "log", "points": True}
    return Figure(
        "input_curvatures",
        "lines",
        "Curvature of the loss, direction by direction: a level line is learned evenly, a steep one unevenly",
        "Eigenvalues of the mean of x x' over the training examples, the largest first.",
        {"lines": pd.DataFrame(rows, columns=["panel", "series", "x", "y"])},
        options,
    )
