"""Exports a trained model as a SavedModel that takes raw inputs, checked before it is put in its place.

Writing needs TensorFlow and Keras, which are imported late. Reading needs TensorFlow only.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite import paths
from suite.analysis.evaluation import calibration
from suite.data.inputs import input_names
from suite.export.card import card
from suite.export.check import BATCH, check, check_loss, evaluate, loss_of, uncalibrated
from suite.export.folder import beside, refuse_foreign
from suite.export.records import MAIN_OUTPUT, Exported, Form, Origin
from suite.export.temperature import fit
from suite.study.config import Config

if TYPE_CHECKING:
    import keras

    from suite.data.preprocessing import Prepared

TOLERANCE = {"float32": 1e-4, "16 bits": 1e-2}
"""Largest difference of an output of the SavedModel from the Keras model's, by compute type."""

LOSS_TOLERANCE = {"float32": 0.01, "16 bits": 0.05}
"""Largest difference of the test loss from the one that the training measured, as a share of 1 + loss."""


def export(
    model: "keras.Model", prepared: "Prepared", folder: Path, *, origin: Origin, calibrate: bool = False
) -> Exported:
    """Writes a SavedModel with its card, reads it back in another process and compares the whole test split.

    The signatures `serve` and `serving_default` take raw inputs: `inputs` [batch, ...], or [batch] numbers or
    strings by column. They give `probabilities` [batch, classes] float32, `class_index` [batch] int32 and
    `class_name` [batch] string; or `prediction` [batch] in the target's own unit; or `text` and `beam_text`
    [batch] string. Of several targets, quantiles or labels `prediction` or `probabilities` has a column each,
    which is an output by its name too. Calling the loaded object gives the first of these; its `serve` gives
    all, of an array or of columns by name. `assets/inputs.json` says what the inputs are,
    `assets/class_names.txt` has the class names, one a line, `assets/outputs.json` what stands for which
    target.

    Args:
        model: maps preprocessed and normalised inputs to outputs.
        prepared: the data set with its preprocessing.
        folder: to be written; an export that is there is replaced, in one step, once the new one has passed.
        origin: of the model. Its `test_loss` is compared with the one of what was exported.
        calibrate: whether to divide the logits of a classification by a temperature fitted on validation.

    Raises:
        ValueError: a weight or a loss is not finite, there are no probabilities to calibrate, or `folder`
            holds something that is no export.
        RuntimeError: the SavedModel cannot be read, or does not give the model's outputs or its measured
            loss. `folder` is as it was.
    """
    from suite.export.serving import expected_outputs
    from suite.export.write import refuse_non_finite, write

    folder = Path(folder).absolute()
    refuse_foreign(folder)
    refuse_non_finite(model)
    _refuse_diverged(origin)
    temperature = _temperature(model, prepared) if calibrate else 1.0
    with beside(folder) as aside:
        new = aside / "new"
        write(model, prepared, new, temperature=temperature)
        expected = expected_outputs(model, prepared, BATCH, temperature)
        outputs, difference = check(new, prepared.dataset, expected, TOLERANCE[_precision(model)])
        _check_loss(model, prepared, outputs, origin, temperature)
        exported = replace(_record(prepared, new, outputs, difference, temperature), path=folder)
        (new / "evaluation.json").write_text(json.dumps(asdict(exported.evaluation)))
        (new / "model_card.md").write_text(card(origin, prepared, exported), encoding="utf-8")
        paths.put(new, folder)
    return exported


def _temperature(model: "keras.Model", prepared: "Prepared") -> float:
    """Fits the temperature on validation."""
    from suite.export.serving import validation_logits

    if prepared.dataset.task != "classification":
        raise ValueError(
            f"`calibrate` expects probabilities of classes. Received: a model for {prepared.dataset.task}."
        )
    return fit(validation_logits(model, prepared, BATCH), prepared.validation.y)


