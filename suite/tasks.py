"""Tasks: what a data set asks of a model, and the metrics that belong to it. Free of TensorFlow."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """Says what follows from the kind of target.

    Attributes:
        metric: the second curve: `train_<metric>` and `val_<metric>`.
        minimize: whether less of the metric is better.
        losses: what training may minimise, by Keras's names; the first is the loss that is measured.
        tested: what is measured on the test split, next to the loss.
        by_split: metrics of a whole split, no means over its examples, that trainings can be judged by too.
        noun: what a model of this task is.
        meanings: what the metrics measure, see `meanings`.
    """

    metric: str
    minimize: bool
    losses: tuple[str, ...]
    tested: tuple[str, ...]
    noun: str
    meanings: Mapping[str, str]
    by_split: tuple[str, ...] = ()

    @property
    def curves(self) -> tuple[str, ...]:
        """Names of the training curves."""
        return ("train_loss", "val_loss", f"train_{self.metric}", f"val_{self.metric}", "running_loss")

    @property
    def monitors(self) -> tuple[str, ...]:
        """What a training of this task can be judged by."""
        return ("val_loss", *(f"val_{name}" for name in (self.metric, *self.by_split)))

    def by_split_of(self, monitor: str) -> tuple[str, ...]:
        """The metric of a whole split that a training judged by `monitor` measures too, if that is one."""
        return tuple(name for name in self.by_split if monitor == f"val_{name}")

    def curves_of(self, monitor: str) -> tuple[str, ...]:
        """Names of the curves of a training that is judged by `monitor`."""
        more = (f"{split}_{name}" for name in self.by_split_of(monitor) for split in ("train", "val"))
        return (*self.curves, *more)


TASKS: dict[str, Task] = {
    "classification": Task(
        "accuracy", False, ("sparse_categorical_crossentropy", "mean_squared_error"), ("accuracy",),
        "classifier",
        {
            "loss": "cross-entropy", "accuracy": "share of examples whose class is right",
            "balanced_accuracy": "share of examples whose class is right, as a mean over the classes:"
            " always answering one class gets 1 / classes",
            "macro_f1": "harmonic mean of precision and recall, as a mean over the classes",
            "auc": "area under the ROC curve, as a mean over the classes, each against the rest:"
            " chance gets 0.5",
            "average_precision": "mean precision over the recalls, of the rarer of two classes, else as"
            " a mean over the classes: chance gets the share of the class",
        },
        by_split=("balanced_accuracy", "macro_f1", "auc", "average_precision"),
    ),
    "multilabel_classification": Task(
        "binary_accuracy", False, ("binary_crossentropy",), ("binary_accuracy", "subset_accuracy"),
        "multi-label classifier",
        {
            "loss": "binary cross-entropy, as a mean over the labels",
            "binary_accuracy": "share of labels that are told right: of rare ones it says little",
            "subset_accuracy": "share of examples of which all labels are told right",
            "macro_f1": "harmonic mean of precision and recall of a label, as a mean over the labels",
            "micro_f1": "the same of all labels of all examples together",
            "average_precision": "mean precision over the recalls of a label, as a mean over the labels:"
            " chance gets the share of the label",
        },
        by_split=("macro_f1", "micro_f1", "average_precision"),
    ),
    "regression": Task(
        "mae", True, ("mean_squared_error", "mean_absolute_error", "huber"), ("mae", "rmse", "r2"),
        "regressor",
        {
            "loss": "mean squared error of {learned}, over its variance on the training split:"
            " always answering the mean gets 1",
            "mae": "mean absolute error, in the unit of the target: {target}",
            "rmse": "root mean squared error, in the same unit",
            "r2": "share of the variance of {learned} that is predicted: 1 is perfect,"
            " always answering the mean gets 0",
        },
    ),
    "quantile_regression": Task(
        "pinball_loss", True, ("pinball_loss",), ("pinball_loss", "coverage", "interval_width"),
        "quantile regressor",
        {
            "loss": "pinball loss of {learned} over its standard deviation on the training split, as a mean"
            " over the quantiles",
            "pinball_loss": "pinball loss in the unit of the target: {target}. What is too low by 1 costs the"
            " quantile, what is too high by 1 costs 1 - quantile",
            "coverage": "share of examples between the lowest and the highest quantile; {nominal:.0%} would"
            " be right",
            "interval_width": "mean distance between these two, in the unit of the target",
        },
    ),
    "sequence_to_sequence": Task(
        "accuracy", False, ("sparse_categorical_crossentropy",), ("accuracy",), "sequence-to-sequence model",
        {
            "loss": "cross-entropy per target token, given the true tokens before it",
            "accuracy": "share of target tokens that are right, given the true tokens before them",
            "sequence_error_rate": "share of sequences with an error, decoded greedily",
            "token_error_rate": "tokens to insert, delete or replace, per target token, decoded greedily",
            "beam_sequence_error_rate": "the same, decoded by beam search",
            "beam_token_error_rate": "the same, decoded by beam search",
        },
    ),
}  # fmt: skip

LOSSES = tuple(dict.fromkeys(loss for task in TASKS.values() for loss in task.losses))
"""What training can minimise."""

MONITORS = tuple(dict.fromkeys(name for task in TASKS.values() for name in task.monitors))
"""What trainings can be judged by."""


WORDS = {
    "val": "validation",
    "train": "training",
    "mae": "MAE",
    "rmse": "RMSE",
    "r2": "R2",
    "f1": "F1",
    "auc": "AUC",
}


def metric_label(metric: str) -> str:
    """Writes a metric for a reader: `val_loss` -> validation loss, `test_mae` -> test MAE."""
    return " ".join(WORDS.get(part, part) for part in metric.split("_"))


def meanings(
    task: str, target: str = "", *, log_target: bool = False, several: bool = False, nominal: float = 1.0
) -> dict[str, str]:
    """Gives what each metric, without its split, measures, in words.

    Args:
        task: a key of TASKS.
        target: what is predicted, with its unit.
        log_target: whether its logarithm is learned.
        several: whether targets are several numbers, over which figures are means.
        nominal: share of the examples that should be between the lowest and the highest quantile.
    """
    learned = "the logarithm of the target" if log_target else "the target"
    figures = {"learned": learned, "target": target, "nominal": nominal}
    mean = "; mean over the targets" if several else ""
    return {name: text.format(**figures) + mean for name, text in TASKS[task].meanings.items()}


def format_metric(metric: str, value: float) -> str:
    """Writes a figure as text: shares in percent, others with four digits; a dash for NaN."""
    if value != value:
        return "–"
    return f"{value:.2%}" if metric.endswith(("accuracy", "rate", "coverage")) else f"{value:.4g}"


def minimized(metric: str) -> bool:
    """Tells whether less is better: of losses and errors."""
    return metric.rpartition("_")[2] in ("loss", "mae", "rmse", "width")
