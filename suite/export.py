"""SavedModel export: raw inputs in, probabilities and class names out. Checked with plain TensorFlow before it is done.

Writing needs TensorFlow and Keras, which are imported late. Reading needs TensorFlow only.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite.card import model_card
from suite.config import Config

if TYPE_CHECKING:
    import keras

    from suite.data.dataset import Dataset

TOLERANCE = {"float32": 1e-4, "16 bits": 1e-2}
"""Largest difference of a probability between the SavedModel, run as a graph, and the Keras model, by compute type."""

BATCH = 1000

READER = """
import sys
sys.modules["keras"] = None  # whoever serves the model need not have it
import numpy as np
import tensorflow as tf
folder, inputs, outputs = sys.argv[1:]
x = np.load(inputs)
serve = tf.saved_model.load(folder).signatures["serving_default"]
parts = [serve(inputs=tf.constant(part)) for part in np.split(x, [1, *range(1000, len(x), 1000)]) if len(part)]
arrays = {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}
np.savez(outputs, **{name: array.astype("S") if array.dtype == object else array for name, array in arrays.items()})
"""


@dataclass(frozen=True)
class Origin:
    """Where a model comes from, for its card.

    Attributes:
        study: name of the study. question, answer: of the study, in words.
        config: what was trained.
        metrics: measured on this model, by name.
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
    """A SavedModel that was read back and agreed.

    Attributes:
        path: its folder.
        examples: number of test examples compared.
        max_difference: largest difference of a probability from the Keras model's.
        test_accuracy: of the SavedModel on those examples.
    """

    path: Path
    examples: int
    max_difference: float
    test_accuracy: float


def export(model: "keras.Model", dataset: "Dataset", folder: Path, *, origin: Origin) -> Exported:
    """Writes a SavedModel with its model card, reads it back in a process of its own and compares the whole test split.

    The signatures `serve` and `serving_default` take `inputs`, [batch, *dataset.input_shape] in the data's raw type,
    and give `probabilities` [batch, classes] float32, `class_index` [batch] int32 and `class_name` [batch] string.
    Calling the loaded object gives the probabilities. `assets/class_names.txt` has the class names, one a line.

    Args:
        model: maps normalised float32 inputs [batch, *dataset.input_shape] to logits [batch, classes].
        dataset: whose `mean` and `variance` the inputs were normalised with.
        folder: to be written; an export that is there is replaced once the new one has passed.
        origin: of the model.

    Raises:
        ValueError: a weight is not finite, or `folder` holds something that is no export.
        RuntimeError: the SavedModel cannot be read or does not give the model's outputs. `folder` is as it was.
    """
    folder = Path(folder).absolute()
    _refuse_foreign(folder)
    _refuse_non_finite(model)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as aside:
        written = Path(aside) / "new"
        _write(model, dataset, written)
        bits = {weight.dtype for weight in model.weights} | {layer.compute_dtype for layer in model.layers}
        tolerance = TOLERANCE["16 bits" if bits & {"float16", "bfloat16"} else "float32"]
        outputs, difference = check(written, dataset, expected_probabilities(model, dataset), tolerance)
        accuracy = float(np.mean(outputs["class_index"] == dataset.test.y))
        exported = Exported(folder, len(dataset.test), difference, accuracy)
        (written / "model_card.md").write_text(model_card(origin, dataset, exported))
        if folder.exists():
            folder.rename(Path(aside) / "old")
        written.rename(folder)
    return exported


def save_winner(folder: Path, origin: Origin, weights: Path) -> Path:
    """Keeps a study's winner in `folder`, for exports to come: `winner.npz` and the returned `winner.json`."""
    shutil.copyfile(weights, folder / "winner.npz")
    record = folder / "winner.json"
    record.write_text(json.dumps(asdict(origin) | {"config": origin.config.model_dump()}))
    return record


def export_winner(record: Path, folder: Path) -> Exported:
    """Exports what `save_winner` kept; imports TensorFlow. Raises as `export` does."""
    from suite.training.load import load
    from suite.training.program import model_with_weights

    kept = json.loads(record.read_text())
    origin = Origin(**kept | {"config": Config(**kept["config"]), "caveats": tuple(kept["caveats"])})
    dataset = load(origin.config)
    with np.load(record.with_suffix(".npz")) as arrays:
        model = model_with_weights(origin.config, dataset, list(arrays.values()))
    return export(model, dataset, folder, origin=origin)


