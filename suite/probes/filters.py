"""What do the convolutions look for, and what becomes of an image on its way through them?

The filters of the first convolution and the feature maps of the first and the last, for one training example
that is the same for every replicate; and the shape and parameters of every layer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from suite.analysis.records import Block, Details, Figure, Measure, Section, Table, Text
from suite.probes.estimates import SUFFIX, WHEN, Levels, Measured, kinds, measures, stacked, text
from suite.study.config import Config

DRAWN = 8
"""Filters and feature maps that are drawn, the first ones of a layer."""

SMOOTH = (
    "Roughness is how much neighbouring weights of a first-layer filter differ: the mean square of their"
    " differences, over twice the mean square of the weights about their mean. Independent random weights"
    " have about 1; a filter that sees edges or blobs has less."
)


def measure(
    config: Config, initial: Sequence[np.ndarray], kept: Sequence[np.ndarray] | None
) -> dict[str, np.ndarray]:
    """Measures one replicate.

    Returns:
        `layers`, `shapes` [layers] texts and `parameters` [layers]; for both of WHEN `filters`
        [count, height, width] of the first convolution, the mean over its input channels, `first` and `last`
        [count, height, width] feature maps, and `roughness`. Nothing of `kept` if there are no kept weights.

    Raises:
        ValueError: the model has no convolution over images.
    """
    import keras

    from suite.probes.hidden import batch_of, hidden_layers, model_of, recorded

    batch = batch_of(config, 1)
    found: dict[str, np.ndarray] = {}
    for when, weights in {"initial": initial, "kept": kept}.items():
        if weights is None:
            continue
        model = model_of(config, weights)
        with recorded(model) as calls:
            outputs = model(batch.x)
        found["layers"] = np.array([type(call.layer).__name__ for call in calls])
        found["shapes"] = np.array([" × ".join(map(str, call.output.shape[1:])) for call in calls])
        found["parameters"] = np.array([call.layer.count_params() for call in calls])
        hidden = [each for each in hidden_layers(calls, outputs) if "Conv2D" in each.name]
        if not hidden:
            raise ValueError(
                f"the probe `filters` expects a model with convolutions over images. Received:"
                f" model={config.model!r}."
            )
        kernel = keras.ops.convert_to_numpy(hidden[0].kernels[0]).mean(axis=2)
        maps = {name: each.output.numpy()[0] for name, each in (("first", hidden[0]), ("last", hidden[-1]))}
        found[f"{when}.filters"] = np.moveaxis(kernel, -1, 0)
        found[f"{when}.roughness"] = np.array(roughness(np.moveaxis(kernel, -1, 0)))
        found |= {f"{when}.{name}": np.moveaxis(each, -1, 0)[:DRAWN] for name, each in maps.items()}
        found["places"] = np.array([each.output.shape[1] * each.output.shape[2] for each in hidden])
    return found


def roughness(filters: np.ndarray) -> float:
    """Says how much neighbouring weights of filters [count, height, width] differ; NaN where there are no
    neighbours."""
    count, height, width = filters.shape
    steps = np.concatenate([np.diff(filters, axis=axis).reshape(count, -1) for axis in (1, 2)], axis=1)
    spread = filters.reshape(count, -1).var(axis=1, ddof=min(1, height * width - 1))
    return float(np.mean(steps**2) / (2 * np.mean(spread))) if steps.size and spread.any() else np.nan


def find(measured: Measured, levels: Levels) -> tuple[Section, tuple[Measure, ...]]:
    """Makes findings of what was measured of the replicates of all cases."""
    first = {label: measured[label][0] for label in levels if measured[label]}
    quantities: dict[str, dict[str, np.ndarray]] = {
        "parameters": {label: _total(measured[label]) for label in first},
        "first_places": {label: stacked(measured[label], "places")[:, 0] for label in first},
        "last_places": {label: stacked(measured[label], "places")[:, -1] for label in first},
    }
    rough = {
        when: {label: stacked(measured[label], f"{when}.roughness") for label in levels} for when in WHEN
    }
    quantities |= {f"roughness{SUFFIX[when]}": values for when, values in rough.items()}
    found = tuple(
        each for name, values in quantities.items() for each in measures(f"filters.{name}", levels, values)
    )
    rows = tuple(
        (
            label,
            f"{int(quantities['parameters'][label][0]):,}",
            f"{int(quantities['first_places'][label][0]):,}",
            f"{int(quantities['last_places'][label][0]):,}",
            *(text(rough[when][label]) for when in WHEN),
        )
        for label in first
    )
    headings = ("", "parameters", "places of a map, first", "last", "roughness, initial", "kept")
    blocks: tuple[Block, ...] = (
        Table(headings, rows, kinds=kinds(1, 5)),
        Text((SMOOTH,), kind="soft"),
        *(figure for figure in (_filters(first), _maps(first)) if len(figure.data["pixels"])),
        Details("The shape and parameters of every layer", (_every_layer(first),)),
    )
    return Section("filters", "Filters, feature maps and shapes", blocks), found


def _total(replicates: Sequence[Mapping[str, np.ndarray]]) -> np.ndarray:
    """[n] parameters of the whole model."""
    return stacked(replicates, "parameters").sum(axis=-1)


def _filters(first: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Filters of the first layer, before and after training."""
    rows = {
        f"{label}, {when}": replicate[f"{when}.filters"][:DRAWN]
        for label, replicate in first.items()
        for when in WHEN
        if f"{when}.filters" in replicate and replicate[f"{when}.filters"][0].size > 1
    }
    return Figure(
        "filters",
        "images",
        "What the first layer looks for, before and after training: edges and blobs, or noise",
        f"The first {DRAWN} filters of the first replicate of each case, at the initial and the kept weights;"
        " grey is 0. A filter of 1 × 1 is one number and not drawn.",
        {"pixels": _pixels(rows)},
        {"rows": list(rows), "signed": True},
    )


def _maps(first: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Feature maps of the first and last layer."""
    rows = {
        f"{label}, {layer}": replicate[f"kept.{layer}"]
        for label, replicate in first.items()
        for layer in ("first", "last")
        if f"kept.{layer}" in replicate
    }
    return Figure(
        "feature_maps",
        "images",
        "What becomes of one image: what each map of the first and of the last layer answers to",
        f"The first {DRAWN} feature maps of the first and the last convolution, after activation and before"
        " pooling, for one training example; kept weights of the first replicate.",
        {"pixels": _pixels(rows)},
        {"rows": list(rows)},
    )


def _pixels(rows: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """A row for each pixel of pictures [count, height, width]."""
    parts = []
    for row, pictures in rows.items():
        column, y, x = np.indices(pictures.shape).reshape(3, -1)
        values = {"column": column, "y": y, "x": x, "value": np.round(pictures, 4).reshape(-1)}
        parts.append(pd.DataFrame(values).assign(row=row))
    return pd.concat(parts) if parts else pd.DataFrame(columns=["row", "column", "y", "x", "value"])


def _every_layer(first: Mapping[str, Mapping[str, Any]]) -> Table:
    """Every layer of every case."""
    rows = tuple(
        (label, str(layer), str(shape), f"{int(count):,}")
        for label, replicate in first.items()
        for layer, shape, count in zip(
            replicate["layers"], replicate["shapes"], replicate["parameters"], strict=True
        )
    )
    return Table(("", "layer", "output of one example", "parameters"), rows, kinds=kinds(3, 1))
