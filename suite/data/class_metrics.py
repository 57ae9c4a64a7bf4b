"""Measures classifiers on a whole split, where a mean over the examples says little of a rare class. NumPy
only.

Definitions: scikit-learn's user guide, "Metrics and scoring", whose figures these are; a test compares them.
"""

from collections.abc import Callable

import numpy as np


def balanced_accuracy(y: np.ndarray, logits: np.ndarray, rarest: int) -> float:
    """Gives the mean over the classes of the share that is found of each.

    Args:
        y: [n] classes. logits: [n, classes]. rarest: class of the fewest examples, as for all of METRICS.
    """
    right = logits.argmax(axis=1) == y
    return float(np.mean([right[y == label].mean() for label in np.unique(y)]))


def macro_f1(y: np.ndarray, logits: np.ndarray, rarest: int) -> float:
    """Gives the mean over the classes of the harmonic mean of precision and recall of each."""
    called = logits.argmax(axis=1)
    labels = np.unique(y)
    both = np.array([np.sum((called == label) & (y == label)) for label in labels])
    either = np.array([np.sum(called == label) + np.sum(y == label) for label in labels])
    return float(np.mean(2 * both / either))


def auc(y: np.ndarray, logits: np.ndarray, rarest: int) -> float:
    """Gives the area under the ROC curve, each class against the rest, as a mean over the classes.

    It is the probability that an example of the class is ranked above one that is not; ties count half.
    """
    return _each_against_the_rest(_auc, y, logits)


def average_precision(y: np.ndarray, logits: np.ndarray, rarest: int) -> float:
    """Gives the mean precision over the recalls of a class: of the rarer one of two, else the mean over the
    classes."""
    if logits.shape[1] == 2:
        return average_precision_of(y == rarest, _log_odds(logits, rarest))
    return _each_against_the_rest(average_precision_of, y, logits)


METRICS: dict[str, Callable[[np.ndarray, np.ndarray, int], float]] = {
    "balanced_accuracy": balanced_accuracy,
    "macro_f1": macro_f1,
    "auc": auc,
    "average_precision": average_precision,
}
"""Name -> (classes [n], logits or logarithms of probabilities [n, classes], rarest class) -> value."""


def _each_against_the_rest(
    metric: Callable[[np.ndarray, np.ndarray], float], y: np.ndarray, logits: np.ndarray
) -> float:
    labels = np.unique(y)
    if len(labels) < 2:
        return float("nan")
    return float(np.mean([metric(y == label, _log_odds(logits, label)) for label in labels]))


def _log_odds(logits: np.ndarray, label: int) -> np.ndarray:
    """The logarithm of p / (1 - p) of a class: it orders as p does, and does not end at 1 as p does."""
    others = np.delete(logits.astype(np.float64), label, axis=1)
    top = others.max(axis=1)
    return logits[:, label] - top - np.log(np.exp(others - top[:, None]).sum(axis=1))


def _auc(is_class: np.ndarray, scores: np.ndarray) -> float:
    """The statistic of Mann and Whitney over its largest value."""
    those, rest = scores[is_class], np.sort(scores[~is_class])
    below = np.searchsorted(rest, those, "left") + np.searchsorted(rest, those, "right")
    return float(below.mean() / (2 * len(rest)))


def average_precision_of(is_class: np.ndarray, scores: np.ndarray) -> float:
    """Gives the average precision of one class, or of one label.

    It is the sum over the thresholds of precision times what recall gains there; equal scores share one.
    """
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    found = np.cumsum(is_class[order])[ends]
    return float(np.sum(found / (ends + 1) * np.diff(found, prepend=0)) / found[-1]) if found[-1] else 0.0