def expected_probabilities(model: "keras.Model", dataset: "Dataset") -> np.ndarray:
    """What the Keras model gives for the test split, normalised here in NumPy: [n, classes] float32."""
    import tensorflow as tf

    parts = []
    with tf.device("CPU"):  # where the SavedModel is checked, so that another process may hold the accelerator
        for start in range(0, len(dataset.test), BATCH):
            x = dataset.test.x[start : start + BATCH].astype(np.float32)
            logits = model((x - dataset.mean) / np.sqrt(dataset.variance), training=False)
            parts.append(tf.nn.softmax(tf.cast(logits, tf.float32)).numpy())
    return np.concatenate(parts)


def check(folder: Path, dataset: "Dataset", expected: np.ndarray, tolerance: float) -> tuple[dict[str, np.ndarray], float]:
    """Reads a SavedModel in a process that has TensorFlow only, and compares what it gives for the raw test split.

    Args:
        folder: of the SavedModel.
        dataset: whose test split and class names are used.
        expected: [n, classes] probabilities.
        tolerance: largest difference of a probability. Classes may differ only where the best two are as near as that.

    Returns:
        The outputs by name, and the largest difference.

    Raises:
        RuntimeError: it cannot be read, or gives something else.
    """
    outputs = _read(folder, dataset.test.x)
    difference = float(np.max(np.abs(outputs["probabilities"] - expected)))
    best_two = np.sort(expected, axis=-1)[:, -2:]
    clear = best_two[:, 1] - best_two[:, 0] > 2 * tolerance
    other = int(np.sum(clear & (outputs["class_index"] != expected.argmax(-1))))
    if not difference <= tolerance or other:  # a NaN is no difference that would be allowed
        raise RuntimeError(
            f"the SavedModel must give the model's own outputs within {tolerance:g}. Received: a difference of"
            f" {difference:.3g}, and another class for {other} of {len(expected)} test examples."
        )
    names = np.array(dataset.class_names)[outputs["class_index"]]
    if not np.array_equal(np.char.decode(outputs["class_name"], "utf-8"), names):
        raise RuntimeError("`class_name` of the SavedModel must be the data set's. Received: other names.")
    return outputs, difference


def _write(model: "keras.Model", dataset: "Dataset", folder: Path) -> None:
    import keras
    import tensorflow as tf

    raw = keras.Input(dataset.input_shape, dtype=dataset.test.x.dtype.name)
    normalization = keras.layers.Normalization(
        axis=-1 if np.ndim(dataset.mean) else None, mean=dataset.mean, variance=dataset.variance, dtype="float32"
    )
    probabilities = keras.layers.Softmax(dtype="float32")(model(normalization(raw)))
    signature = [tf.TensorSpec([None, *dataset.input_shape], dataset.test.x.dtype, name="inputs")]

    class Serving(tf.Module):
        def __init__(self, names: Path):
            super().__init__()
            self.model = keras.Model(raw, probabilities)
            self.class_names = tf.constant(dataset.class_names)
            self.asset = tf.saved_model.Asset(str(names))

        @tf.function(input_signature=signature)
        def __call__(self, inputs):
            return self.model(inputs, training=False)

        @tf.function(input_signature=signature)
        def serve(self, inputs):
            given = self(inputs)
            index = tf.argmax(given, axis=-1, output_type=tf.int32)
            return {"probabilities": given, "class_index": index, "class_name": tf.gather(self.class_names, index)}

    with tempfile.TemporaryDirectory() as aside:
        names = Path(aside) / "class_names.txt"
        names.write_text("".join(f"{name}\n" for name in dataset.class_names), encoding="utf-8")
        serving = Serving(names)
        signatures = {"serving_default": serving.serve, "serve": serving.serve}
        tf.saved_model.save(serving, str(folder), signatures=signatures)


def _read(folder: Path, x: np.ndarray) -> dict[str, np.ndarray]:
    with tempfile.TemporaryDirectory() as aside:
        inputs, outputs = Path(aside) / "inputs.npy", Path(aside) / "outputs.npz"
        np.save(inputs, x)
        # Isolated: neither the folder it runs in nor PYTHONPATH can lend it this package.
        command = [sys.executable, "-I", "-c", READER, str(folder), str(inputs), str(outputs)]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
            raise RuntimeError(f"the SavedModel must be readable with TensorFlow alone. Received: {reason}")
        with np.load(outputs) as arrays:
            return dict(arrays)


def _refuse_non_finite(model: "keras.Model") -> None:
    bad = [weight.path for weight in model.weights if not np.isfinite(np.asarray(weight, np.float64)).all()]
    if bad:
        raise ValueError(f"`model` must have finite weights. Received: NaN or infinity in {', '.join(bad)}.")


def _refuse_foreign(folder: Path) -> None:
    if folder.is_dir() and (not any(folder.iterdir()) or (folder / "model_card.md").is_file()):
        return
    if folder.exists():
        raise ValueError(f"`folder` must be new, empty or an earlier export, which is replaced. Received: {folder}.")
