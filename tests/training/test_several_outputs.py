"""Several targets, labels, quantiles and steps: losses by hand, what is measured, and what is served."""

import json

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn import metrics

from suite import Config
from suite.data.inspect.baseline import to_beat
from suite.data.preprocessing import raw_inputs
from suite.export.records import Origin
from suite.export.saved_model import export
from suite.training.build import model_with_weights
from suite.training.engine import train_many
from suite.training.load import load, prepared
from suite.training.task_loss import TaskLoss

ASKED = {
    "targets": {"target": "price,rent (EUR)"},
    "labels": {"target": "sport,news", "monitor": "val_macro_f1"},
    "quantiles": {"target": "price", "quantiles": "0.1,0.5,0.9"},
    "steps": {"target": "wave", "time": "day", "window": 7, "horizon": 3, "types": "city=drop,a=drop"},
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3)).round(3)
    price = 1000 + 300 * x[:, 0] + 60 * rng.normal(size=400) * (1 + (x[:, 1] > 0))
    table = pd.DataFrame({
        "a": x[:, 0], "b": x[:, 1], "city": np.array(["Oslo", "서울"])[np.int8(x[:, 2] > 0)],
        "price": price.round(1), "rent (EUR)": (5 + x[:, 1] + 0.2 * rng.normal(size=400)).round(2),
        "wave": (np.sin(np.arange(400) * 2 * np.pi / 7) + 0.1 * rng.normal(size=400)).round(3),
        "day": pd.date_range("2024-01-01", periods=400).astype(str),
        "sport": np.int8(x[:, 0] + 0.3 * rng.normal(size=400) > 0), "news": np.int8(x[:, 1] > 1),
    })  # fmt: skip
    path = tmp_path_factory.mktemp("several") / "homes.csv"
    table.to_csv(path, index=False)
    return path


def config(file, kind):
    settings = {"width": 16, "depth": 1, "epochs": 6, "batch_size": 8, "learning_rate": 0.01}
    settings |= {"types": "wave=drop,day=drop"}
    return Config(dataset=str(file), **settings | ASKED[kind])


@pytest.fixture(scope="module")
def trained(file, tmp_path_factory):
    """Kind -> config, prepared data, two trainings side by side, and the export of the first."""
    made = {}
    for kind in ASKED:
        first = config(file, kind)
        both = dict(train_many([first, first.replace(seed=1)], lanes=2, test=True, weights=True))
        data = prepared(first)
        model = model_with_weights(first, data, both[0].weights)
        folder = tmp_path_factory.mktemp(kind) / "model"
        exported = export(model, data, folder, origin=Origin("s", "q", "a", first, both[0].test))
        made[kind] = first, data, both, exported
    return made


def test_losses_by_hand(trained):
    y = np.float32([[1, 2], [3, 5]])
    targets = trained["targets"][1]
    loss, scale, mean = TaskLoss(targets), targets.target_scale, targets.target_mean
    off = np.float32([[1, 0], [0, -2]])  # deviations of the training split
    outputs = (y - mean) / scale + off
    assert np.allclose(loss.loss(tf.constant(y), outputs), [1 / 2, 4 / 2], rtol=1e-3)
    assert np.allclose(loss.metric(tf.constant(y), outputs), [scale[0] / 2, scale[1]], rtol=1e-2)

    labels = TaskLoss(trained["labels"][1])
    logits = np.log(np.float32([[3, 1 / 3], [3, 3]]))  # probabilities of 3/4, 1/4; 3/4, 3/4
    truth = tf.constant(np.float32([[1, 0], [1, 0]]))
    assert np.allclose(labels.loss(truth, logits), [-np.log(3 / 4), -np.log(3 / 16) / 2], rtol=1e-5)
    assert np.allclose(labels.test_scores(truth, logits)[1:], [[1, 0.5], [1, 0]])  # labels, all labels

    data = trained["quantiles"][1]
    target = tf.constant(np.float32([data.target_mean[0]]))  # 0 on the scale that is learned
    found = TaskLoss(data).loss(target, tf.constant([[0.5, -1.0, 0.0]]))  # in order: -1, 0, 0.5
    assert np.allclose(found, (0.1 * 1 + 0 + 0.1 * 0.5) / 3, rtol=1e-4)


@pytest.mark.parametrize("kind", ASKED)
def test_they_learn_more_than_guessing_and_measure_on_test_what_scikit_learn_does(kind, trained):
    _, data, both, exported = trained[kind]
    y, found = data.dataset.test.y, exported.evaluation.metrics
    for result in both.values():
        assert result.status == "completed" and min(result.curves["val_loss"]) < data.dataset.guessing
    for name, value in both[0].test.items():
        if name != "test_loss":
            assert found[name.removeprefix("test_")] == pytest.approx(value, rel=1e-3, abs=1e-4)
    predicted = served(exported.path, data.dataset)
    if kind in ("targets", "steps"):
        names = {"targets": ["price", "rent (EUR)"], "steps": [f"wave step {step}" for step in (1, 2, 3)]}
        assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(y, predicted), rel=1e-4)
        assert [row["target"] for row in exported.evaluation.per_output] == names[kind]
    elif kind == "labels":
        called = predicted > 0.5
        assert found["macro_f1"] == pytest.approx(metrics.f1_score(y, called, average="macro"))
        assert found["micro_f1"] == pytest.approx(metrics.f1_score(y, called, average="micro"))
        assert found["subset_accuracy"] == pytest.approx(metrics.accuracy_score(y, called))
        assert found["average_precision"] == pytest.approx(
            metrics.average_precision_score(y, predicted, average="macro")
        )
    else:
        losses = [
            metrics.mean_pinball_loss(y, predicted[:, i], alpha=q) for i, q in enumerate((0.1, 0.5, 0.9))
        ]
        assert found["pinball_loss"] == pytest.approx(np.mean(losses), rel=1e-4)
        assert (np.diff(predicted, axis=1) >= 0).all()
        assert 0.5 < found["coverage"] < 0.98


