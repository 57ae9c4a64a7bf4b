"""Trained models of every kind, and what their SavedModels gave for the raw test split."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import outside
import pandas as pd
from tiny_tasks import TINY

from suite import Config
from suite.data.dataset import Dataset, Split, Whole, split
from suite.data.inputs import input_names
from suite.data.preprocessing import Prepared
from suite.export.write import write
from suite.training.build import model_with_weights
from suite.training.engine import train
from suite.training.load import prepared

MODELS = {
    "images": {"model": "conv", "width": 4, "depth": 1},
    "columns": {"model": "dense", "width": 8, "depth": 1},
    "numbers": {"model": "dense", "width": 8, "depth": 1},
    "visits": {"model": "dense", "width": 8, "depth": 1, "epochs": 10},
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


def visits() -> Dataset:
    """A date as its file writes it beside a category and a number, named in any script; some are missing."""
    rng, y = np.random.default_rng(9), np.resize([0, 1, 1], 160).astype(np.int32)
    days = pd.Series(pd.to_datetime("2023-01-01") + pd.to_timedelta(rng.integers(0, 365 * 24, 160), "h"))
    days[rng.choice(160, 20, replace=False)] = pd.NaT
    x = pd.DataFrame({
        "1st visit year": days.dt.year, "1st visit month": days.dt.month, "1st visit hour": days.dt.hour,
        "1st visit": days.dt.strftime("%d/%m/%Y %H:%M").astype(object),
        "class": np.where(y == 1, rng.choice(["größte", "second"], 160), "first").astype(object),
        "나이": 30 + 20 * y + rng.normal(0, 8, 160),
    })  # fmt: skip
    x.loc[rng.choice(160, 20, replace=False), "class"] = None
    x.loc[rng.choice(160, 20, replace=False), "나이"] = np.nan
    every = Split(x.astype({name: "float32" for name in x if x[name].dtype.kind == "f"}), y)
    facts = dict.fromkeys(("source", "licence", "description", "splits", "sha256"), "a fact.")
    dates = [f"1st visit {part}" for part in ("year", "month", "hour")]
    whole = Whole(
        name="visits", task="classification", class_names=("no", "yes"), train=every.take(slice(128)),
        test=every.take(slice(128, None)), validation_size=32, dates={"1st visit": "day-first"},
        kinds={**dict.fromkeys(dates, "numeric"), "class": "categorical", "나이": "numeric"},
        origins=dict.fromkeys(dates, "1st visit"), units={"나이": "years"}, missing=("", "n/a"),
        notes=("`1st visit` has dates that are day-first.",), **facts,
    )  # fmt: skip
    return split(whole, data_seed=0, train_size=None, validation_size=None)


def kinds() -> dict[str, tuple[Config, Dataset]]:
    """What is trained on what, of every kind. `dataset` of the config is a name only: the data are given."""
    settings = {"dataset": "digits", "batch_size": 16, "epochs": 3, "learning_rate": 0.02}
    made = {**TINY, "numbers": numbers, "visits": visits}
    return {kind: (Config(**{**settings, **MODELS[kind]}), dataset()) for kind, dataset in made.items()}


def make(folder: Path) -> None:
    """Trains and writes them all, and reads them in one process that has TensorFlow only."""
    asked = {}
    for kind, (config, dataset) in kinds().items():
        data = prepared(config, dataset)
        result = train(config, dataset=dataset, test=True, weights=True)
        (folder / kind).mkdir()
        np.savez(folder / kind / "weights.npz", *result.weights)
        (folder / kind / "measured.json").write_text(json.dumps(result.test))
        write(model_with_weights(config, data, result.weights), data, folder / kind / "model")
        asked[kind] = str(folder / kind / "model"), raw(dataset)
    (folder / "asked.json").write_text(json.dumps(asked))
    outside.run(ALONE, str(folder / "asked.json"))
    (folder / "asked.json").rename(folder / "answers.json")


def read(folder: Path) -> dict[str, Served]:
    """What `make` wrote."""
    answers, found = json.loads((folder / "answers.json").read_text()), {}
    for kind, (config, dataset) in kinds().items():
        data = prepared(config, dataset)
        with np.load(folder / kind / "weights.npz") as file:
            model = model_with_weights(config, data, list(file.values()))
        measured = json.loads((folder / kind / "measured.json").read_text())
        outputs = {name: np.array(values) for name, values in answers[kind].items()}
        found[kind] = Served(config, model, data, measured, outputs, folder / kind / "model")
    return found


def raw(dataset: Dataset) -> dict[str, list]:
    """The raw test examples as plain lists: NaN and "" where something is missing."""
    x = dataset.test.x
    if isinstance(x, np.ndarray):
        return {"inputs": x.tolist()}
    names = input_names(dataset).items()
    return {key: x[name].fillna(np.nan if x[name].dtype.kind == "f" else "").tolist() for name, key in names}


def as_read(case: Served) -> dict[str, np.ndarray]:
    """The outputs with their texts as bytes, as TensorFlow has them."""
    return {
        name: np.char.encode(x, "utf-8") if x.dtype.kind == "U" else x for name, x in case.outputs.items()
    }
