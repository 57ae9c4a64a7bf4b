"""What comes back through the layers: do gradients vanish or explode, and which kernels get none?

For every hidden layer (`suite.probes.hidden` says which those are) the gradient of the loss by its kernels,
and by its output, which is the signal that is propagated back; on the same 64 training examples for every
replicate, as in training: batch normalization by the batch, no dropout. Penalties are no part of this loss.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from suite.analysis.records import Details, Figure, Measure, Section, Table, Text
from suite.probes.estimates import (
    CONFIDENCE,
    SUFFIX,
    WHEN,
    Levels,
    Measured,
    kinds,
    layer_lines,
    measures,
    nearest_and_farthest,
    per_layer,
    ratio,
    ratio_per_layer,
    stacked,
    text,
)
from suite.study.config import Config

EXAMPLES = 64

CLAIM = (
    "Initial weights of variance 2 / fan_out keep the mean square of the signal from layer to layer on its"
    " way back under ReLU (He et al. 2015, arXiv:1502.01852, section 2.3); between layers of one width"
    " fan_in and fan_out are the same."
)
READING = (
    "The signal is the gradient of an example's loss by what a layer puts out, root mean square over the"
    " outputs. First to last is the first hidden layer's over the last one's: far below 1 it vanishes on"
    " its way back, far above 1 it explodes. A kernel without a gradient, of the output layer too, does"
    " not learn at all."
)
QUANTITIES = {
    "signal_ratio": "signal², layer to layer",
    "first_to_last": "signal, first to last",
    "kernel_first_to_last": "kernel gradient, first to last",
    "zero_kernels": "kernels without a gradient",
}
"""Measure -> heading. At the kept weights the names of measures end in `_kept`."""
KINDS = kinds(1, len(QUANTITIES) + 1)


def measure(
    config: Config, initial: Sequence[np.ndarray], kept: Sequence[np.ndarray] | None
) -> dict[str, np.ndarray]:
    """Measures one replicate.

    Returns:
        `layers` [layers]: names; for both of WHEN: `initial.signal` [layers] root mean square of the gradient
        of each example's loss by the layer's output; `initial.kernel` [layers] norm of the gradient of the
        mean loss by the layer's kernels; `initial.zero_kernels` share of the model's kernels whose gradient
        is 0. Nothing of `kept` if there are no kept weights.
    """
    import tensorflow as tf

    from suite.probes.hidden import batch_of, hidden_layers, model_of, recorded

    batch = batch_of(config, EXAMPLES)
    found: dict[str, np.ndarray] = {}
    for when, weights in {"initial": initial, "kept": kept}.items():
        if weights is None:
            continue
        model = model_of(config, weights)
        with tf.GradientTape() as tape, recorded(model) as calls:
            outputs = model(batch.x, training=True)
            loss = batch.task_loss.mean_loss(batch.y, outputs)
        hidden = hidden_layers(calls, outputs)
        kernels = [v for v in model.trainable_variables if v.name.endswith("kernel")]
        wanted = [layer.output for layer in hidden], kernels
        signals, gradients = tape.gradient(loss, wanted, unconnected_gradients="zero")
        norms = {id(v): np.linalg.norm(np.ravel(g)) for v, g in zip(kernels, gradients, strict=True)}
        found["layers"] = np.array([layer.name for layer in hidden])
        found[f"{when}.signal"] = np.array([_root_mean_square(each) * len(batch.y) for each in signals])
        found[f"{when}.kernel"] = np.array(
            [np.linalg.norm([norms[id(v)] for v in layer.kernels]) for layer in hidden]
        )
        found[f"{when}.zero_kernels"] = np.mean([norm == 0 for norm in norms.values()] or [np.nan])
    return found


def _root_mean_square(tensor: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.asarray(tensor, np.float64) ** 2)))


def find(measured: Measured, levels: Levels) -> tuple[Section, tuple[Measure, ...]]:
    """Makes findings of what was measured of the replicates of all cases."""
    values = {when: {label: _values(measured[label], when) for label in levels} for when in WHEN}
    found = tuple(
        each
        for when, cases in values.items()
        for name in QUANTITIES
        for each in measures(
            f"gradients.{name}{SUFFIX[when]}", levels, {label: case[name] for label, case in cases.items()}
        )
    )
    ratios = {label: case["signal_ratio"] for label, case in values["initial"].items()}
    headings = ("", "weights", *QUANTITIES.values())
    names = {"signal": "signal", "kernel": "kernel gradient"}
    rows = per_layer(measured, levels, names, ("layers",))
    every = Table(("", "layer", *names.values()), rows, kinds=kinds(2, 2))
    what = "the mean square of the signal that comes back"
    blocks = (
        Text((*nearest_and_farthest(what, "previous", ratios), CLAIM)),
        Table(headings, tuple(_row(label, values) for label in levels), kinds=KINDS),
        Text((READING,), kind="soft"),
        *_figures(measured, levels, "initial"),
        Details("The same at the kept weights", _figures(measured, levels, "kept")),
        Details("Every layer", (every,)),
    )
    return Section("gradients", "What comes back through the layers", blocks), found


def _values(replicates: Sequence[Mapping[str, np.ndarray]], when: str) -> dict[str, np.ndarray]:
    """Quantity -> [n] of the replicates."""
    signal, kernel = (stacked(replicates, f"{when}.{name}") for name in ("signal", "kernel"))
    some = signal.ndim == 2 and signal.shape[1]
    nothing = np.full(len(signal), np.nan)
    return {
        "signal_ratio": ratio_per_layer(signal[:, ::-1] ** 2) if some else nothing,
        "first_to_last": ratio(signal[:, 0], signal[:, -1]) if some else nothing,
        "kernel_first_to_last": ratio(kernel[:, 0], kernel[:, -1]) if some else nothing,
        "zero_kernels": stacked(replicates, f"{when}.zero_kernels"),
    }


def _row(label: str, values: Mapping[str, Mapping[str, Mapping[str, np.ndarray]]]) -> tuple:
    """A row of the table: at the initial weights, and below at the kept ones."""
    cells = (
        tuple(text(values[when][label][name], percent=name == "zero_kernels") for when in WHEN)
        for name in QUANTITIES
    )
    return label, tuple(WHEN), *cells


def _figures(measured: Measured, levels: Levels, when: str) -> tuple[Figure, Figure]:
    """The signal and the kernels' gradients by layer."""
    caption = f"Interquartile mean over the replicates and its {CONFIDENCE:.0%} interval, {WHEN[when]}."
    signal, kernel = (
        {label: stacked(measured[label], f"{when}.{name}") for label in levels}
        for name in ("signal", "kernel")
    )
    return (
        layer_lines(
            f"gradients_{when}",
            "The signal that comes back: a level line keeps it, one that falls to the left loses it",
            f"Gradient of an example's loss by what a layer puts out, root mean square. {caption}",
            "signal",
            levels,
            signal,
        ),
        layer_lines(
            f"kernel_gradients_{when}",
            "What each layer is told to change",
            f"Norm of the gradient of the loss by a layer's kernels. {caption}",
            "norm of the gradient",
            levels,
            kernel,
        ),
    )
