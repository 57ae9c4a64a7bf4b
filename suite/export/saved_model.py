"""Exports a trained model as a SavedModel that takes raw inputs, checked before it is put in its place.

Writing needs TensorFlow and Keras, which are imported late. Reading needs TensorFlow only.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite import paths
from suite.data.inputs import input_names
from suite.export.card import card
from suite.export.check import BATCH, check, check_loss, evaluate, loss_of
from suite.export.folder import beside, put, refuse_foreign
from suite.export.records import MAIN_OUTPUT, Exported, Form, Origin
from suite.study.config import Config

if TYPE_CHECKING:
    import keras

    from suite.data.preprocessing import Prepared

TOLERANCE = {"float32": 1e-4, "16 bits": 1e-2}
"""Largest difference of an output of the SavedModel from the Keras model's, by compute type."""

LOSS_TOLERANCE = {"float32": 0.01, "16 bits": 0.05}
"""Largest difference of the test loss from the one that the training measured, as a share of 1 + loss."""


def export(model: "keras.Model", prepared: "Prepared", folder: Path, *, origin: Origin) -> Exported:
    """Writes a SavedModel with its card, reads it back in another process and compares the whole test split.

    The signatures `serve` and `serving_default` take raw inputs: `inputs` [batch, ...], or [batch] numbers or
    strings by column. They give `probabilities` [batch, classes] float32, `class_index` [batch] int32 and
    `class_name` [batch] string; or `prediction` [batch] in the target's own unit; or `text` and `beam_text`
    [batch] string. Calling the loaded object gives the first of these; its `serve` gives all, of an array or
    of columns by name. `assets/inputs.json` says what the inputs are, `assets/class_names.txt` has the class
    names, one a line.

    Args:
        model: maps preprocessed and normalised inputs to outputs.
        prepared: the data set with its preprocessing.
        folder: to be written; an export that is there is replaced, in one step, once the new one has passed.
        origin: of the model. Its `test_loss` is compared with the one of what was exported.

    Raises:
        ValueError: a weight or a metric is not finite, or `folder` holds something that is no export.
        RuntimeError: the SavedModel cannot be read, or does not give the model's outputs or its measured
        loss. `folder`
            is as it was.
    """
    from suite.data.preprocessing import raw_inputs
    from suite.export.serving import expected_outputs, forced_loss
    from suite.export.write import needs_select_ops, refuse_non_finite, write

    folder, dataset = Path(folder).absolute(), prepared.dataset
    refuse_foreign(folder)
    refuse_non_finite(model)
    _refuse_diverged(origin)
    precision = _precision(model)
    with beside(folder) as aside:
        new = aside / "new"
        write(model, prepared, new)
        expected = expected_outputs(model, prepared, BATCH)
        outputs, difference = check(new, dataset, expected, TOLERANCE[precision])
        if "test_loss" in origin.metrics:
            texts = dataset.task == "sequence_to_sequence"
            loss = forced_loss(model, prepared, BATCH) if texts else loss_of(prepared, outputs)
            check_loss(loss, origin.metrics["test_loss"], LOSS_TOLERANCE[precision])
        exported = Exported(
            path=folder, examples=len(prepared.test), max_difference=difference,
            evaluation=evaluate(dataset, outputs),
            inputs=_forms(raw_inputs(dataset, dataset.test.x[:1])),
            output=_forms(expected)[MAIN_OUTPUT[dataset.task]],
            columns=input_names(dataset), select_ops=needs_select_ops(new),
        )  # fmt: skip
        (new / "evaluation.json").write_text(json.dumps(asdict(exported.evaluation)))
        text = card(origin, prepared, exported)
        (new / "model_card.md").write_text(text, encoding="utf-8")
        put(new, folder)
    return exported


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


def export_winner(record: Path, folder: Path) -> Exported:
    """Exports what `save_winner` kept; imports TensorFlow. Raises as `export` does."""
    from suite.training.build import model_with_weights
    from suite.training.load import prepared

    kept = json.loads(record.read_text())
    weights = record.parent / kept.pop("weights")
    origin = Origin(**kept | {"config": Config(**kept["config"]), "caveats": tuple(kept["caveats"])})
    data = prepared(origin.config)
    with np.load(weights) as arrays:
        model = model_with_weights(origin.config, data, list(arrays.values()))
    return export(model, data, folder, origin=origin)


def _precision(model: "keras.Model") -> str:
    """Returns the key of TOLERANCE that a model's weights and layers call for."""
    bits = {weight.dtype for weight in model.weights} | {layer.compute_dtype for layer in model.layers}
    return "16 bits" if bits & {"float16", "bfloat16"} else "float32"


def _refuse_diverged(origin: Origin) -> None:
    bad = [f"{name}={value}" for name, value in origin.metrics.items() if not math.isfinite(value)]
    if bad:
        raise ValueError(f"`origin` must be a training that did not diverge. Received: {', '.join(bad)}.")


def _forms(arrays: Mapping[str, np.ndarray]) -> dict[str, Form]:
    return {
        name: (x.dtype.name if x.dtype.kind in "fiu" else "string", tuple(x.shape[1:]))
        for name, x in arrays.items()
    }
