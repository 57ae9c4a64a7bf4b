"""Whole exports: another process reads each back with plain TensorFlow, so these tests take seconds."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import outside
import pytest
import tensorflow as tf

from suite import Config
from suite.analysis.evaluation import calibration
from suite.data.dataset import Dataset, Split
from suite.data.preprocessing import prepare
from suite.export import check as checking
from suite.export.check import check, read
from suite.export.records import Origin
from suite.export.saved_model import export, save_winner
from suite.export.serving import ANSWERS

ORIGIN = Origin(
    study="optimizers",
    question="Does Adam beat SGD?",
    answer="They can't be told apart.",
    config=Config(dataset="digits", learning_rate=0.02),
    metrics={"val_loss": 0.125},
    caveats=("One model only.",),
)


def dataset(shape=(4, 4), dtype="uint8", names=("zero", "one", "größer"), size=1203):
    random = np.random.default_rng(0)
    x = random.integers(0, 256, (size, *shape)).astype(dtype)
    part = Split(x, random.integers(0, len(names), size).astype("int32"))
    axis = 0 if len(shape) == 1 else None
    facts = dict.fromkeys(("source", "licence", "description", "splits", "sha256"), "a fact.")
    facts |= {"name": "tiny", "task": "classification", "class_names": names}
    mean, variance = x.mean(axis, dtype="float32"), x.var(axis, dtype="float32")
    return Dataset(train=part, validation=part, test=part, mean=mean, variance=variance, **facts)


def prepared(**kwargs):
    return prepare(dataset(**kwargs), max_tokens=100, sequence_length=None)


def expected_probabilities(model, data):
    """By hand: normalised in NumPy."""
    x = (data.test.x.astype("float32") - data.mean) / np.sqrt(data.variance)
    return tf.nn.softmax(tf.cast(model(x, training=False), tf.float32)).numpy()


def measured(model, data):
    """Where a model comes from whose test loss was measured, by hand."""
    y = data.test.y
    loss = -np.log(expected_probabilities(model, data)[np.arange(len(y)), y]).mean()
    return replace(ORIGIN, metrics={"test_loss": float(loss)})


def network(shape=(4, 4), classes=3, policies=("float32", "float32"), seed=0):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(shape)
    x = keras.layers.Dense(8, activation="relu", dtype=policies[0])(keras.layers.Flatten()(inputs))
    x = keras.layers.Dropout(0.5)(keras.layers.BatchNormalization(dtype=policies[0])(x))
    return keras.Model(inputs, keras.layers.Dense(classes, dtype=policies[1])(x))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "model"
    origin = measured(network(), dataset())
    return export(
        network(), prepared(), folder, origin=replace(origin, metrics=ORIGIN.metrics | origin.metrics)
    )


def test_the_whole_test_split_is_compared_and_agrees(exported):
    assert exported.examples == 1203
    assert 0 <= exported.max_difference < 1e-5
    by_hand = expected_probabilities(network(), dataset()).argmax(-1) == dataset().test.y
    assert exported.evaluation.metrics["accuracy"] == pytest.approx(by_hand.mean())


def test_both_signatures_take_raw_inputs_of_any_batch_size_and_name_the_class(exported):
    loaded = tf.saved_model.load(str(exported.path))
    assert set(loaded.signatures) == {"serve", "serving_default"}
    expected = expected_probabilities(network(), dataset())
    for signature, size in (("serve", 1), ("serving_default", 7)):
        outputs = loaded.signatures[signature](inputs=tf.constant(dataset().test.x[:size]))
        np.testing.assert_allclose(outputs["probabilities"], expected[:size], atol=1e-5)
        assert outputs["class_index"].numpy().tolist() == expected[:size].argmax(-1).tolist()
        names = [name.decode() for name in outputs["class_name"].numpy()]
        assert names == [dataset().class_names[i] for i in expected[:size].argmax(-1)]
    np.testing.assert_allclose(loaded(dataset().test.x[:2]), expected[:2], atol=1e-5)


def test_what_the_model_takes_and_its_class_names_are_beside_it(exported):
    assets = exported.path / "assets"
    assert (assets / "class_names.txt").read_text(encoding="utf-8") == "zero\none\ngrößer\n"
    assert json.loads((assets / "inputs.json").read_text()) == {
        "inputs": {
            "column": None, "dtype": "uint8", "shape": [4, 4], "kind": "", "unit": "", "missing": "not taken",
            "unknown": "–",
        }
    }  # fmt: skip
    assert exported.columns == {}


def test_the_card_says_where_it_comes_from_and_its_snippet_runs_as_it_stands(exported):
    card = (exported.path / "model_card.md").read_text()
    lines = {"- One model only.", "| validation loss | 0.125 | cross-entropy |", "| learning_rate | 0.02 |"}
    accuracy = exported.evaluation.metrics["accuracy"]
    lines.add(f"| accuracy | {accuracy:.2%} | share of examples whose class is right |")
    assert lines <= set(card.splitlines())
    for fact in ("Does Adam beat SGD?", "They can't be told apart."):
        assert fact in card
    (snippet,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    printed = outside.run(snippet, cwd=exported.path)
    assert any(name in printed for name in ("b'zero'", "b'one'", "b'gr"))


def test_the_card_has_the_numbers_of_a_reliability_diagram(exported):
    found = exported.evaluation.calibration
    probabilities = expected_probabilities(network(), dataset())
    right = probabilities.argmax(-1) == dataset().test.y
    last = found.bins[-1]
    inside = (probabilities.max(-1) > last["low"]) & (probabilities.max(-1) <= last["high"])
    assert (last["accuracy"], last["examples"]) == (pytest.approx(right[inside].mean()), inside.sum())
    card = (exported.path / "model_card.md").read_text()
    assert f"{found.expected_error:.2%} on average" in card
    row = f"| {last['confidence']:.3f} | {last['accuracy']:.3f} | {last['examples']} |"
    assert f"| {last['low']:.2f} to {last['high']:.2f} {row}" in card.splitlines()


def test_mixed_policies(tmp_path):
    """A table and every other kind of data are in test_serving."""
    examples = prepared(shape=(4, 4, 1), size=50)
    data = examples.dataset
    model = network((4, 4, 1), policies=("mixed_float16", "mixed_bfloat16"))
    result = export(model, examples, tmp_path / "model", origin=measured(model, data))
    outputs = tf.saved_model.load(str(result.path)).signatures["serving_default"](
        inputs=tf.constant(data.test.x)
    )
    assert outputs["probabilities"].dtype == tf.float32
    np.testing.assert_allclose(tf.reduce_sum(outputs["probabilities"], -1), 1, rtol=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(tmp_path, bad):
    model = network()
    kernel = model.layers[-1].kernel
    kernel.assign(np.where(np.arange(3) == 1, bad, kernel.numpy()))
    with pytest.raises(ValueError, match=r"`model` must have finite weights\. Received: .*kernel"):
        export(model, prepared(), tmp_path / "model", origin=ORIGIN)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_training_that_diverged_is_refused(tmp_path, bad):
    origin = replace(ORIGIN, metrics={"test_loss": bad})
    with pytest.raises(ValueError, match=rf"did not diverge\. Received: test_loss={bad}"):
        export(network(), prepared(), tmp_path / "model", origin=origin)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def outputs(exported):
    """What a process with TensorFlow only reads."""
    return read(exported.path, {"inputs": dataset().test.x})


def test_a_model_that_is_not_the_one_written_is_detected(exported, outputs, monkeypatch):
    monkeypatch.setattr(checking, "read", lambda *_: outputs)
    expected = expected_probabilities(network(seed=1), dataset())
    with pytest.raises(RuntimeError, match=r"model's own outputs within 0\.0001\. Received: a difference"):
        check(exported.path, dataset(), {"probabilities": expected}, 1e-4)


def test_other_class_names_are_detected(exported, outputs, monkeypatch):
    monkeypatch.setattr(checking, "read", lambda *_: outputs)
    renamed = replace(dataset(), class_names=("one", "zero", "two"))
    with pytest.raises(RuntimeError, match="`class_name` of the SavedModel must be the data set's"):
        check(exported.path, renamed, {"probabilities": expected_probabilities(network(), dataset())}, 1e-4)


def test_a_fault_of_what_is_served_is_detected_though_the_model_agrees_with_itself(tmp_path, monkeypatch):
    """Softmax over probabilities, in what is written and in what it is compared with."""
    model, data = network(), dataset(size=50)
    origin = measured(model, data)

    def twice(serving):
        once = ANSWERS_BEFORE(serving)

        def answer(x):
            outputs = once(x)
            return outputs | {"probabilities": tf.nn.softmax(outputs["probabilities"])}

        return answer

    ANSWERS_BEFORE = ANSWERS["classification"]
    monkeypatch.setitem(ANSWERS, "classification", twice)
    with pytest.raises(
        RuntimeError, match=f"measured in training, {origin.metrics['test_loss']:.4g}, within"
    ):
        export(model, prepared(size=50), tmp_path / "model", origin=origin)
    assert list(tmp_path.iterdir()) == []


def test_probabilities_are_calibrated_on_validation_if_asked(tmp_path):
    """Of a model that is far too sure. The loss that the training measured is still compared."""
    model, data = network(), dataset(size=300)
    model.layers[-1].kernel.assign(3 * model.layers[-1].kernel)
    plain = expected_probabilities(model, data)
    result = export(
        model, prepared(size=300), tmp_path / "model", origin=measured(model, data), calibrate=True
    )
    found = tf.saved_model.load(str(result.path))(data.test.x).numpy()
    by_hand = plain.astype(float) ** (1 / result.temperature)
    np.testing.assert_allclose(found, by_hand / by_hand.sum(1, keepdims=True), atol=1e-4)
    right = np.arange(300), data.validation.y
    assert result.temperature > 2 and -np.log(found[right]).mean() < -np.log(plain[right]).mean()
    before, after = result.uncalibrated.expected_error, result.evaluation.calibration.expected_error
    assert before == pytest.approx(calibration(data.test.y, plain).expected_error, abs=1e-3)
    assert after < before
    card = (result.path / "model_card.md").read_text()
    assert f"divided by a temperature of {result.temperature:.3g}, fitted on validation" in card
    assert f"without it they would be off by {before:.2%}" in card


def test_a_damaged_file_is_detected_and_the_export_that_was_there_stays(tmp_path, monkeypatch, exported):
    import suite.export.write

    folder = tmp_path / "model"
    shutil.copytree(exported.path, folder)
    (folder / "model_card.md").write_text("the one before")
    save = suite.export.write.write

    def damaged(model, data, path, **settings):
        save(model, data, path, **settings)
        values = path / "variables" / "variables.data-00000-of-00001"
        values.write_bytes(bytes(byte ^ 255 for byte in values.read_bytes()))

    monkeypatch.setattr(suite.export.write, "write", damaged)
    with pytest.raises(RuntimeError, match="must be readable with TensorFlow alone"):
        export(network(), prepared(), folder, origin=ORIGIN)
    assert (folder / "model_card.md").read_text() == "the one before"
    assert list(tmp_path.iterdir()) == [folder]


def test_an_earlier_export_is_replaced_and_anything_else_is_refused(tmp_path, exported):
    folder = tmp_path / "model"
    shutil.copytree(exported.path, folder)
    (folder / "left over").write_text("")
    export(network(seed=1), prepared(size=20), folder, origin=ORIGIN)
    assert not (folder / "left over").exists()
    assert list(tmp_path.iterdir()) == [folder]
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work")
    (tmp_path / "thesis" / "model_card.md").write_text("of another model")
    for taken in (tmp_path / "thesis", tmp_path / "thesis" / "chapter.tex"):
        with pytest.raises(ValueError, match="`folder` must be new, empty or an earlier export"):
            export(network(), prepared(size=20), taken, origin=ORIGIN)
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "years of work"


KILLED = """
import sys, time
sys.path[:0] = sys.argv[2:]
from pathlib import Path
import suite.export.saved_model as saved_model
from test_saved_model import ORIGIN, network, prepared

