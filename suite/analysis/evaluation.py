"""Evaluates a model's outputs for the test split, per class or per token. Arrays in, values out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from suite.data import label_metrics
from suite.data.class_metrics import METRICS
from suite.data.edits import error_rates
from suite.data.pinball import pinball_loss

BINS = 15
"""Bins of a reliability diagram, as Guo et al. 2017 have them."""


SMALLEST = 1e-37
"""What is likelier than it is more than 0 in float32."""


@dataclass(frozen=True)
class Calibration:
    """Says whether probabilities are shares: a reliability diagram (Guo et al. 2017, arXiv:1706.04599).

    An example's confidence is the probability of the class that it is called.

    Attributes:
        expected_error: expected calibration error: mean over the examples of how far their bin's share of
            right classes is from its mean confidence.
        count: number of bins of equal width between 0 and 1.
        bins: of those with examples: `low` and `high` (included), mean `confidence`, `accuracy` (share that
            is right), `examples`.
    """

    expected_error: float
    count: int
    bins: list[dict[str, float]]


@dataclass(frozen=True)
class Evaluation:
    """Holds the figures of one model on a test split.

    Attributes:
        metrics: name -> value: `accuracy`, and where probabilities are known those of
            `suite.data.class_metrics`; of labels those of `suite.data.label_metrics` and two accuracies;
            `mae` and `rmse` in the target's unit and `r2`; `pinball_loss`, `coverage` and `interval_width` of
            quantiles; or `sequence_error_rate` and `token_error_rate` of greedy decoding, and the same with
            `beam_` before.
        per_class: of a classification, in the order of the classes: `class`, `precision`, `recall`, `f1`,
            `examples`; the same of labels.
        per_output: where several numbers are predicted, a row for each: `target` or `quantile`, and figures.
        confusion: [classes, classes] counts, true classes in rows, predicted ones in columns; empty for other
            tasks.
        calibration: of a classification's probabilities; None: of another task, or there are only classes.
    """

    metrics: dict[str, float]
    per_class: list[dict[str, str | float]] = field(default_factory=list)
    confusion: list[list[int]] = field(default_factory=list)
    calibration: Calibration | None = None
    per_output: list[dict[str, str | float]] = field(default_factory=list)


def classification(
    y: np.ndarray, predicted: np.ndarray, class_names: Sequence[str], probabilities: np.ndarray | None = None
) -> Evaluation:
    """Evaluates class indices.

    Args:
        y: [n] true classes.
        predicted: [n] classes.
        class_names: in their order.
        probabilities: [n, classes], if they are known.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    labels = range(len(class_names))
    columns = precision_recall_fscore_support(y, predicted, labels=labels, zero_division=0)
    rows = zip(class_names, *(column.tolist() for column in columns), strict=True)
    names = ("class", "precision", "recall", "f1", "examples")
    figures = {"accuracy": float(np.mean(y == predicted))}
    if probabilities is not None:
        logits, rarest = np.log(np.maximum(probabilities, SMALLEST)), int(np.bincount(y).argmin())
        figures |= {name: metric(y, logits, rarest) for name, metric in METRICS.items()}
    return Evaluation(
        figures,
        [dict(zip(names, row, strict=True)) for row in rows],
        confusion_matrix(y, predicted, labels=labels).tolist(),
        None if probabilities is None else calibration(y, probabilities),
    )


def calibration(y: np.ndarray, probabilities: np.ndarray) -> Calibration:
    """Compares the confidence of a classifier with how often it is right, in BINS bins.

    Args:
        y: [n] true classes.
        probabilities: [n, classes].
    """
    confidence = probabilities.max(axis=-1).astype(np.float64)
    right = probabilities.argmax(axis=-1) == y
    place = np.clip(np.ceil(confidence * BINS) - 1, 0, BINS - 1).astype(int)
    error, bins = 0.0, []
    for number in np.unique(place):
        inside = place == number
        row = {"confidence": float(confidence[inside].mean()), "accuracy": float(right[inside].mean())}
        error += abs(row["accuracy"] - row["confidence"]) * inside.mean()
        edges = {"low": float(number / BINS), "high": float((number + 1) / BINS)}
        bins.append(edges | row | {"examples": int(inside.sum())})
    return Calibration(float(error), BINS, bins)


