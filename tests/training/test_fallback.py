"""Models of a user's own: compiled where that is possible, else trained with `fit`, at equal curves. And
streamed data."""

import subprocess
import sys

import numpy as np
import pytest

from suite import Config
from suite.data import dataset as data_module
from suite.study.resolve import check
from suite.training import train
from suite.training.feed import Feed
from suite.training.load import load, prepared
from suite.training.plan import Plan, plan_for

HEAD = """
import keras

def network(input_shape, num_outputs, dropout, model=keras.Model, layers=()):
    inputs = keras.Input(input_shape)
    x = keras.layers.Flatten()(inputs)
    x = keras.layers.Dense(16, "relu", kernel_regularizer=keras.regularizers.L2(0.01))(x)
    for layer in layers:
        x = layer(x)
    if dropout:
        x = keras.layers.Dropout(dropout)(x)
    return model(inputs, keras.layers.Dense(num_outputs)(x), name="own")
"""
PLAIN = """
def build(*, input_shape, num_outputs, dropout=0.0):
    return network(input_shape, num_outputs, dropout)
"""
TRAIN_STEP = """
class Own(keras.Model):
    def train_step(self, data):
        return super().train_step(data)

def build(*, input_shape, num_outputs, dropout=0.0):
    return network(input_shape, num_outputs, dropout, model=Own)
"""
PYTHON = """
class Branch(keras.layers.Layer):
    def call(self, x):
        return x if float(keras.ops.max(x)) > -1 else 2 * x  # a Python test of a tensor's value

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)

def build(*, input_shape, num_outputs, dropout=0.0):
    return network(input_shape, num_outputs, dropout, layers=[Branch()])
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A function that gives the Config of a model with this source."""
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "home"))

    def config(source: str) -> Config:
        path = tmp_path / "own_model.py"
        path.write_text(HEAD + source)
        return Config(
            dataset="digits", model=str(path), batch_size=64, epochs=2, learning_rate=0.01, dropout=0.3
        )

    return config


def assert_equal_curves(one, other):
    assert one.steps.tolist() == other.steps.tolist()
    for name, curve in one.curves.items():
        np.testing.assert_allclose(other.curves[name], curve, rtol=1e-3, atol=2e-3, err_msg=name)
    for name, value in one.test.items():
        assert other.test[name] == pytest.approx(value, rel=2e-3, abs=3e-3)


@pytest.mark.parametrize(
    ("source", "reason"),
    [(TRAIN_STEP, "Own has a `train_step` of its own"), (PYTHON, "own cannot be traced: ")],
    ids=["train_step", "python"],
)
def test_a_model_that_cannot_be_compiled_is_trained_with_fit_at_equal_curves(own, tmp_path, source, reason):
    compiled = train(own(PLAIN), test=True, weights=True)
    assert compiled.program["engine"] == "compiled"
    (tmp_path / "second").mkdir()
    path = tmp_path / "second/own_model.py"
    path.write_text(HEAD + source)
    config = compiled.config.replace(model=str(path))
    fallen = train(config, test=True, weights=True)
    assert fallen.program["engine"] == "fit"
    assert fallen.program["reason"].startswith(reason)
    assert_equal_curves(compiled, fallen)
    for ours, theirs in zip(compiled.weights, fallen.weights, strict=True):
        if ours.dtype == np.float32:
            np.testing.assert_allclose(theirs, ours, rtol=1e-2, atol=1e-3)
    plan = plan_for(config, 10**9)
    assert plan == Plan(False, 1, {})


def test_fit_keeps_early_stopping_schedules_and_divergence(own):
    config = own(TRAIN_STEP).replace(
        learning_rate_schedule="cosine_decay", warmup=0.2, epochs=4, evaluate_every=7, checkpoint="last"
    )
    result = train(config)
    assert result.program["engine"] == "fit"
    assert result.steps.tolist() == [7, 14, 21, 28, 35, 42, 49, 56, 63, 64]
    wild = train(
        config.replace(optimizer="sgd", learning_rate=1e7, learning_rate_schedule="constant", warmup=0.0)
    )
    assert (wild.status, wild.best) == ("diverged", None)


def test_a_hyperparameter_of_an_own_model_is_not_taken_from_another_training(own):
    config = own(PLAIN)
    dropped, plain = train(config.replace(dropout=0.8)), train(config.replace(dropout=0.1))
    assert dropped.curves["running_loss"][-1] > plain.curves["running_loss"][-1] + 0.1


