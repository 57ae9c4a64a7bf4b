"""SavedModel export: raw inputs in, answers out. Checked with plain TensorFlow before it is done.

Writing needs TensorFlow and Keras, which are imported late. Reading needs TensorFlow only.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite.analysis import evaluation
from suite.analysis.evaluation import Evaluation
from suite.export.model_card import model_card
from suite.export.records import Exported, Form, Origin
from suite.study.config import Config

if TYPE_CHECKING:
    import keras

    from suite.data.dataset import Dataset
    from suite.data.preprocessing import Prepared

TOLERANCE = {"float32": 1e-4, "16 bits": 1e-2}
"""Largest difference of an output between the SavedModel, run as a graph, and the Keras model, by compute type."""

BATCH = 1000

TEXTS_APART = 0.005
"""Share of decoded texts that may differ: where two tokens are equally likely, rounding decides."""

DECODED = {"greedy": "text", "beam": "beam_text"}
"""Decoder -> output of the SavedModel."""

READER = """
import sys
sys.modules["keras"] = None  # whoever serves the model need not have it
import numpy as np
import tensorflow as tf
folder, given, outputs, batch = *sys.argv[1:4], int(sys.argv[4])
arrays = dict(np.load(given))
for name in [key.removesuffix(".ends") for key in arrays if key.endswith(".ends")]:  # texts, one after the other
    ends, text = arrays.pop(name + ".ends").tolist(), arrays.pop(name + ".text").tobytes()
    arrays[name] = np.array([text[start:end] for start, end in zip([0, *ends], ends)], object)
serve = tf.saved_model.load(folder).signatures["serving_default"]
size = len(next(iter(arrays.values())))
starts = [0, *range(1, size, batch)]
parts = []
for start, end in zip(starts, [*starts[1:], size]):
    parts.append(serve(**{name: tf.constant(array[start:end]) for name, array in arrays.items()}))
joined = {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}
np.savez(outputs, **{name: array.astype("S") if array.dtype == object else array for name, array in joined.items()})
"""


def export(model: "keras.Model", prepared: "Prepared", folder: Path, *, origin: Origin) -> Exported:
    """Writes a SavedModel with its model card, reads it back in a process of its own and compares the whole test split.

    The signatures `serve` and `serving_default` take raw inputs: `inputs` [batch, ...], or [batch] numbers or strings by
    column. They give `probabilities` [batch, classes] float32, `class_index` [batch] int32 and `class_name` [batch] string;
    or `prediction` [batch] in the target's own unit; or `text` and `beam_text` [batch] string. Calling the loaded object
    gives the first of these. `assets/class_names.txt` has the class names, one a line.

    Args:
        model: maps preprocessed and normalised inputs to outputs.
        prepared: the data set with its preprocessing.
        folder: to be written; an export that is there is replaced once the new one has passed.
        origin: of the model.

    Raises:
        ValueError: a weight is not finite, or `folder` holds something that is no export.
        RuntimeError: the SavedModel cannot be read or does not give the model's outputs. `folder` is as it was.
    """
    from suite.data.preprocessing import raw_inputs
    from suite.export.serving import expected_outputs

    folder = Path(folder).absolute()
    _refuse_foreign(folder)
    _refuse_non_finite(model)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as aside:
        written = Path(aside) / "new"
        _write(model, prepared, written)
        bits = {weight.dtype for weight in model.weights} | {layer.compute_dtype for layer in model.layers}
        tolerance = TOLERANCE["16 bits" if bits & {"float16", "bfloat16"} else "float32"]
        expected = expected_outputs(model, prepared, BATCH)
        outputs, difference = check(written, prepared.dataset, expected, tolerance)
        exported = Exported(
            path=folder, examples=len(prepared.test), max_difference=difference,
            evaluation=evaluate(prepared.dataset, outputs),
            inputs=_forms(raw_inputs(prepared.dataset, prepared.dataset.test.x[:1])),
            output=next(iter(_forms(expected).values())),
        )  # fmt: skip
        (written / "model_card.md").write_text(model_card(origin, prepared.dataset, exported))
        (written / "evaluation.json").write_text(json.dumps(asdict(exported.evaluation)))
        if folder.exists():
            folder.rename(Path(aside) / "old")
        written.rename(folder)
    return exported


def evaluate(dataset: "Dataset", outputs: Mapping[str, np.ndarray]) -> Evaluation:
    """The figures of a SavedModel's outputs for the test split."""
    y = dataset.test.y
    if dataset.task == "classification":
        return evaluation.classification(y, outputs["class_index"], dataset.class_names)
    if dataset.task == "regression":
        return evaluation.regression(y, outputs["prediction"], log_target=dataset.log_target)
    return evaluation.sequences(
        y, {name: np.char.decode(outputs[key], "utf-8").tolist() for name, key in DECODED.items()}
    )


