"""Shows the pipeline stage by stage. Imports no TensorFlow."""

from dataclasses import replace

import numpy as np
import pandas as pd

from suite.analysis import figures
from suite.analysis.records import ColumnKind, Figure, Section, Table, Text
from suite.demonstrations.stages.outcome import Outcome
from suite.demonstrations.stages.trace import COLUMNS, Trace
from suite.study.config import Config

PARAMETERS = ("hidden kernel", "hidden bias", "output kernel", "output bias")


def data(config: Config, trace: Trace) -> Section:
    """The data, and how many steps an epoch has."""
    train, validation, test = trace.examples
    steps, left = divmod(train, config.batch_size)
    said = (
        f"A table of irises: four numbers in centimetres and one of three species. {train} are for training,"
        f" {validation} for decisions on the way (validation), {test} to be looked at once, at the end"
        f" (test).",
        "A batch is what one step sees, an iteration is one step, an epoch is a pass over the training"
        " examples.",
    )
    arithmetic = (
        f"{train} examples / {config.batch_size} a batch = {steps} iterations an epoch, and {left}"
        f" examples left over, which wait for the next epoch's order",
        f"{steps} iterations × {config.epochs} epochs = {steps * config.epochs} steps",
    )
    return Section("data", "1. Data", (Text(said), Text(arithmetic, kind="code"), _batch(trace)))


def shown(trace: Trace) -> list[int]:
    """Places in the batch of the examples that are shown: the first of each class that occurs."""
    return [int(np.flatnonzero(trace.y == each)[0]) for each in np.unique(trace.y)]


def _batch(trace: Trace) -> Table:
    rows = []
    for row in shown(trace):
        pairs = zip(trace.raw[row], trace.x[row], strict=True)
        rows.append((trace.names[trace.y[row]], *(f"{raw:.1f} → {x:+.2f}" for raw, x in pairs)))
    scale = [f"mean {mean:.2f}, std {std:.2f}" for mean, std in zip(trace.mean, trace.std, strict=True)]
    rows.append(("training split", *scale))
    columns = ("species", *(f"{name}, cm → normalised" for name in COLUMNS))
    return Table(columns, tuple(rows), kinds=_kinds(1, 4))


def model(trace: Trace) -> Section:
    """The model and its parameters."""
    sizes = [parameter.size for parameter in trace.parameters]
    rows = tuple(
        (name, " × ".join(map(str, parameter.shape)), f"{parameter.size}", f"{np.abs(parameter).max():.3f}")
        for name, parameter in zip(PARAMETERS, trace.parameters, strict=True)
    )
    said = (
        f"Two layers: {trace.x.shape[1]} numbers → {trace.hidden.shape[1]} units with ReLU →"
        f" {trace.logits.shape[1]} logits. {' + '.join(map(str, sizes))} = {sum(sizes)} parameters;"
        f" kernels begin at random, biases at 0.",
    )
    table = Table(("", "shape", "numbers", "largest, before training"), rows, kinds=_kinds(2, 2))
    return Section("model", "2. Model", (Text(said), table))


def forward(trace: Trace) -> Section:
    """The batch on its way forward, to the loss."""
    row = shown(trace)[0]
    first, y = trace.logits[row], int(trace.y[row])
    powers = np.exp(first)
    code = (
        f"logits of the {trace.names[y]}: {_numbers(first)}",
        f"softmax: exp → {_numbers(powers)}, sum {powers.sum():.3f}; each over the sum →"
        f" {_numbers(trace.probabilities[row])}",
        f"loss: -log({trace.probabilities[row, y]:.3f}), the probability of {trace.names[y]} ="
        f" {trace.losses[row]:.3f}",
        f"mean loss of the batch of {len(trace.y)}: {trace.losses.mean():.4f};"
        f" guessing would give log {len(trace.names)} = {np.log(len(trace.names)):.4f}",
    )
    rows = tuple(
        (
            trace.names[trace.y[row]],
            _numbers(trace.logits[row]),
            _numbers(trace.probabilities[row]),
            trace.names[int(trace.logits[row].argmax())],
            f"{trace.losses[row]:.3f}",
        )
        for row in shown(trace)
    )
    table = Table(("species", "logits", "softmax", "argmax", "loss"), rows, kinds=_kinds(4, 1))
    said = (
        "A logit is any number; softmax makes of them shares that add up to 1; argmax is the answer; the"
        " loss is how surprised the network is by the truth.",
    )
    return Section("forward", "3. Logits, softmax, loss", (Text(said), table, Text(code, kind="code")))


