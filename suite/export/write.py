"""Writes a Keras model with its preprocessing as a SavedModel. Imports TensorFlow and Keras."""

import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from suite.data.preprocessing import Prepared
from suite.export.contract import served_inputs
from suite.export.records import named_outputs
from suite.export.serving import Serving

NOT_IN_TFLITE = (b"LookupTableFind", b"RegexReplace", b"StringSplit", b"TensorListReserve")
"""Operations by which TFLite's converter fails unless it may take TensorFlow's own."""


def write(model: keras.Model, prepared: Prepared, folder: Path, *, temperature: float = 1.0) -> None:
    """Writes the SavedModel, with `assets/inputs.json`, of a classification `assets/class_names.txt`, and
    `assets/outputs.json` where several numbers are predicted.

    Args:
        model: maps preprocessed and normalised inputs to outputs.
        prepared: the data set with its preprocessing.
        folder: to be written. What becomes an asset is first written into the folder that holds it.
        temperature: divides the logits of a classification.
    """
    class_names, aside = prepared.dataset.class_names, folder.parent
    inputs = {item.name: item.record() for item in served_inputs(prepared)}
    texts = {"inputs.json": json.dumps(inputs, ensure_ascii=False, indent=1)}
    if outputs := named_outputs(prepared.dataset):
        texts["outputs.json"] = json.dumps(outputs, ensure_ascii=False, indent=1)
    if class_names:
        texts["class_names.txt"] = "".join(f"{name}\n" for name in class_names)
    for name, text in texts.items():
        (aside / name).write_text(text, encoding="utf-8")
    serving = Serving(model, prepared, [aside / name for name in texts], temperature=temperature)
    signatures = {"serving_default": serving.signature, "serve": serving.signature}
    tf.saved_model.save(serving, str(folder), signatures=signatures)


def needs_select_ops(folder: Path) -> bool:
    """Says whether a SavedModel has operations that are not built into TFLite: of texts, of a recurrence."""
    program = (folder / "saved_model.pb").read_bytes()
    return any(name in program for name in NOT_IN_TFLITE)


def refuse_non_finite(model: keras.Model) -> None:
    """Refuses a model with a weight that is no number.

    Raises:
        ValueError: naming the weights.
    """
    bad = [weight.path for weight in model.weights if not np.isfinite(np.asarray(weight, np.float64)).all()]
    if bad:
        raise ValueError(f"`model` must have finite weights. Received: NaN or infinity in {', '.join(bad)}.")
