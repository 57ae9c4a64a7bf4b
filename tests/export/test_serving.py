"""Exported models of every kind, each fed raw inputs in one process that has TensorFlow only, against their Keras models."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_tasks import TINY

import suite.export.saved_model
from suite import Config
from suite.data.edits import error_rates
from suite.data.inputs import identifiers
from suite.data.preprocessing import Prepared, raw_inputs
from suite.export.model_card import model_card
from suite.export.records import Exported, Origin
from suite.export.saved_model import _forms, _write, check, evaluate
from suite.export.serving import BEAM_WIDTH
from suite.models.decoding import LENGTH_PENALTY, beam
from suite.tasks import format_metric
from suite.training.engine import train
from suite.training.load import prepared
from suite.training.program import model_with_weights

MODELS = {
    "images": {"model": "conv", "width": 4, "depth": 1},
    "columns": {"model": "dense", "width": 8, "depth": 1},
    "regression": {"model": "dense", "width": 8, "depth": 1},
    "texts": {"model": "transformer", "width": 8, "num_heads": 2, "depth": 1},
    "sequences": {"model": "rnn", "width": 6},
    "pairs": {"model": "seq2seq", "attention": "luong", "width": 16, "epochs": 20},
}

ALONE = """
import json, sys
sys.modules["keras"] = sys.modules["suite"] = None
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
    """A trained model, and what its SavedModel gave for the raw test split."""

    config: Config
    model: keras.Model
    prepared: Prepared
    outputs: dict[str, np.ndarray]
    folder: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> dict[str, Served]:
    folder, made, asked = tmp_path_factory.mktemp("served"), {}, {}
    for kind, make in TINY.items():
        dataset = make()
        # `dataset` of the config is a name only: the data are given.
        config = Config(
            **{"dataset": "digits", "batch_size": 16, "epochs": 3, "learning_rate": 0.02, **MODELS[kind]}
        )
        data = prepared(config, dataset)
        model = model_with_weights(config, data, train(config, dataset=dataset, weights=True).weights)
        _write(model, data, folder / kind)
        made[kind], asked[kind] = (config, model, data), (str(folder / kind), raw(dataset.test.x))
    (folder / "asked.json").write_text(json.dumps(asked))
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    subprocess.run(
        [sys.executable, "-I", "-c", ALONE, str(folder / "asked.json")], env=environment, check=True
    )
    answers = json.loads((folder / "asked.json").read_text())
    return {
        kind: Served(*parts, outputs={k: np.array(x) for k, x in answers[kind].items()}, folder=folder / kind)
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


def outputs_of_keras(case: Served) -> np.ndarray:
    return np.array(case.model(case.prepared.normalization(case.prepared.test.x), training=False))


@pytest.mark.parametrize("kind", ["images", "columns", "texts", "sequences"])
def test_classes_and_probabilities_are_those_of_the_keras_model(kind, served):
    case = served[kind]
    dataset, outputs = case.prepared.dataset, case.outputs
    expected = tf.nn.softmax(outputs_of_keras(case)).numpy()
    np.testing.assert_allclose(outputs["probabilities"], expected, atol=1e-5)
    np.testing.assert_allclose(outputs["called"], expected, atol=1e-5)
    assert outputs["class_index"].tolist() == expected.argmax(-1).tolist()
    assert outputs["class_name"].tolist() == [dataset.class_names[i] for i in expected.argmax(-1)]
    assert len(set(outputs["class_name"])) == 2  # it learned enough to say both
    found = evaluate(dataset, outputs)
    assert found.metrics == {"accuracy": pytest.approx(np.mean(expected.argmax(-1) == dataset.test.y))}
    assert np.sum(found.confusion) == len(dataset.test)


def test_something_is_missing_in_the_raw_columns_that_were_asked(served):
    given = raw(served["columns"].prepared.dataset.test.x)
    assert list(given) == ["age__years_", "column_class", "Inputs", "inputs_"]
    assert np.isnan(given["age__years_"]).any() and "" in given["column_class"] and "" in given["inputs_"]
    assert np.isnan(raw(served["sequences"].prepared.dataset.test.x)["inputs"]).any()


def test_a_regression_predicts_in_the_unit_of_its_target(served):
    """The network learned the standardised logarithm of the price."""
    case = served["regression"]
    dataset = case.prepared.dataset
    logs = np.log(dataset.train.y)
    expected = np.exp(outputs_of_keras(case)[:, 0] * logs.std() + logs.mean())
    np.testing.assert_allclose(case.outputs["prediction"], expected, rtol=1e-5)
    np.testing.assert_array_equal(case.outputs["called"], case.outputs["prediction"])
    found = evaluate(dataset, case.outputs).metrics
    assert found["mae"] == pytest.approx(np.mean(np.abs(dataset.test.y - expected)), rel=1e-5)
    assert found["rmse"] == pytest.approx(np.mean((dataset.test.y - expected) ** 2) ** 0.5, rel=1e-5)
    rest = np.log(dataset.test.y / expected)
    assert found["r2"] == pytest.approx(1 - np.mean(rest**2) / np.var(np.log(dataset.test.y)), rel=1e-4)


def parts_of(case: Served) -> tuple[np.ndarray, int, int, int]:
    """Source tokens of the test split, output length, START and END."""
    data = case.prepared
    start, end = (data.target_words.index(word) for word in ("[START]", "[END]"))
    return data.test.x[:, : -data.output_length], data.output_length, start, end


def by_hand(case: Served) -> np.ndarray:
    """Greedy decoding, step by step: the whole Keras model for each next token, which is never padding."""
    source, length, start, end = parts_of(case)
    target, running = np.zeros((len(source), length), "int32"), np.ones(len(source), bool)
    for position in range(length):
        shifted = np.concatenate([source, np.full((len(source), 1), start), target[:, :-1]], axis=1)
        token = (
            np.array(case.model(shifted.astype("int32"), training=False))[:, position, 1:].argmax(axis=1) + 1
        )
        target[running, position] = token[running]
        running &= token != end
    return target


def text_of(tokens: np.ndarray, case: Served) -> list[str]:
    words = case.prepared.target_words
    return [
        " ".join(words[token] for token in row if token and words[token] not in ("[START]", "[END]"))
        for row in tokens
    ]


def log_probabilities(tokens: np.ndarray, case: Served) -> np.ndarray:
    """[n] of target sequences, padding apart, which can never be chosen."""
    source, _, start, _ = parts_of(case)
    shifted = np.concatenate([source, np.full((len(source), 1), start), tokens[:, :-1]], axis=1).astype(
        "int32"
    )
    logs = tf.nn.log_softmax(case.model(shifted, training=False)[:, :, 1:]).numpy()
    each = np.take_along_axis(logs, np.maximum(tokens - 1, 0)[:, :, None], axis=2)[:, :, 0]
    return np.where(tokens > 0, each, 0).sum(axis=1)


def test_text_in_and_text_out(served):
    case = served["pairs"]
    expected = text_of(by_hand(case), case)
    assert case.outputs["text"].tolist() == case.outputs["called"].tolist() == expected
    assert len(set(expected)) > 10
    y = case.prepared.dataset.test.y
    found = evaluate(case.prepared.dataset, as_read(case)).metrics
    assert (found["sequence_error_rate"], found["token_error_rate"]) == error_rates(y, expected)
    beams = error_rates(y, case.outputs["beam_text"].tolist())
    assert (found["beam_sequence_error_rate"], found["beam_token_error_rate"]) == beams
    assert found["sequence_error_rate"] < 0.5  # it learned enough for the texts to mean something


def test_a_beam_of_width_1_is_greedy_and_a_wider_one_finds_what_is_no_less_likely(served):
    """By log-probability over length penalty: of the trained model always, of one that is unsure of everything on average."""
    case = served["pairs"]
    source, _, start, end = parts_of(case)
    trained = case.model.get_weights()
    try:
        for factor in (1, 0.3):
            case.model.set_weights([factor * weight for weight in trained])
            found = [beam(case.model, source, start, end, width).numpy() for width in (1, BEAM_WIDTH)]
            penalties = [((5 + np.sum(tokens > 0, axis=1)) / 6) ** LENGTH_PENALTY for tokens in found]
            np.testing.assert_array_equal(found[0], by_hand(case))
            greedily, best = (
                log_probabilities(tokens, case) / by for tokens, by in zip(found, penalties, strict=True)
            )
            if factor == 1:
                assert (best > greedily - 1e-4).all()
                assert text_of(found[1], case) == case.outputs["beam_text"].tolist()
            else:
                assert best.mean() > greedily.mean() + 0.1
    finally:
        case.model.set_weights(trained)


@pytest.mark.parametrize(
    ("kind", "name", "change", "message"),
    [
        ("regression", "prediction", lambda x: x + 0.001 * x.std(), "difference of 0.001"),
        ("columns", "probabilities", lambda x: x[:, ::-1], "within 0.0001.*another class for [1-9]"),
        (
            "pairs",
            "text",
            lambda x: np.where(np.arange(len(x)) == 3, "A", x),
            "within 0.005. Received: a difference of 0.0312",
        ),
    ],
)
def test_other_outputs_are_detected(kind, name, change, message, served, monkeypatch):
    """Of a regression relative to the spread of its predictions, of texts by the share that differ."""
    case = served[kind]
    monkeypatch.setattr(suite.export.saved_model, "_read", lambda folder, inputs: as_read(case))
    check("", case.prepared.dataset, {name: case.outputs[name]}, 1e-4)
    with pytest.raises(RuntimeError, match=message):
        check("", case.prepared.dataset, {name: change(case.outputs[name])}, 1e-4)


@pytest.mark.parametrize("kind", ["columns", "regression", "pairs"])
def test_the_card_speaks_of_its_task_and_its_snippet_runs(kind, served, capsys):
    case = served[kind]
    dataset = case.prepared.dataset
    exported = Exported(
        path=case.folder, examples=len(dataset.test), max_difference=0.0, evaluation=evaluate(dataset, as_read(case)),
        inputs=_forms(raw_inputs(dataset, dataset.test.x)), output=("float32", ()),
    )  # fmt: skip
    measured = {"test_loss": 0.5} | ({"test_mae": 1.0} if kind == "regression" else {"test_accuracy": 0.75})
    card = model_card(Origin("study", "Which?", "None.", case.config, measured), dataset, exported)
    figures = {name: format_metric(name, value) for name, value in exported.evaluation.metrics.items()}
    expected = {
        "columns": [f"| accuracy | {figures.get('accuracy')} | share of examples", "A classifier with 2 classes", "| no |"],
        "regression": [
            f"| MAE | {figures.get('mae')} | mean absolute error, in the unit of the target: price (US dollars) |",
            f"| RMSE | {figures.get('rmse')} |", f"| R2 | {figures.get('r2')} | share of the variance of the logarithm",
            "| test loss | 0.5 | mean squared error of the logarithm of the target", "A regressor",
            "Predicted: price (US dollars). The model learned its logarithm",
        ],
        "pairs": [
            f"| token error rate | {figures.get('token_error_rate')} |", "| beam sequence error rate |",
            "| test accuracy | 75.00% | share of target tokens", "Predicted: letters, twice each.", "`beam_text` by beam search",
        ],
    }  # fmt: skip
    for part in expected[kind]:
        assert part in card, part
    if kind != "columns":
        assert not re.search(r"\bclass|probabilit|share of examples", card, re.IGNORECASE)
    (snippet,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    exec(snippet)
    assert {"columns": "class_name", "regression": "prediction", "pairs": "beam_text"}[
        kind
    ] in capsys.readouterr().out