def save_winner(folder: Path, origin: Origin, weights: Path) -> Path:
    """Keeps a study's winner in `folder`, for exports to come: `winner.npz` and the returned `winner.json`."""
    shutil.copyfile(weights, folder / "winner.npz")
    record = folder / "winner.json"
    record.write_text(json.dumps(asdict(origin) | {"config": origin.config.model_dump()}))
    return record


def export_winner(record: Path, folder: Path) -> Exported:
    """Exports what `save_winner` kept; imports TensorFlow. Raises as `export` does."""
    from suite.training.load import prepared
    from suite.training.program import model_with_weights

    kept = json.loads(record.read_text())
    origin = Origin(**kept | {"config": Config(**kept["config"]), "caveats": tuple(kept["caveats"])})
    data = prepared(origin.config)
    with np.load(record.with_suffix(".npz")) as arrays:
        model = model_with_weights(origin.config, data, list(arrays.values()))
    return export(model, data, folder, origin=origin)


def check(
    folder: Path, dataset: "Dataset", expected: Mapping[str, np.ndarray], tolerance: float
) -> tuple[dict[str, np.ndarray], float]:
    """Reads a SavedModel in a process that has TensorFlow only, and compares what it gives for the raw test split.

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

    outputs = _read(folder, raw_inputs(dataset, dataset.test.x))
    main = next(iter(expected))
    if dataset.task == "sequence_to_sequence":
        difference, allowed = float(np.mean(outputs[main] != expected[main].astype("S"))), TEXTS_APART
    else:
        spread = float(np.std(expected[main])) if dataset.task == "regression" else 1.0
        difference, allowed = (
            float(np.max(np.abs(outputs[main] - expected[main]))) / max(spread, 1e-12),
            tolerance,
        )
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


def _other_classes(
    outputs: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], tolerance: float
) -> int:
    """Examples whose class differs though the best two are not near each other."""
    best_two = np.sort(expected["probabilities"], axis=-1)[:, -2:]
    clear = best_two[:, 1] - best_two[:, 0] > 2 * tolerance
    return int(np.sum(clear & (outputs["class_index"] != expected["probabilities"].argmax(-1))))


def _forms(arrays: Mapping[str, np.ndarray]) -> dict[str, Form]:
    return {
        name: (x.dtype.name if x.dtype.kind in "fiu" else "string", tuple(x.shape[1:]))
        for name, x in arrays.items()
    }


def _write(model: "keras.Model", prepared: "Prepared", folder: Path) -> None:
    import tensorflow as tf

    from suite.export.serving import Serving

    class_names = prepared.dataset.class_names
    with tempfile.TemporaryDirectory() as aside:
        names = Path(aside) / "class_names.txt"
        names.write_text("".join(f"{name}\n" for name in class_names), encoding="utf-8")
        serving = Serving(model, prepared, names if class_names else None)
        signatures = {"serving_default": serving.signature, "serve": serving.signature}
        tf.saved_model.save(serving, str(folder), signatures=signatures)


def _read(folder: Path, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    given = {}
    for name, array in arrays.items():
        if array.dtype == object:
            lengths = np.cumsum([len(text) for text in array], dtype=np.int64)
            given |= {f"{name}.ends": lengths, f"{name}.text": np.frombuffer(b"".join(array), np.uint8)}
        else:
            given[name] = array
    with tempfile.TemporaryDirectory() as aside:
        inputs, outputs = Path(aside) / "inputs.npz", Path(aside) / "outputs.npz"
        np.savez(inputs, **given)
        # Isolated: neither the folder it runs in nor PYTHONPATH can lend it this package.
        command = [sys.executable, "-I", "-c", READER, str(folder), str(inputs), str(outputs), str(BATCH)]
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
        raise ValueError(
            f"`folder` must be new, empty or an earlier export, which is replaced. Received: {folder}."
        )
