"""Tasks: what a data set asks of a model, and the metrics that belong to it. Plain values; importable without TensorFlow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """What follows from the kind of target.

    Attributes:
        loss: what `train_loss`, `val_loss` and `test_loss` measure, in words.
        metric: the second curve: `train_<metric>` and `val_<metric>`. minimize: whether less of it is better.
        tested: what is measured on the test split, next to the loss.
        noun: what a model of this task is.
    """

    loss: str
    metric: str
    minimize: bool
    tested: tuple[str, ...]
    noun: str

    @property
    def curves(self) -> tuple[str, ...]:
        """Names of the training curves."""
        return ("train_loss", "val_loss", f"train_{self.metric}", f"val_{self.metric}", "running_loss")


TASKS: dict[str, Task] = {
    "classification": Task("cross-entropy", "accuracy", False, ("accuracy",), "classifier"),
    "regression": Task("mean squared error of the standardised target", "mae", True, ("mae", "rmse", "r2"), "regressor"),
    "sequence_to_sequence": Task("cross-entropy per token", "accuracy", False, ("accuracy",), "sequence-to-sequence model"),
}
"""`accuracy` is the share of examples, or of target tokens (padding apart); `mae` and `rmse` are in the target's own unit,
`r2` is on the scale that the model is trained on: the target's own, or its logarithm where the data set says so."""

MONITORS = ("val_loss", *dict.fromkeys(f"val_{task.metric}" for task in TASKS.values()))
"""What trainings can be judged by."""


WORDS = {"val": "validation", "train": "training", "mae": "MAE", "rmse": "RMSE", "r2": "R2"}


def words(metric: str) -> str:
    """A metric as it is written: `val_loss` -> validation loss, `test_mae` -> test MAE."""
    return " ".join(WORDS.get(part, part) for part in metric.split("_"))


def shown(metric: str, value: float) -> str:
    """A figure as text: shares in percent, others with four digits; a dash for NaN."""
    if value != value:
        return "–"
    return f"{value:.2%}" if metric.endswith(("accuracy", "rate")) else f"{value:.4g}"


def minimized(metric: str) -> bool:
    """Whether less is better: losses and errors."""
    return metric.rpartition("_")[2] in ("loss", "mae", "rmse")
