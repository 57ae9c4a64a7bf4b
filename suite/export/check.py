"""Checks a SavedModel from outside: a process with TensorFlow only reads it, and its outputs are compared."""

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.analysis import evaluation
from suite.analysis.evaluation import SMALLEST, Evaluation
from suite.data.dataset import Dataset
from suite.data.pinball import pinball_loss
from suite.export.records import MAIN_OUTPUT
from suite.export.temperature import log_probabilities

if TYPE_CHECKING:
    from suite.data.preprocessing import Prepared

BATCH = 1000

ROUNDED = 1e-6
"""Distance of a label's probability from 1 below which float32 does not tell it well."""

TEXTS_APART = 0.005
"""Share of decoded texts that may differ: where two tokens are equally likely, rounding decides."""

DECODED = {"greedy": "text", "beam": "beam_text"}
"""Decoder -> output of the SavedModel."""


def check(
    folder: Path, dataset: Dataset, expected: Mapping[str, np.ndarray], tolerance: float
) -> tuple[dict[str, np.ndarray], float]:
    """Reads a SavedModel with TensorFlow only, and compares what it gives for the raw test split.

    Args:
        folder: of the SavedModel.
        dataset: whose test split and class names are used.
        expected: [n, ...] outputs by name.
        tolerance: largest difference. Classes may differ only where the best two are as near as that.

    Returns:
        The outputs by name, and the largest difference, as in `Exported`.

    Raises:
        RuntimeError: it cannot be read, or gives something else.
    """
    from suite.data.preprocessing import raw_inputs

    outputs = read(folder, raw_inputs(dataset, dataset.test.x))
    main = MAIN_OUTPUT[dataset.task]
    if dataset.task == "sequence_to_sequence":
        difference, allowed = float(np.mean(outputs[main] != expected[main].astype("S"))), TEXTS_APART
    else:
        spread = np.std(expected[main], axis=0) if main == "prediction" else np.ones(1)
        apart = np.max(np.abs(outputs[main] - expected[main]), axis=0)
        difference, allowed = float(np.max(apart / np.maximum(spread, 1e-12))), tolerance
    other = _other_classes(outputs, expected, tolerance) if dataset.class_names else 0
    if not difference <= allowed or other:  # a NaN is no difference that would be allowed
        raise RuntimeError(
            f"the SavedModel must give the model's own outputs within {allowed:g}. Received: a difference of"
            f" {difference:.3g}, and another class for {other} of {len(dataset.test)} test examples."
        )
    if dataset.class_names:
        names = np.array(dataset.class_names)[outputs["class_index"]]
        if not np.array_equal(np.char.decode(outputs["class_name"], "utf-8"), names):
            raise RuntimeError(
                "`class_name` of the SavedModel must be the data set's. Received: other names."
            )
    return outputs, difference


def check_loss(exported: tuple[float, float], measured: float, tolerance: float) -> None:
    """Compares the loss of what is served with the one that the training measured.

    The outputs are compared with the same model's, wrapped in the same way. A fault of the wrapping, such as
    a softmax over probabilities, changes both alike: the loss shows it.

    Args:
        exported: least and most that the loss can be on the test split, see `loss_of`.
        measured: `test_loss` of the same weights, from their training.
        tolerance: what it may be off by, as a share of 1 + loss: an accelerator may train in fewer bits.

    Raises:
        RuntimeError: they are not the same.
    """
    allowed = tolerance * (1 + abs(measured))
    if not exported[0] - allowed <= measured <= exported[1] + allowed:
        raise RuntimeError(
            f"the SavedModel must have the test loss that was measured in training, {measured:.4g}, within"
            f" {allowed:.2g}. Received: {exported[0]:.4g}. Have the data or the model's file changed since?"
        )


