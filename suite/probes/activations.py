"""What the hidden layers put out: is the signal kept from layer to layer, do units die or saturate?

Moments, dead and saturated units and histograms of every hidden layer (`suite.probes.hidden` says which those
are), on the same 256 training examples for every replicate, as in training: batch normalization by the batch,
no dropout.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from suite.analysis.records import Block, Details, Figure, Measure, Section, Table, Text
from suite.probes.estimates import (
    CONFIDENCE,
    SUFFIX,
    WHEN,
    Levels,
    Measured,
    kinds,
    last,
    layer_lines,
    mean_of_numbers,
    measures,
    nearest_and_farthest,
    per_layer,
    ratio_per_layer,
    stacked,
    text,
)
from suite.study.config import Config

EXAMPLES = 256
BINS = 40

RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, 4.0), "gated": (-1.0, 1.0)}
"""Activation -> the range of its histogram, OTHERWISE for others; what lies outside counts in the outermost
bins."""

OTHERWISE = (-4.0, 4.0)

SATURATED = 0.97
"""Tanh beyond plus or minus this, or sigmoid beyond this or 1 minus this, is saturated: its slope is below
0.06 or 0.03."""

CLAIM = (
    "E[h²] is the mean square of what a layer puts out. Initial weights of variance 2 / fan_in keep it"
    " from layer to layer under ReLU, those of variance 1 / fan_in halve it (He et al. 2015,"
    " arXiv:1502.01852, section 2.2)."
)
SIGNAL = (
    "The signal of a layer is the variance of a unit over the examples, in the mean over the units: a"
    " layer that says the same of every example has none, whatever its E[h²]."
)
READING = (
    "Ratios are geometric means over the steps from a hidden layer to the next. A dead unit is a ReLU that"
    f" is 0 for every example; a saturated output is a tanh beyond ±{SATURATED}, or a sigmoid within"
    f" {1 - SATURATED:.2f} of 0 or 1. Padding of sequences counts like everything else."
)
QUANTITIES = {
    "second_moment_ratio": "E[h²], layer to layer",
    "signal_ratio": "signal, layer to layer",
    "std_last": "std, last layer",
    "dead_units": "dead units",
    "saturated": "saturated",
}
"""Measure -> heading. At the kept weights the names of measures end in `_kept`."""

COLUMNS = ("second_moment_ratio", "signal_ratio", "dead_units", "saturated")
SHARES = ("dead_units", "saturated")


def measure(
    config: Config, initial: Sequence[np.ndarray], kept: Sequence[np.ndarray] | None
) -> dict[str, np.ndarray]:
    """Measures one replicate.

    Returns:
        `layers` and `activations`: [layers] names; for both of WHEN what `moments` gives, for each layer:
        `initial.mean` [layers] and so on. Nothing of `kept` if there are no kept weights.
    """
    from suite.probes.hidden import batch_of, hidden_layers, model_of, recorded

    batch = batch_of(config, EXAMPLES)
    found: dict[str, np.ndarray] = {}
    for when, weights in {"initial": initial, "kept": kept}.items():
        if weights is None:
            continue
        model = model_of(config, weights)
        with recorded(model) as calls:
            outputs = model(batch.x, training=True)
        hidden = hidden_layers(calls, outputs)
        found["layers"] = np.array([layer.name for layer in hidden])
        found["activations"] = np.array([layer.activation for layer in hidden])
        each = [moments(layer.output.numpy(), layer.activation) for layer in hidden]
        for name in each[0] if each else ():
            found[f"{when}.{name}"] = np.array([numbers[name] for numbers in each])
    return found


def moments(output: np.ndarray, activation: str) -> dict[str, np.ndarray | float]:
    """Measures what one layer puts out.

    Args:
        output: [batch, ..., units]. activation: its name, which decides what is dead, what saturated, and the
            histogram.

    Returns:
        `mean`, `std` and `second_moment` of all numbers; `signal`; shares of `dead_units` and `saturated`
        outputs, NaN for an activation that cannot be; `histogram` [BINS] shares.
    """
    numbers = output.astype(np.float64)
    span, examples = RANGES.get(activation, OTHERWISE), tuple(range(numbers.ndim - 1))
    far = {"tanh": np.abs(numbers) > SATURATED, "sigmoid": np.abs(numbers - 0.5) > SATURATED - 0.5}
    dead = np.mean(np.all(numbers == 0, axis=examples)) if activation == "relu" else np.nan
    return {
        "mean": numbers.mean(),
        "std": numbers.std(),
        "second_moment": np.mean(numbers**2),
        "signal": np.mean(numbers.var(axis=0)),
        "dead_units": float(dead),
        "saturated": float(np.mean(far[activation])) if activation in far else np.nan,
        "histogram": np.histogram(np.clip(numbers, *span), bins=BINS, range=span)[0] / numbers.size,
    }


def find(measured: Measured, levels: Levels) -> tuple[Section, tuple[Measure, ...]]:
    """Makes findings of what was measured of the replicates of all cases."""
    values = {when: {label: _values(measured[label], when) for label in levels} for when in WHEN}
    found = tuple(
        each
        for when, cases in values.items()
        for name in QUANTITIES
        for each in measures(
            f"activations.{name}{SUFFIX[when]}", levels, {label: case[name] for label, case in cases.items()}
        )
    )
    ratios = {label: case["signal_ratio"] for label, case in values["initial"].items()}
    blocks: tuple[Block, ...] = (
        Text((*nearest_and_farthest("the signal", "next", ratios), SIGNAL, CLAIM)),
        _table(levels, values),
        Text((READING,), kind="soft"),
        *_figures(measured, levels, "initial"),
        Details("The same at the kept weights", _figures(measured, levels, "kept")),
        Details("Every layer", (_every_layer(measured, levels),)),
    )
    return Section("activations", "What the hidden layers put out", blocks), found


def _values(replicates: Sequence[Mapping[str, np.ndarray]], when: str) -> dict[str, np.ndarray]:
    """Quantity -> [n] of the replicates."""
    layers = {name: stacked(replicates, f"{when}.{name}") for name in ("second_moment", "std", "signal")}
    shares = {name: stacked(replicates, f"{when}.{name}") for name in SHARES}
    return {
        "second_moment_ratio": ratio_per_layer(layers["second_moment"]),
        "signal_ratio": ratio_per_layer(layers["signal"]),
        "std_last": last(layers["std"]),
        **{name: mean_of_numbers(values) for name, values in shares.items()},
    }


def _table(levels: Levels, values: Mapping[str, Mapping[str, Mapping[str, np.ndarray]]]) -> Table:
    """A row a case: at the initial weights, and below at the kept ones; what no case can have has no
    column."""
    shown = [
        name for name in COLUMNS if any(np.isfinite(values["initial"][case][name]).any() for case in levels)
    ]
    rows: list[tuple[str | tuple[str, ...], ...]] = []
    for label in levels:
        cells = (
            tuple(text(values[when][label][name], percent=name in SHARES) for when in WHEN) for name in shown
        )
        rows.append((label, tuple(WHEN), *cells))
    headings = ("", "weights", *(QUANTITIES[name] for name in shown))
    return Table(headings, tuple(rows), kinds=kinds(1, len(shown) + 1))


def _figures(measured: Measured, levels: Levels, when: str) -> tuple[Figure, ...]:
    """The mean square and the signal by layer, and histograms of every layer."""
    square, signal = (
        {label: stacked(measured[label], f"{when}.{name}") for label in levels}
        for name in ("second_moment", "signal")
    )
    caption = f"Interquartile mean over the replicates and its {CONFIDENCE:.0%} interval, {WHEN[when]}."
    level = "a level line keeps it, a slope loses it or lets it grow"
    second = {tuple(settings.values())[1] for settings in levels.values() if len(settings) == 2}
    options = {"x_title": "output", "row_title": "hidden layer", "panels": list(levels)}
    return (
        layer_lines(
            f"activations_{when}", f"E[h²], layer by layer: {level}", caption, "E[h²]", levels, square
        ),
        layer_lines(
            f"signal_{when}",
            f"The signal, layer by layer: {level}",
            f"How much the outputs of a unit vary from example to example. {caption}",
            "signal",
            levels,
            signal,
        ),
        Figure(
            f"activation_histograms_{when}",
            "histograms",
            "What the layers put out: spread is a signal, a spike is none, piles at the ends are saturated",
            f"Square roots of the shares of all outputs of a layer over all replicates, {WHEN[when]}; the"
            " outermost bins hold what lies beyond.",
            {"histograms": _bins(measured, levels, when)},
            options | ({"columns": len(second)} if second else {}),
        ),
    )


def _bins(measured: Measured, levels: Levels, when: str) -> pd.DataFrame:
    """A row for each bin that is drawn: `panel` (the case), `row` (the layer), `left`, `right`, `count`."""
    rows = []
    for label in levels:
        shares = stacked(measured[label], f"{when}.histogram")
        for layer, share in enumerate(shares.mean(axis=0) if len(shares) else ()):
            span = RANGES.get(str(measured[label][0]["activations"][layer]), OTHERWISE)
            edges = np.linspace(*span, BINS + 1)
            rows += [
                (label, layer + 1, edges[place], edges[place + 1], count)
                for place, count in enumerate(share)
                if count or place in (0, BINS - 1)  # which keep the axis as long as the range
            ]
    return pd.DataFrame(rows, columns=["panel", "row", "left", "right", "count"])


def _every_layer(measured: Measured, levels: Levels) -> Table:
    """Means over the replicates, before and after training."""
    names = {"mean": "mean", "std": "std", "second_moment": "E[h²]", "signal": "signal"}
    names |= {name: QUANTITIES[name] for name in SHARES}
    rows = per_layer(measured, levels, names, ("layers", "activations"), SHARES)
    return Table(("", "layer", "activation", *names.values()), rows, kinds=kinds(3, len(names)))