@pytest.mark.parametrize(
    "source",
    ["build = 3", "x = 1", "def build(*, input_shape): pass", "def build(input_shape, num_outputs): pass"],
)
def test_an_own_file_without_a_builder(tmp_path, source):
    path = tmp_path / "own_model.py"
    path.write_text(source)
    with pytest.raises(ValueError, match="expects a function build"):
        check(Config(dataset="digits", model=str(path)))  # a declaration reads no file


@pytest.mark.parametrize("lanes", [1, 2])
def test_streamed_data_gives_the_same_curves(lanes, monkeypatch):
    from suite.training.engine import train_many

    config = Config(dataset="digits", train_size=900, batch_size=64, epochs=3, width=16, dropout=0.2)
    configs = [config, config.replace(seed=1, learning_rate=0.01), config.replace(seed=2)]
    dataset = load(config)
    resident = dict(train_many(configs, dataset=dataset, lanes=lanes, test=True))
    rows = data_module.Rows(dataset.train.x, np.arange(900))
    lazy = data_module.Dataset(**{**vars(dataset), "train": data_module.Split(rows, dataset.train.y)})
    monkeypatch.setenv("SUITE_RESIDENT_BYTES", "1000")
    monkeypatch.setattr(
        "suite.training.feed.STREAM_BYTES", 5 * 64 * 64 * lanes
    )  # 5 of the 14 steps of an epoch
    assert not Feed(prepared(config, lazy)).resident
    streamed = dict(train_many(configs, dataset=lazy, lanes=lanes, test=True))
    for index in range(3):
        assert streamed[index].program["traces"] == 1
        assert_equal_curves(resident[index], streamed[index])


STREAM = """
import os, sys, threading, time
from pathlib import Path
import numpy as np
from suite import Config
from suite.data.dataset import Dataset, Rows, Split
from suite.training import train

def anonymous():  # pages of a mapped file are resident too, but the system drops them when it wants
    return int(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0]) * 1024

def peak_growth(config, dataset):
    base, most, done = anonymous(), [0], threading.Event()
    def watch():
        while not done.wait(0.005):
            most[0] = max(most[0], anonymous())
    watching = threading.Thread(target=watch)
    watching.start()
    result = train(config, dataset=dataset)
    done.set()
    watching.join()
    return most[0] - base, result

def dataset(x):
    held_out = Split(np.array(x[:1000]), np.array(y[:1000]))
    return Dataset(
        name="bars", task="classification", class_names=("left", "right"), source="", licence="",
        description="", splits="", sha256="", train=Split(x, y[: len(x)]), validation=held_out, test=held_out,
        mean=np.float32(40), variance=np.float32(1600),
    )

x = np.load(sys.argv[1], mmap_mode="r")
y = (np.arange(len(x)) % 2).astype(np.int32)
config = Config(model="dense", width=4, depth=1, epochs=1, batch_size=1000)
train(config, dataset=dataset(np.array(x[:2000])))  # what TensorFlow takes once
os.environ["SUITE_RESIDENT_BYTES"] = str(x.nbytes // 8)
streamed, first = peak_growth(config, dataset(Rows(x, np.arange(len(x)))))
del os.environ["SUITE_RESIDENT_BYTES"]
resident, second = peak_growth(config, dataset(x))
for name, curve in first.curves.items():
    np.testing.assert_allclose(curve, second.curves[name], rtol=1e-4, atol=1e-4)
assert first.curves["val_accuracy"][-1] > 0.9
print(streamed, resident, x.nbytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_streaming_bounds_memory(tmp_path):
    """The same training of a set of 200 MB, streamed and resident, in a process of its own."""
    rng = np.random.default_rng(0)
    block = rng.integers(0, 50, (1_000, 32, 32), np.uint8)
    block[0::2, :, :16] += 50  # a bar on the left, or on the right
    block[1::2, :, 16:] += 50
    x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.uint8, (200_000, 32, 32))
    for start in range(0, len(x), len(block)):
        x[start : start + len(block)] = block
    x.flush()
    output = subprocess.check_output([sys.executable, "-c", STREAM, tmp_path / "x.npy"], text=True)
    streamed, resident, size = map(int, output.split())
    assert resident > size  # or the measure is blind
    assert streamed < size / 2


def test_a_split_too_large_for_memory_stays_where_it_is(monkeypatch):
    from suite import data

    whole = data.load("digits", train_size=900)
    monkeypatch.setenv("SUITE_RESIDENT_BYTES", "1000")
    left = data.load("digits", train_size=900)
    assert isinstance(left.train.x, data_module.Rows)
    np.testing.assert_array_equal(left.train.x[:], whole.train.x)
    np.testing.assert_array_equal(left.train.x[np.array([3, 1])], whole.train.x[[3, 1]])
    np.testing.assert_allclose([left.mean, left.variance], [whole.mean, whole.variance])