def loss_of(
    prepared: "Prepared", outputs: Mapping[str, np.ndarray], temperature: float = 1.0
) -> tuple[float, float]:
    """Returns the loss that a SavedModel's outputs for the test split amount to, as the training measures it.

    It is the mean cross-entropy of `probabilities`, or the mean squared error or pinball loss of `prediction`
    on the scale that was learned. A probability below SMALLEST tells its loss from below only.

    Args:
        prepared: the data set with its preprocessing.
        outputs: of the SavedModel, by name.
        temperature: that it divides logits by, and the training does not.

    Returns:
        The least and the most that it can be.
    """
    dataset, y = prepared.dataset, prepared.dataset.test.y
    if dataset.task == "classification":
        rows, whole = np.arange(len(y)), outputs["probabilities"]
        loss = float(-uncalibrated(whole, temperature)[rows, y].mean())
        return loss, loss if whole[rows, y].min() > SMALLEST else math.inf
    if dataset.task == "multilabel_classification":
        found = outputs["probabilities"].astype(np.float64)
        right = np.where(y == 1, found, 1 - found)
        loss = float(-np.log(np.maximum(right, ROUNDED)).mean())
        return loss, loss if right.min() > ROUNDED else math.inf
    learned = np.log if dataset.log_target else np.asarray
    target, predicted = (learned(each.astype(np.float64)) for each in (y, outputs["prediction"]))
    if dataset.task == "quantile_regression":
        loss = float(pinball_loss(target, predicted, dataset.quantiles).mean() / prepared.target_scale[0])
    else:
        loss = float(np.mean(np.square((target - predicted) / prepared.target_scale)))
    return loss, loss


def uncalibrated(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Returns the logarithms of what [n, classes] probabilities are without a temperature."""
    return log_probabilities(np.log(np.maximum(probabilities.astype(np.float64), SMALLEST)) * temperature)


def evaluate(dataset: Dataset, outputs: Mapping[str, np.ndarray]) -> Evaluation:
    """Returns the figures of a SavedModel's outputs for the test split."""
    y = dataset.test.y
    if dataset.task == "classification":
        return evaluation.classification(
            y, outputs["class_index"], dataset.class_names, outputs["probabilities"]
        )
    if dataset.task == "multilabel_classification":
        return evaluation.multilabel_classification(y, outputs["probabilities"], dataset.targets)
    if dataset.task == "regression":
        predicted = outputs["prediction"]
        return evaluation.regression(y, predicted, log_target=dataset.log_target, targets=dataset.targets)
    if dataset.task == "quantile_regression":
        return evaluation.quantile_regression(y, outputs["prediction"], dataset.quantiles)
    return evaluation.sequences(
        y.tolist(), {name: np.char.decode(outputs[key], "utf-8").tolist() for name, key in DECODED.items()}
    )


def read(folder: Path, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns what a SavedModel gives in a process that can import neither Keras nor this package.

    Raises:
        RuntimeError: it cannot be read.
    """
    given: Any = {}
    for name, array in arrays.items():
        if array.dtype == object:
            lengths = np.cumsum([len(text) for text in array], dtype=np.int64)
            given |= {f"{name}.ends": lengths, f"{name}.text": np.frombuffer(b"".join(array), np.uint8)}
        else:
            given[name] = array
    with tempfile.TemporaryDirectory(prefix=".check.", dir=folder.parent) as aside:
        inputs, outputs = Path(aside) / "inputs.npz", Path(aside) / "outputs.npz"
        np.savez(inputs, **given)
        # Isolated: neither the folder it runs in nor PYTHONPATH can lend it this package.
        reader = Path(__file__).with_name("reader.py")
        command = [sys.executable, "-I", str(reader), str(folder), str(inputs), str(outputs), str(BATCH)]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
            raise RuntimeError(f"the SavedModel must be readable with TensorFlow alone. Received: {reason}")
        with np.load(outputs) as file:
            return dict(file)


def _other_classes(
    outputs: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], tolerance: float
) -> int:
    """Counts the examples whose class differs though the best two are not near each other."""
    best_two = np.sort(expected["probabilities"], axis=-1)[:, -2:]
    clear = best_two[:, 1] - best_two[:, 0] > 2 * tolerance
    return int(np.sum(clear & (outputs["class_index"] != expected["probabilities"].argmax(-1))))
