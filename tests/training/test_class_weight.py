"""Classes that are rare: weights in what is minimised, and metrics of a whole split that trainings are judged
by."""

import numpy as np
import pytest
import tensorflow as tf

from suite import Config
from suite.data.class_metrics import METRICS
from suite.data.dataset import Dataset, Split
from suite.data.preprocessing import prepare
from suite.training import train
from suite.training.engine import train_many
from suite.training.task_loss import TaskLoss

FACTS = dict.fromkeys(("name", "source", "licence", "description", "splits", "sha256"), "a fact")


@pytest.fixture(scope="module")
def rare():
    """1 in 20 is of the rare class, which one feature shifts by two deviations."""
    rng = np.random.default_rng(0)
    y = np.int32(np.arange(1200) % 20 == 0)
    x = np.float32(rng.normal(size=(1200, 3)) + 2.0 * y[:, None] * [1, 0, 0])
    parts = {name: slice(400 * i, 400 * (i + 1)) for i, name in enumerate(("train", "validation", "test"))}
    splits = {name: Split(x[part], y[part]) for name, part in parts.items()}
    moments = {"mean": np.zeros(3, np.float32), "variance": np.ones(3, np.float32)}
    return Dataset(task="classification", class_names=("no", "yes"), **splits, **moments, **FACTS)


def config(**changes):
    settings = {"width": 8, "depth": 1, "epochs": 6, "batch_size": 20, "learning_rate": 0.01}
    return Config(dataset="iris", **settings | changes)


def test_balanced_weights_by_hand(rare):
    prepared = prepare(rare, max_tokens=8, sequence_length=None)
    y, logits = np.int32([0, 1]), np.float32([[0, 0], [0, 0]])  # a cross-entropy of log 2 each
    plain, weighted = TaskLoss(prepared), TaskLoss(prepared, class_weight="balanced")
    assert float(plain.mean_loss(tf.constant(y), logits)) == pytest.approx(np.log(2))
    share = 0.5 * (1 / (2 * 0.95) + 1 / (2 * 0.05))
    assert float(weighted.mean_loss(tf.constant(y), logits)) == pytest.approx(share * np.log(2))
    assert np.allclose(weighted.scores(y, logits), plain.scores(y, logits))  # what is measured


def test_balanced_weights_find_more_of_the_rare_class(rare):
    plain, weighted = (
        train(config(monitor="val_balanced_accuracy", class_weight=each), dataset=rare, test=True)
        for each in (None, "balanced")
    )
    assert weighted.test["test_balanced_accuracy"] > plain.test["test_balanced_accuracy"] + 0.1
    assert weighted.test["test_accuracy"] < plain.test["test_accuracy"]


@pytest.mark.parametrize("monitor", [f"val_{name}" for name in METRICS])
def test_the_monitored_metric_has_curves_and_decides_what_is_kept(monitor, rare):
    result = train(config(monitor=monitor), dataset=rare, test=True)
    name = monitor.removeprefix("val_")
    values = result.curves[monitor]
    assert len(values) == len(result.curves[f"train_{name}"]) == 6 and np.isfinite(values).all()
    assert result.best == values.argmax() and result.objective == values.max()
    assert 0 <= result.test[f"test_{name}"] <= 1


def test_stacked_trainings_measure_what_single_ones_do(rare):
    configs = [config(monitor=each, seed=seed) for each in ("val_auc", "val_loss") for seed in (0, 1)]
    together = dict(train_many(configs, dataset=rare, lanes=4, test=True))
    for index, each in enumerate(configs):
        alone = train(each, dataset=rare, test=True)
        assert set(together[index].curves) == set(alone.curves)
        assert together[index].test == pytest.approx(alone.test, abs=1e-4)
        assert np.allclose(together[index].curves[each.monitor], alone.curves[each.monitor], atol=1e-4)
    assert "val_auc" not in together[2].curves


def test_classes_are_needed(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path))
    with pytest.raises(ValueError, match="`class_weight` expects classes"):
        train(Config(dataset="diabetes", class_weight="balanced"))
    with pytest.raises(ValueError, match="`monitor` must be one of val_loss, val_mae"):
        train(Config(dataset="diabetes", monitor="val_auc"))