def stay(*_):
    print("in the middle", flush=True)
    time.sleep(600)

saved_model.check = stay
saved_model.export(network(seed=1), prepared(size=20), Path(sys.argv[1]), origin=ORIGIN)
"""


def test_a_killed_export_leaves_the_old_one_and_the_next_one_no_litter(tmp_path, exported):
    folder = tmp_path / "model"
    shutil.copytree(exported.path, folder)
    here = Path(__file__).parent
    command = [sys.executable, "-c", KILLED, str(folder), str(here), str(here.parent), str(here.parents[1])]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "in the middle\n"
        process.send_signal(signal.SIGKILL)
    files = {path.relative_to(exported.path) for path in exported.path.rglob("*")}
    assert {path.relative_to(folder) for path in folder.rglob("*")} == files
    assert (folder / "saved_model.pb").read_bytes() == (exported.path / "saved_model.pb").read_bytes()
    export(network(seed=1), prepared(size=20), folder, origin=ORIGIN)
    assert list(tmp_path.iterdir()) == [folder]
    assert (folder / "saved_model.pb").read_bytes() != (exported.path / "saved_model.pb").read_bytes()


def test_the_record_of_a_winner_names_its_weights_and_is_renamed_into_place(tmp_path):
    """One file says all and is not written over: a kill leaves the winner of before, with its own weights."""
    (tmp_path / "trainings").mkdir()
    record = save_winner(tmp_path, ORIGIN, tmp_path / "trainings" / "one.npz")
    with record.open() as before:
        save_winner(tmp_path, replace(ORIGIN, study="another"), tmp_path / "trainings" / "other.npz")
        kept = [json.loads(text) for text in (before.read(), record.read_text())]
    assert [each["weights"] for each in kept] == ["trainings/one.npz", "trainings/other.npz"]
    assert [each["study"] for each in kept] == ["optimizers", "another"]
    assert {path.name for path in tmp_path.iterdir()} == {"winner.json", "trainings"}
