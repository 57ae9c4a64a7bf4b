"""Measures predictions of several labels an example on a whole split. NumPy only.

Definitions: scikit-learn's user guide, "Metrics and scoring", whose figures these are; a test compares them.
"""

from collections.abc import Callable

import numpy as np

from suite.data.class_metrics import average_precision_of


def macro_f1(y: np.ndarray, logits: np.ndarray) -> float:
    """Gives the mean over the labels of the harmonic mean of precision and recall: 0 of one that is neither
    there nor told.

    Args:
        y: [n, labels] of 0 and 1. logits: [n, labels].
    """
    called = logits > 0
    both, either = np.sum(called * y, axis=0), np.sum(called, axis=0) + np.sum(y, axis=0)
    return float(np.mean(2 * both / np.maximum(either, 1)))


def micro_f1(y: np.ndarray, logits: np.ndarray) -> float:
    """Gives the same of all labels of all examples together."""
    return macro_f1(y.reshape(-1, 1), logits.reshape(-1, 1))


def average_precision(y: np.ndarray, logits: np.ndarray) -> float:
    """Gives the mean precision over the recalls of a label, as a mean over the labels."""
    return float(np.mean([average_precision_of(*pair) for pair in zip(y.T == 1, logits.T, strict=True)]))


METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "macro_f1": macro_f1,
    "micro_f1": micro_f1,
    "average_precision": average_precision,
}
"""Name -> (labels [n, labels], logits or logarithms of odds [n, labels]) -> value."""
