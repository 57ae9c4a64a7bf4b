"""Export: the SavedModel is read back by plain TensorFlow in its own process, so these tests take seconds each."""

import re
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from suite import Config
from suite.data.dataset import Dataset, Split
from suite.data.preprocessing import prepare
from suite.export.records import Origin
from suite.export.saved_model import _read, check, export

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


def network(shape=(4, 4), classes=3, policies=("float32", "float32"), seed=0):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(shape)
    x = keras.layers.Dense(8, activation="relu", dtype=policies[0])(keras.layers.Flatten()(inputs))
    x = keras.layers.Dropout(0.5)(keras.layers.BatchNormalization(dtype=policies[0])(x))
    return keras.Model(inputs, keras.layers.Dense(classes, dtype=policies[1])(x))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    return export(network(), prepared(), tmp_path_factory.mktemp("export") / "model", origin=ORIGIN)


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


def test_the_class_names_are_beside_the_model(exported):
    assert (exported.path / "assets" / "class_names.txt").read_text(encoding="utf-8") == "zero\none\ngrößer\n"


def test_the_card_says_where_it_comes_from_and_its_snippet_runs(exported, capsys):
    card = (exported.path / "model_card.md").read_text()
    lines = {"- One model only.", "| validation loss | 0.125 | cross-entropy |", "| learning_rate | 0.02 |"}
    accuracy = exported.evaluation.metrics["accuracy"]
    lines.add(f"| accuracy | {accuracy:.2%} | share of examples whose class is right |")
    assert lines <= set(card.splitlines())
    for fact in ("Does Adam beat SGD?", "They can't be told apart."):
        assert fact in card
    (snippet,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    exec(snippet)
    printed = capsys.readouterr().out
    assert any(name in printed for name in ("b'zero'", "b'one'", "b'gr"))


def test_mixed_policies(tmp_path):
    """A table and every other kind of data are in test_serving."""
    examples = prepared(shape=(4, 4, 1), size=50)
    data = examples.dataset
    model = network((4, 4, 1), policies=("mixed_float16", "mixed_bfloat16"))
    result = export(model, examples, tmp_path / "model", origin=ORIGIN)
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


@pytest.fixture(scope="module")
def outputs(exported):
    """What a process with TensorFlow only reads."""
    return _read(exported.path, {"inputs": dataset().test.x})


def test_a_model_that_is_not_the_one_written_is_detected(exported, outputs, monkeypatch):
    monkeypatch.setattr("suite.export.saved_model._read", lambda *_: outputs)
    expected = expected_probabilities(network(seed=1), dataset())
    with pytest.raises(RuntimeError, match=r"model's own outputs within 0\.0001\. Received: a difference"):
        check(exported.path, dataset(), {"probabilities": expected}, 1e-4)


def test_other_class_names_are_detected(exported, outputs, monkeypatch):
    monkeypatch.setattr("suite.export.saved_model._read", lambda *_: outputs)
    renamed = replace(dataset(), class_names=("one", "zero", "two"))
    with pytest.raises(RuntimeError, match="`class_name` of the SavedModel must be the data set's"):
        check(exported.path, renamed, {"probabilities": expected_probabilities(network(), dataset())}, 1e-4)


def test_a_damaged_file_is_detected_and_the_export_that_was_there_stays(tmp_path, monkeypatch, exported):
    import suite.export.saved_model

    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model_card.md").write_text("the one before")
    save = suite.export.saved_model._write

    def damaged(model, data, path):
        save(model, data, path)
        values = path / "variables" / "variables.data-00000-of-00001"
        values.write_bytes(bytes(byte ^ 255 for byte in values.read_bytes()))

    monkeypatch.setattr(suite.export.saved_model, "_write", damaged)
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
    for taken in (tmp_path / "thesis", tmp_path / "thesis" / "chapter.tex"):
        with pytest.raises(ValueError, match="`folder` must be new, empty or an earlier export"):
            export(network(), prepared(size=20), taken, origin=ORIGIN)
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "years of work"
