"""What a model's outputs on the test split amount to, per class or per token. Arrays in, values out; no TensorFlow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from suite.data.edits import error_rates


@dataclass(frozen=True)
class Evaluation:
    """Figures of one model on a test split.

    Attributes:
        metrics: name -> value: `accuracy`; `mae` and `rmse` in the target's unit and `r2`; or `sequence_error_rate` and
            `token_error_rate` of greedy decoding, and the same with `beam_` before.
        per_class: of a classification, in the order of the classes: `class`, `precision`, `recall`, `f1`, `examples`.
        confusion: [classes, classes] counts, true classes in rows, predicted ones in columns; empty for other tasks.
    """

    metrics: dict[str, float]
    per_class: list[dict[str, str | float]] = field(default_factory=list)
    confusion: list[list[int]] = field(default_factory=list)


def classification(y: np.ndarray, predicted: np.ndarray, class_names: Sequence[str]) -> Evaluation:
    """Of class indices `y` and `predicted` [n]."""
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    labels = range(len(class_names))
    columns = precision_recall_fscore_support(y, predicted, labels=labels, zero_division=0)
    rows = zip(class_names, *(column.tolist() for column in columns), strict=True)
    names = ("class", "precision", "recall", "f1", "examples")
    per_class = [dict(zip(names, row, strict=True)) for row in rows]
    accuracy = float(np.mean(y == predicted))
    return Evaluation(
        {"accuracy": accuracy}, per_class, confusion_matrix(y, predicted, labels=labels).tolist()
    )


def regression(y: np.ndarray, predicted: np.ndarray, *, log_target: bool) -> Evaluation:
    """Of targets `y` and predictions [n] in the target's own unit; `r2` is on the logarithms where those were learned; a
    constant target has none."""
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    scale = np.log if log_target else np.asarray
    metrics = {"mae": mean_absolute_error, "rmse": root_mean_squared_error}
    figures = {name: float(metric(y, predicted)) for name, metric in metrics.items()}
    if np.ptp(y):
        figures["r2"] = float(r2_score(scale(y), scale(predicted)))
    return Evaluation(figures)


def sequences(y: Sequence[str], decoded: Mapping[str, Sequence[str]]) -> Evaluation:
    """Of target texts `y`, which may hold variants, and decoded ones by decoder: `greedy`, `beam`."""
    figures: dict[str, float] = {}
    for decoder, texts in decoded.items():
        sequence, token = error_rates(y, texts)
        before = "" if decoder == "greedy" else f"{decoder}_"
        figures |= {f"{before}sequence_error_rate": sequence, f"{before}token_error_rate": token}
    return Evaluation(figures)