def _check_loss(
    model: "keras.Model",
    prepared: "Prepared",
    outputs: Mapping[str, np.ndarray],
    origin: Origin,
    temperature: float,
) -> None:
    """Compares the loss with the measured one, if one was measured; see `check_loss`."""
    from suite.export.serving import forced_loss

    if "test_loss" in origin.metrics:
        texts = prepared.dataset.task == "sequence_to_sequence"
        loss = forced_loss(model, prepared, BATCH) if texts else loss_of(prepared, outputs, temperature)
        check_loss(loss, origin.metrics["test_loss"], LOSS_TOLERANCE[_precision(model)])


def _record(
    prepared: "Prepared",
    written: Path,
    outputs: Mapping[str, np.ndarray],
    difference: float,
    temperature: float,
) -> Exported:
    """Records what was found of the SavedModel `written`, at the place where it lies."""
    from suite.data.preprocessing import raw_inputs
    from suite.export.write import needs_select_ops

    dataset, before = prepared.dataset, None
    if temperature != 1:
        probabilities = np.exp(uncalibrated(outputs["probabilities"], temperature))
        before = calibration(dataset.test.y, probabilities)
    return Exported(
        path=written, examples=len(dataset.test), max_difference=difference,
        evaluation=evaluate(dataset, outputs), inputs=_forms(raw_inputs(dataset, dataset.test.x[:1])),
        output=_forms(outputs)[MAIN_OUTPUT[dataset.task]], columns=input_names(dataset),
        select_ops=needs_select_ops(written), temperature=temperature, uncalibrated=before,
    )  # fmt: skip


def save_winner(folder: Path, origin: Origin, weights: Path) -> Path:
    """Keeps in `folder` what a study's winner is, for exports to come.

    Args:
        folder: of the study.
        origin: of the winner.
        weights: its file of weights, which stays where it is, below `folder`.

    Returns:
        The record, `winner.json`. It is written at once, with the place of the weights: the two belong
        together.
    """
    record = folder / "winner.json"
    kept = asdict(origin) | {"config": origin.config.model_dump()}
    kept["weights"] = weights.relative_to(folder).as_posix()
    paths.replace(record, lambda file: file.write(json.dumps(kept).encode()))
    return record


def export_winner(record: Path, folder: Path, *, calibrate: bool = False) -> Exported:
    """Exports what `save_winner` kept; imports TensorFlow. Raises as `export`, or if the weights are gone."""
    from suite.training.build import model_with_weights
    from suite.training.load import prepared

    kept = json.loads(record.read_text())
    weights = record.parent / kept.pop("weights")
    if not weights.is_file():
        raise ValueError(
            f"`record` must have its weights beside it. Received: none in {weights}. Run the study again."
        )
    origin = Origin(**kept | {"config": Config(**kept["config"]), "caveats": tuple(kept["caveats"])})
    data = prepared(origin.config)
    with np.load(weights) as arrays:
        model = model_with_weights(origin.config, data, list(arrays.values()))
    return export(model, data, folder, origin=origin, calibrate=calibrate)


def _precision(model: "keras.Model") -> str:
    """Returns the key of TOLERANCE that a model's weights and layers call for."""
    bits = {weight.dtype for weight in model.weights} | {layer.compute_dtype for layer in model.layers}
    return "16 bits" if bits & {"float16", "bfloat16"} else "float32"


def _refuse_diverged(origin: Origin) -> None:
    losses = {name: value for name, value in origin.metrics.items() if name.endswith("loss")}
    bad = [f"{name}={value}" for name, value in losses.items() if not math.isfinite(value)]
    if bad:
        raise ValueError(f"`origin` must be a training that did not diverge. Received: {', '.join(bad)}.")


def _forms(arrays: Mapping[str, np.ndarray]) -> dict[str, Form]:
    return {
        name: (x.dtype.name if x.dtype.kind in "fiu" else "string", tuple(x.shape[1:]))
        for name, x in arrays.items()
    }
