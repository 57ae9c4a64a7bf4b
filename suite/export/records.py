"""Holds what is known of an exported model: where it comes from, and what was found when it was read back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from suite.analysis.evaluation import Calibration, Evaluation
from suite.data.inputs import identifiers
from suite.study.config import Config

if TYPE_CHECKING:
    from suite.data.dataset import Dataset

Form = tuple[str, tuple[int, ...]]
"""Type, and shape without the batch, of what a model takes or gives."""

MAIN_OUTPUT = {
    "classification": "probabilities",
    "multilabel_classification": "probabilities",
    "regression": "prediction",
    "quantile_regression": "prediction",
    "sequence_to_sequence": "text",
}
"""Task -> the output that calling a loaded model gives."""


def named_outputs(dataset: "Dataset") -> dict[str, str]:
    """Gives the output of each target, label or quantile that a model gives, where those are several, in the
    order of the main output."""
    return identifiers(dataset.outputs, taken=[MAIN_OUTPUT[dataset.task]])


@dataclass(frozen=True)
class Origin:
    """Says where a model comes from, for its card.

    Attributes:
        study: name of the study.
        question: of the study.
        answer: of the study, in words.
        config: what was trained.
        metrics: measured on this model in training, by name. `test_loss` is compared with the exported
            model's.
        caveats: what the reader of the answer must know.
    """

    study: str
    question: str
    answer: str
    config: Config
    metrics: Mapping[str, float] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exported:
    """Describes a SavedModel that was read back and agreed.

    Attributes:
        path: its folder.
        examples: number of test examples compared.
        max_difference: largest difference from the Keras model's: of a probability, of a prediction over the
            spread of the target, or the share of texts that differ.
        evaluation: of the SavedModel on those examples.
        inputs: raw input -> type and shape without the batch.
        output: the same of what calling the loaded object gives.
        columns: column, as the user wrote it -> its input. Empty: there is one input, an array.
        select_ops: TFLite needs TensorFlow's own operations for it.
        temperature: that its logits are divided by, fitted on validation; 1: they are as they were trained.
        uncalibrated: what the calibration was before that; None: it was not changed.
    """

    path: Path
    examples: int
    max_difference: float
    evaluation: Evaluation
    inputs: dict[str, Form]
    output: Form
    columns: dict[str, str] = field(default_factory=dict)
    select_ops: bool = False
    temperature: float = 1.0
    uncalibrated: Calibration | None = None
