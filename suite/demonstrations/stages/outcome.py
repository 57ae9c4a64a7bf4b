"""What a whole training on irises comes to. Imports TensorFlow inside its functions only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suite.analysis.evaluation import Evaluation, classification
from suite.study.config import Config


@dataclass(frozen=True)
class Outcome:
    """The outcome of trainings that differ in their seeds.

    Attributes:
        train_loss, val_loss: [n, epochs]. accuracy: [n] on the test split.
        probabilities: [test, classes] of the first one. y: [test] true classes. raw: [test, 4] in
            centimetres.
        evaluation: of the first one on the test split.
    """

    train_loss: np.ndarray
    val_loss: np.ndarray
    accuracy: np.ndarray
    probabilities: np.ndarray
    y: np.ndarray
    raw: np.ndarray
    evaluation: Evaluation


def train_all(configs: Sequence[Config]) -> Outcome:
    """Trains configurations on `iris`, and evaluates them on the test split."""
    import keras

    from suite.training.build import model_with_weights
    from suite.training.engine import train_many
    from suite.training.load import prepared

    results = dict(train_many(configs, test=True, weights=True))
    data = prepared(configs[0])
    model = model_with_weights(configs[0], data, results[0].weights or ())
    logits = model(data.normalization(np.asarray(data.test.x)), training=False)
    probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(logits))
    ordered = [results[place] for place in range(len(configs))]
    return Outcome(
        train_loss=np.array([result.curves["train_loss"] for result in ordered]),
        val_loss=np.array([result.curves["val_loss"] for result in ordered]),
        accuracy=np.array([result.test["test_accuracy"] for result in ordered]),
        probabilities=probabilities,
        y=data.test.y,
        raw=np.asarray(data.test.x),
        evaluation=classification(data.test.y, probabilities.argmax(axis=1), data.dataset.class_names),
    )
