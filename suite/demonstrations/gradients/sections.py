"""Shows the gradient check: its tables and figures. Imports no TensorFlow."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from suite.analysis.records import Figure, Section, Table, Text
from suite.demonstrations.gradients import graph
from suite.demonstrations.gradients.checks import EXAMPLES, STEPS, WRONG, Check, Cost

CONTROL = f"control, {WRONG - 1:.0%} off"


def errors(checks: Mapping[str, Check], control: float, tolerance: float) -> Figure:
    """Every error beside the tolerance, the largest on top."""
    ordered = sorted(checks, key=lambda name: -checks[name].error)
    rows = [(CONTROL, control), *((name, checks[name].error) for name in ordered)]
    return Figure(
        "gradient_errors",
        "bars",
        "Gradients in two ways: what lies left of the line is the same, but for rounding",
        "Relative error between backpropagation and central differences in 64 bits; the dashed line is the"
        " tolerance.",
        {"bars": pd.DataFrame(rows, columns=["name", "value"])},
        {"x_title": "relative error", "x_scale": "log", "rule": tolerance, "format": ".1e"},
    )


def layers(checks: Mapping[str, Check], tolerance: float) -> Section:
    """Every layer in numbers."""
    said = (
        "Each layer is taken as a function of its parameters and its inputs, at random ones and in 64"
        " bits; what it puts out is summed with random weights. The error is the norm of the difference of"
        " both gradients over the larger one's norm, of that parameter or input for which it is largest."
    )
    rows = tuple(
        (
            name,
            f"{each.size}",
            f"{each.evaluations}",
            f"{each.error:.1e}",
            "yes" if each.error < tolerance else "NO",
        )
        for name, each in checks.items()
    )
    columns = ("", "numbers", "evaluations", "relative error", "the same")
    table = Table(columns, rows, kinds=("text", "number", "number", "number", "text"))
    return Section("layers", "Every layer that the models are made of", (Text((said,)), table))


def pieces(step: float) -> Section:
    """The pieces of a network of two layers, with what they give and what comes back to them."""
    values = graph.forward(graph.GRAPH, graph.GIVEN)
    gradients = graph.backward(graph.GRAPH, values)
    nodes = {node.name: node for node in graph.GRAPH}
    rows = []
    for name, value in values.items():
        node = nodes.get(name)
        local = [f"∂{name}/∂{other} = {f(values):.4f}" for other, f in (node.local if node else {}).items()]
        back = ("–", "–")
        if name in gradients:
            numeric = graph.by_differences(graph.GRAPH, graph.GIVEN, name, step)
            back = (f"{gradients[name]:.6f}", f"{numeric:.6f}")
        rows.append((name, node.formula if node else "given", f"{value:.4f}", tuple(local) or "–", *back))
    said = (
        "A network of two layers with a unit in each, as a graph of the smallest pieces. Forward, every piece"
        " gives a value from those before it. Backward, every piece hands what came back to it, times its"
        " local derivative, to those before it: that is the chain rule, and no piece knows more of the"
        " network than what it takes itself."
    )
    columns = ("piece", "what it is", "value", "local derivatives", "∂L/∂piece, come back", "by differences")
    table = Table(columns, tuple(rows), kinds=("text", "text", "number", "text", "number", "number"))
    return Section("graph", "A computational graph, piece by piece", (Text((said,)), table))


def costs(found: Sequence[Cost]) -> Section:
    """What a gradient costs against the number of parameters."""
    rows, points = [], []
    for each in found:
        size, taken = each.check.size, (each.by_differences, each.by_backpropagation)
        milliseconds = (f"{1e3 * seconds:,.1f} ms" for seconds in taken)
        rows.append((f"{size:,}", f"{each.check.evaluations:,}", *milliseconds, f"{each.check.error:.1e}"))
        points += [("differences", size, taken[0]), ("backpropagation", size, taken[1])]
    figure = Figure(
        "gradient_cost",
        "lines",
        "What a gradient costs: differences grow with the parameters, backpropagation hardly",
        f"Time of one gradient of networks with two hidden layers on {EXAMPLES} examples, on this machine;"
        f" both axes are logarithmic.",
        {"lines": pd.DataFrame(points, columns=["series", "x", "y"])},
        {"x_title": "parameters", "y_title": "seconds", "x_scale": "log", "y_scale": "log", "points": True},
    )
    columns = ("parameters", "evaluations", "time, by differences", "time, by backpropagation", "error")
    table = Table(columns, tuple(rows), kinds=("number", "number", "number", "number", "number"))
    return Section("cost", "What it costs", (figure, table))


def steps(found: Mapping[str, np.ndarray]) -> Section:
    """How the error depends on how far each number is moved."""
    said = (
        "How far to move? Too far, and the function bends in between: the error grows with the square of the"
        " step for central differences, with the step for one-sided ones. Too little, and what is left of the"
        " difference is rounding. In 32 bits, in which networks are trained, no step is good enough for a"
        " check."
    )
    points = [
        (name, step, error)
        for name, each in found.items()
        for step, error in zip(STEPS, each, strict=True)
        if error > 0
    ]
    figure = Figure(
        "gradient_step",
        "lines",
        "Too far bends, too near rounds: the best step lies between",
        "Relative error of a small network's numerical gradient against backpropagation in 64 bits.",
        {"lines": pd.DataFrame(points, columns=["series", "x", "y"])},
        {"x_title": "step", "y_title": "relative error", "x_scale": "log", "y_scale": "log", "points": True},
    )
    return Section("step", "How far to move a number", (Text((said,)), figure))