def multilabel_classification(y: np.ndarray, probabilities: np.ndarray, labels: Sequence[str]) -> Evaluation:
    """Evaluates probabilities [n, labels] of labels `y` [n, labels]; one is told from 0.5 on."""
    from sklearn.metrics import precision_recall_fscore_support

    called = probabilities > 0.5
    columns = precision_recall_fscore_support(y, called, zero_division=0)
    rows = zip(labels, *(column.tolist() for column in columns), strict=True)
    names = ("class", "precision", "recall", "f1", "examples")
    with np.errstate(divide="ignore"):
        logits = np.log(probabilities) - np.log1p(-probabilities.astype(np.float64))
    right = called == (y == 1)
    figures = {"binary_accuracy": float(right.mean()), "subset_accuracy": float(right.all(axis=1).mean())}
    figures |= {name: metric(y, logits) for name, metric in label_metrics.METRICS.items()}
    return Evaluation(figures, [dict(zip(names, row, strict=True)) for row in rows])


def regression(
    y: np.ndarray, predicted: np.ndarray, *, log_target: bool, targets: Sequence[str] = ()
) -> Evaluation:
    """Evaluates predictions of targets `y`, [n] both or [n, targets], in the targets' own units.

    `r2` is on the logarithms where those were learned; a constant target has none. Of several targets there
    are the means, and each in a row of its own.
    """
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    scale = np.log if log_target else np.asarray
    metrics = {"mae": mean_absolute_error, "rmse": root_mean_squared_error}
    figures = {name: float(metric(y, predicted)) for name, metric in metrics.items()}
    if np.ptp(y, axis=0).all():
        figures["r2"] = float(r2_score(scale(y), scale(predicted)))
    rows: list[dict[str, str | float]] = [
        {"target": name} | regression(y[:, i], predicted[:, i], log_target=log_target).metrics
        for i, name in enumerate(targets)
    ]
    return Evaluation(figures, per_output=rows)


def quantile_regression(y: np.ndarray, predicted: np.ndarray, quantiles: tuple[float, ...]) -> Evaluation:
    """Evaluates predicted quantiles [n, quantiles] of targets `y` [n], in the target's own unit.

    Of each there is the share of the targets at or below it, which should be the quantile.
    """
    losses, low, high = pinball_loss(y, predicted, quantiles).mean(axis=0), predicted[:, 0], predicted[:, -1]
    figures = {
        "pinball_loss": float(losses.mean()),
        "coverage": float(np.mean((low <= y) & (y <= high))),
        "interval_width": float(np.mean(high.astype(np.float64) - low)),
    }
    shares = np.mean(y[:, None] <= predicted, axis=0)
    rows: list[dict[str, str | float]] = [
        {"quantile": f"{quantile:g}", "pinball_loss": float(loss), "share_at_or_below": float(share)}
        for quantile, loss, share in zip(quantiles, losses, shares, strict=True)
    ]
    return Evaluation(figures, per_output=rows)


def sequences(y: Sequence[str], decoded: Mapping[str, Sequence[str]]) -> Evaluation:
    """Evaluates texts by decoder, `greedy` or `beam`, against target texts `y`, which may hold variants."""
    figures: dict[str, float] = {}
    for decoder, texts in decoded.items():
        sequence, token = error_rates(y, texts)
        before = "" if decoder == "greedy" else f"{decoder}_"
        figures |= {f"{before}sequence_error_rate": sequence, f"{before}token_error_rate": token}
    return Evaluation(figures)
