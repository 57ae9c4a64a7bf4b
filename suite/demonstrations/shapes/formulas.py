"""Counts the parameters of a layer by hand, from the shapes around it. Imports no TensorFlow.

To add a layer with parameters, add a line to FORMULAS.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

Shape = Sequence[int]


def _dense(layer: Any, before: Shape, after: Shape) -> str:
    return f"{before[-1]} × {after[-1]} + {after[-1]}"


def _conv(layer: Any, before: Shape, after: Shape) -> str:
    sides = " × ".join(map(str, layer.kernel_size))
    return f"{sides} × {before[-1]} × {after[-1]} + {after[-1]}"


def _recurrent(gates: int, biases: int) -> Callable[[Any, Shape, Shape], str]:
    """`gates` matrices from the input and from the last state, and `biases` vectors each."""

    def count(layer: Any, before: Shape, after: Shape) -> str:
        units, bias = layer.units, f"{biases} × {layer.units}" if biases > 1 else f"{layer.units}"
        return f"{gates} × ({before[-1]} × {units} + {units} × {units} + {bias})"

    return count


def _embedding(layer: Any, before: Shape, after: Shape) -> str:
    return f"{layer.input_dim} × {after[-1]}"


def _attention(layer: Any, before: Shape, after: Shape) -> str:
    inside = layer.num_heads * layer.key_dim
    return f"3 × ({before[-1]} × {inside} + {inside}) + {inside} × {after[-1]} + {after[-1]}"


def _normalization(vectors: int) -> Callable[[Any, Shape, Shape], str]:
    return lambda layer, before, after: f"{vectors} × {after[-1]}"


FORMULAS: dict[str, Callable[[Any, Shape, Shape], str]] = {
    "Dense": _dense,
    "Conv1D": _conv,
    "Conv2D": _conv,
    "SimpleRNN": _recurrent(1, 1),
    "GRU": _recurrent(3, 2),
    "LSTM": _recurrent(4, 1),
    "Embedding": _embedding,
    "ReversibleEmbedding": _embedding,
    "MultiHeadAttention": _attention,
    "LayerNormalization": _normalization(2),
    "BatchNormalization": _normalization(4),
}
"""Class of a layer -> (layer, shape before, shape after) -> a sum of products of whole numbers."""


def formula(layer: Any, before: Shape, after: Shape) -> tuple[str, int]:
    """How a layer's parameters are counted, and how many that gives; empty and 0 for a layer that FORMULAS
    has not.

    Args:
        layer: of Keras. before, after: shapes of a batch.
    """
    count = FORMULAS.get(type(layer).__name__)
    if count is None:
        return "", 0
    text = count(layer, before, after)
    return text, worth(text)


def worth(text: str) -> int:
    """The value of a sum of products of whole numbers, with one level of brackets at most."""
    inner = re.sub(r"\(([^()]*)\)", lambda match: str(worth(match[1])), text)
    products = [[int(factor) for factor in term.split("×")] for term in inner.split("+")]
    return sum(_product(factors) for factors in products)


def _product(factors: Sequence[int]) -> int:
    total = 1
    for factor in factors:
        total *= factor
    return total