def served(folder, dataset):
    """What the SavedModel gives for the test split: its main output, whose columns are the named ones."""
    model = tf.saved_model.load(str(folder))
    inputs = {name: tf.constant(x) for name, x in raw_inputs(dataset, dataset.test.x).items()}
    outputs = model.signatures["serving_default"](**inputs)
    names = json.loads((folder / "assets" / "outputs.json").read_text())
    assert list(names) == list(dataset.outputs)
    whole = model(inputs.get("inputs", inputs)).numpy()
    for place, name in enumerate(names.values()):
        assert np.array_equal(outputs[name].numpy(), whole[:, place])
    return whole


@pytest.mark.parametrize("kind", ASKED)
def test_there_is_something_to_beat(kind, trained):
    dataset, (_, *methods) = trained[kind][1].dataset, to_beat(trained[kind][1].dataset).values()
    guess = next(iter(to_beat(dataset, guesses_only=True).values()))
    assert all(set(each) == set(guess) for each in methods)
    assert min(each["test_loss"] for each in methods) < 0.7 * guess["test_loss"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "price,rent"}, r"`target` must be one of .*Received: 'rent'"),
        ({"target": "price,price"}, r"`target`, `group` and `time` expect different columns"),
        ({"target": "price,city"}, r"expects columns of numbers, or of 0 and 1.*column 'city', '"),
        ({"target": "price,sport:multilabel_classification"}, r"0 and 1 for labels, unlike 'price'"),
        (
            {"target": "sport,news:classification"},
            r"expects one column\. Received: target=sport,news:classif",
        ),
        ({"target": "sport:multilabel_classification"}, r"several columns of 0 and 1, split by commas"),
        ({"target": "price:quantile_regression"}, r"expects `quantiles=0.1,0.5,0.9` beside target=price"),
        ({"target": "price,rent (EUR)", "quantiles": "0.1,0.9"}, r"a regression of one target: homes.csv"),
        ({"target": "sport", "quantiles": "0.1,0.9"}, r"`quantiles` expects a regression of one target"),
        ({"target": "price", "quantiles": "0.9,0.1"}, r"each larger than the one before.*quantiles=0.9,0.1"),
        ({"target": "price", "quantiles": "0,1"}, r"`quantiles` must be numbers between 0 and 1"),
        ({"target": "price", "loss": "pinball_loss"}, r"expects `quantiles`, such as quantiles=0.1,0.5,0.9"),
        (
            {"target": "sport,news", "monitor": "val_accuracy"},
            r"`monitor` must be one of val_loss, val_binary",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(settings, message, file):
    with pytest.raises(ValueError, match=message):
        load(Config(dataset=str(file), **settings))


def test_labels_keep_their_shares_in_every_split(file):
    dataset = load(config(file, "labels"))
    whole = np.concatenate([part.y for part in (dataset.train, dataset.validation, dataset.test)])
    for part in (dataset.train, dataset.validation, dataset.test):
        assert np.allclose(part.y.mean(axis=0), whole.mean(axis=0), atol=0.03)


def test_rows_that_lack_a_label_are_counted_and_true_and_false_are_labels(tmp_path):
    rows = [{"x": i % 7, "a": i % 2 == 0, "b": i % 3 == 0 if i != 5 else None} for i in range(90)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    dataset = load(Config(dataset=str(tmp_path / "a.jsonl"), target="a,b", batch_size=8))
    assert dataset.task == "multilabel_classification" and dataset.targets == ("a", "b")
    assert sum(map(len, (dataset.train, dataset.validation, dataset.test))) == 89
    assert "Rows without a target, which were dropped: 1." in dataset.notes


def test_a_column_that_tells_one_of_the_targets_is_named(tmp_path):
    rng = np.random.default_rng(0)
    a, noise = rng.normal(size=(2, 80)).round(2)
    table = {"a": a, "double": 2 * a, "sign": np.where(a > 0, "up", "down"), "z": noise, "up": np.int8(a > 0)}
    table |= {"far": np.int8(noise + rng.normal(size=80) > 0)}
    pd.DataFrame(table).to_csv(tmp_path / "a.csv", index=False)
    asked = {
        "a,z": "`double` alone tells `a`: they lie",
        "up,far": "`sign` alone tells `up`: each of its 2 va",
    }
    for target, said in asked.items():
        notes = load(Config(dataset=str(tmp_path / "a.csv"), target=target, batch_size=8)).notes
        assert any(note.startswith(said) for note in notes), notes


def test_a_label_that_a_split_lacks_is_refused(tmp_path):
    table = pd.DataFrame({"x": range(100), "a": [0, 1] * 50, "rare": [1] + [0] * 99, "z": range(5, 105)})
    table.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(ValueError, match=r"each label on some examples and not on others.*'rare'"):
        load(Config(dataset=str(tmp_path / "a.csv"), target="a,rare", types="x=number,z=number"))
