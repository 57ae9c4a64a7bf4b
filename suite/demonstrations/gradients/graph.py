"""A two-layer network as a computational graph of scalars: what each piece gives, its local derivatives, and
the gradient that comes back to it by the chain rule. Plain Python."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Values = Mapping[str, float]


@dataclass(frozen=True)
class Node:
    """A piece of the graph.

    Attributes:
        name: of what it gives. formula: in words of the nodes before it.
        value: values of the nodes before it -> its own.
        local: node that it takes -> values -> derivative of its own value by that node's.
    """

    name: str
    formula: str
    value: Callable[[Values], float]
    local: Mapping[str, Callable[[Values], float]]


GIVEN = {"x": 1.0, "w1": 2.0, "b1": -1.0, "w2": 3.0, "b2": 0.5, "t": 1.0}
"""Input, parameters and target."""

GRAPH = (
    Node("a", "w1 · x", lambda v: v["w1"] * v["x"], {"w1": lambda v: v["x"], "x": lambda v: v["w1"]}),
    Node("z", "a + b1", lambda v: v["a"] + v["b1"], {"a": lambda v: 1.0, "b1": lambda v: 1.0}),
    Node("h", "sigmoid(z)", lambda v: 1 / (1 + math.exp(-v["z"])), {"z": lambda v: v["h"] * (1 - v["h"])}),
    Node("c", "w2 · h", lambda v: v["w2"] * v["h"], {"w2": lambda v: v["h"], "h": lambda v: v["w2"]}),
    Node("y", "c + b2", lambda v: v["c"] + v["b2"], {"c": lambda v: 1.0, "b2": lambda v: 1.0}),
    Node("e", "y - t", lambda v: v["y"] - v["t"], {"y": lambda v: 1.0, "t": lambda v: -1.0}),
    Node("L", "e² / 2", lambda v: v["e"] ** 2 / 2, {"e": lambda v: v["e"]}),
)
"""One unit in the hidden layer, one output, squared error; each node takes only nodes before it."""


def forward(graph: Sequence[Node], given: Values) -> dict[str, float]:
    """Every node's value, in order; a node that is given keeps the value that it is given."""
    values = dict(given)
    for node in graph:
        if node.name not in values:
            values[node.name] = node.value(values)
    return values


def backward(graph: Sequence[Node], values: Values) -> dict[str, float]:
    """The derivative of the last node by every node that it depends on: from the end to the front, each node
    hands what came back to it times its local derivative to the nodes that it takes."""
    gradients = {graph[-1].name: 1.0}
    for node in reversed(graph):
        for name, derivative in node.local.items():
            gradients[name] = gradients.get(name, 0.0) + gradients[node.name] * derivative(values)
    return gradients


def by_differences(graph: Sequence[Node], given: Values, name: str, step: float) -> float:
    """The same derivative by any node from two evaluations, with that node's value moved up and down by
    `step`."""
    here = forward(graph, given)[name]
    up, down = (forward(graph, {**given, name: here + move})[graph[-1].name] for move in (step, -step))
    return (up - down) / (2 * step)
