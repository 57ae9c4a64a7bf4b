"""Trained models of every kind, and what their SavedModels gave for the raw test split."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import outside
from tiny_tasks import TINY

from suite import Config
from suite.data.dataset import Dataset, Split
from suite.data.preprocessing import Prepared, identifiers
from suite.export.write import write
from suite.training.build import model_with_weights
from suite.training.engine import train
from suite.training.load import prepared

MODELS = {
    "images": {"model": "conv", "width": 4, "depth": 1},
    "columns": {"model": "dense", "width": 8, "depth": 1},
    "numbers": {"model": "dense", "width": 8, "depth": 1},
    "regression": {"model": "dense", "width": 8, "depth": 1},
    "texts": {"model": "transformer", "width": 8, "num_heads": 2, "depth": 1},
    "sequences": {"model": "rnn", "width": 6},
    "pairs": {"model": "seq2seq", "attention": "luong", "width": 16, "epochs": 20},
}

ALONE = """
import json, sys
import tensorflow as tf
answers = {}
for kind, (folder, inputs) in json.load(open(sys.argv[1])).items():
    loaded = tf.saved_model.load(folder)
    signature = loaded.signatures["serving_default"]
    types = {name: spec.dtype for name, spec in signature.structured_input_signature[1].items()}
    given = {name: tf.constant(values, types[name]) for name, values in inputs.items()}
    outputs = {name: x.numpy() for name, x in signature(**given).items()}
    outputs["called"] = loaded(given if list(given) != ["inputs"] else given["inputs"]).numpy()
    texts = {name: [text.decode() for text in x] for name, x in outputs.items() if x.dtype == object}
    answers[kind] = {name: x.tolist() for name, x in outputs.items()  if x.dtype != object} | texts
json.dump(answers, open(sys.argv[1], "w"))
"""


@dataclass(frozen=True)
class Served:
    """A trained model with its measured test metrics, and what its SavedModel gave for the raw test split."""

    config: Config
    model: keras.Model
    prepared: Prepared
    measured: dict[str, float]
    outputs: dict[str, np.ndarray]
    folder: Path


def numbers() -> Dataset:
    """Numeric columns only, some missing, as somebody called them who was not thinking of TensorFlow."""
    dataset = TINY["columns"]()
    names = {"age (years)": "나이", "Inputs": "length (cm)"}

    def part(split: Split) -> Split:
        return replace(split, x=split.x[list(names)].rename(columns=names))

    parts = {name: part(getattr(dataset, name)) for name in ("train", "validation", "test")}
    return replace(dataset, **parts, kinds=dict.fromkeys(names.values(), "numeric"))


def make(folder: Path) -> dict[str, Served]:
    """Trains and writes them all, and reads them in one process that has TensorFlow only."""
    made, asked = {}, {}
    for kind, dataset in {**{kind: make() for kind, make in TINY.items()}, "numbers": numbers()}.items():
        # `dataset` of the config is a name only: the data are given.
        config = Config(
            **{"dataset": "digits", "batch_size": 16, "epochs": 3, "learning_rate": 0.02, **MODELS[kind]}
        )
        data = prepared(config, dataset)
        result = train(config, dataset=dataset, test=True, weights=True)
        model = model_with_weights(config, data, result.weights)
        (folder / kind).mkdir()
        write(model, data, folder / kind / "model")
        made[kind] = config, model, data, result.test
        asked[kind] = str(folder / kind / "model"), raw(dataset.test.x)
    (folder / "asked.json").write_text(json.dumps(asked))
    outside.run(ALONE, str(folder / "asked.json"))
    answers = json.loads((folder / "asked.json").read_text())
    return {
        kind: Served(
            *parts, {k: np.array(x) for k, x in answers[kind].items()}, folder=folder / kind / "model"
        )
        for kind, parts in made.items()
    }


def raw(x) -> dict[str, list]:
    """The raw examples as plain lists: NaN and "" where something is missing."""
    if isinstance(x, np.ndarray):
        return {"inputs": x.tolist()}
    return {
        identifiers(x)[name]: x[name].fillna("" if x[name].dtype == object else np.nan).tolist() for name in x
    }


def as_read(case: Served) -> dict[str, np.ndarray]:
    """The outputs with their texts as bytes, as TensorFlow has them."""
    return {
        name: np.char.encode(x, "utf-8") if x.dtype.kind == "U" else x for name, x in case.outputs.items()
    }
