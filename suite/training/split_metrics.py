"""Measures a classifier, of one class or several labels, on whole splits, where its monitor is no mean over
the examples.

The compiled program gives means; these figures come from its outputs, one training at a time.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from suite.data import class_metrics, label_metrics
from suite.data.dataset import Split
from suite.training.feed import evaluated_training_examples, evaluation_chunk

if TYPE_CHECKING:
    from suite.data.preprocessing import Prepared

Infer = Callable[[np.ndarray], np.ndarray]
"""Raw examples [chunk, ...] -> a model's outputs for them, in inference mode."""


class SplitMetrics:
    """Measures a model by one metric of `suite.data.class_metrics`, or of `suite.data.label_metrics`, on the
    splits of a data set.

    Args:
        prepared: the data set.
    """

    def __init__(self, prepared: "Prepared"):
        self._chunk, self._test = evaluation_chunk(prepared), prepared.test
        seen = prepared.train.take(evaluated_training_examples(prepared))
        self._evaluated = {"train": seen, "val": prepared.validation}
        self._is_of_labels = prepared.dataset.task == "multilabel_classification"
        self._rarest = int(prepared.dataset.frequencies.argmin())

    def evaluated(self, names: Sequence[str], infer: Infer) -> list[float]:
        """Gives each metric on the evaluated training examples and on validation, in the order of the curves.

        Args:
            names: of the metrics.
            infer: of the model.
        """
        return [self._of(name, split, infer) for name in names for split in self._evaluated.values()]

    def tested(self, names: Sequence[str], infer: Infer) -> dict[str, float]:
        """Gives `test_*` of each metric."""
        return {f"test_{name}": self._of(name, self._test, infer) for name in names}

    def _of(self, name: str, split: Split, infer: Infer) -> float:
        starts = range(0, len(split), self._chunk)
        outputs = np.concatenate([infer(split.array[start : start + self._chunk]) for start in starts])
        if self._is_of_labels:
            return label_metrics.METRICS[name](split.y, outputs)
        return class_metrics.METRICS[name](split.y, outputs, self._rarest)