def backward(trace: Trace) -> Section:
    """The gradient on its way back."""
    row = shown(trace)[0]
    truth = np.eye(len(trace.names))[trace.y[row]]
    code = (
        f"the {trace.names[trace.y[row]]}: softmax {_numbers(trace.probabilities[row])} - truth"
        f" {_numbers(truth, 0)}, over {len(trace.y)} = {_numbers(trace.d_logits[row], 4)}",
    )
    rows = tuple(
        (name, f"{np.linalg.norm(gradient):.4f}", f"{np.abs(gradient - tape).max():.1e}")
        for name, gradient, tape in zip(PARAMETERS, trace.gradients, trace.tape, strict=True)
    )
    said = (
        "The gradient of the mean loss by the logits is the softmax minus the truth, over the batch: the"
        " only place where the loss enters. From there the chain rule goes back layer by layer; here by"
        " hand, beside TensorFlow's.",
    )
    columns = ("gradient by", "norm, by hand", "largest difference from TensorFlow's")
    return Section(
        "backward",
        "4. Gradient",
        (Text(said), Text(code, kind="code"), Table(columns, rows, kinds=_kinds(1, 2))),
    )


def update(config: Config, trace: Trace) -> Section:
    """One step of the optimizer."""
    kernel, gradient, after = trace.parameters[2], trace.gradients[2], trace.after[2]
    at = np.unravel_index(int(np.abs(gradient).argmax()), gradient.shape)
    differences = [np.abs(a - b).max() for a, b in zip(trace.after, trace.trained, strict=True)]
    code = (
        "new = old - learning rate × gradient",
        f"output kernel, row {at[0] + 1}, column {at[1] + 1}: {kernel[at]:+.5f} - {config.learning_rate:g} ×"
        f" ({gradient[at]:+.5f}) = {after[at]:+.5f}",
        f"loss of this batch: {trace.losses.mean():.4f} before, {loss_after(trace):.4f} after",
        f"all parameters after one step of the training itself: the same, to {max(differences):.0e}",
    )
    said = "Plain gradient descent, for the weight whose gradient is largest:"
    return Section("update", "5. Optimizer", (Text((said,)), Text(code, kind="code")))


def loss_after(trace: Trace) -> float:
    """The mean loss of the same batch after the step."""
    from suite.demonstrations.stages import trace as steps

    return float(steps.forward(trace.after, trace.x, trace.y)[3].mean())


def training(outcome: Outcome) -> Section:
    """The whole training: both losses by epoch."""
    rows = []
    for name, losses in (("training", outcome.train_loss), ("validation", outcome.val_loss)):
        low, middle, high = np.quantile(losses, (0.25, 0.5, 0.75), axis=0)
        rows += [(name, epoch + 1, *each) for epoch, each in enumerate(zip(middle, low, high, strict=True))]
    figure = Figure(
        "pipeline_curves",
        "lines",
        "The same step again and again: the loss falls",
        f"Median over {len(outcome.accuracy)} trainings with other seeds, band: their middle half.",
        {"lines": pd.DataFrame(rows, columns=["series", "x", "y", "low", "high"])},
        {"x_title": "epoch", "y_title": "loss", "series": ["validation", "training"]},
    )
    return Section("training", "6. Training", (figure,))


def result(trace: Trace, outcome: Outcome) -> Section:
    """What the trained model says of examples that it has not seen."""
    right = outcome.probabilities.argmax(axis=1) == outcome.y
    chosen = [*np.flatnonzero(right)[:2], *np.flatnonzero(~right)[:2]]
    rows = tuple(
        (
            _numbers(outcome.raw[row], 1),
            _numbers(outcome.probabilities[row]),
            trace.names[int(outcome.probabilities[row].argmax())],
            trace.names[int(outcome.y[row])],
        )
        for row in chosen
    )
    wrong = int((~right).sum())
    accuracy = f"{len(right) - wrong} of {len(right)} right = {right.mean():.1%}"
    said = f"The class with the largest probability is the answer (argmax). Of the test split, {accuracy}."
    columns = ("measurements, cm", "probabilities", "answer", "truth")
    confusion = replace(
        figures.confusion(outcome.evaluation), title="Which species the trained model takes for which"
    )
    return Section("result", "7. Result", (Text((said,)), Table(columns, rows, heads=False), confusion))


def _numbers(values: np.ndarray, places: int = 3) -> str:
    return "[" + ", ".join(f"{value:.{places}f}" for value in values) + "]"


def _kinds(texts: int, numbers: int) -> tuple[ColumnKind, ...]:
    text: ColumnKind = "text"
    number: ColumnKind = "number"
    return (text,) * texts + (number,) * numbers
