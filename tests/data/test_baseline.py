"""Baselines, and the examples that a card shows: on tiny sets whose answers are known."""

import itertools
import os
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from suite.cli.app import app
from suite.data import DATASETS, load
from suite.data.builtin.embedded import EMBEDDED
from suite.data.builtin.generated import GENERATED
from suite.data.dataset import Dataset, Split
from suite.data.edits import error_rates
from suite.data.inspect import lookup, samples
from suite.data.inspect.baseline import baseline, to_beat
from suite.data.published.images import IMAGES
from suite.data.published.sequences import SEQUENCES
from suite.data.published.tables import TABLES
from suite.data.published.texts import TEXTS

DOCS = Path(__file__).parents[2] / "docs" / "data.md"


def dataset(x, y, *, task="classification", sizes=(60, 20, 20), **facts):
    """A set in the order given: train, validation, test."""
    ends = np.cumsum([0, *sizes])
    whole = Split(x, y)
    train, validation, test = (whole.take(slice(*ends[i : i + 2])) for i in range(3))
    names = tuple(map(str, range(int(y.max()) + 1))) if task == "classification" else ()
    known = {
        "source": "here",
        "licence": "none",
        "description": "tiny",
        "splits": "none",
        "sha256": "",
        "name": "tiny",
    }
    return Dataset(
        task=task, class_names=names, train=train, validation=validation, test=test, **known | facts
    )


RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(100, 3)).astype(np.float32)
HALVES = np.int32(NUMBERS[:, 0] > 0)


# --- what is measured
# -----------------------------------------------------------------------------------------------


def test_what_there_is_to_beat_is_fitted_on_train_alone_and_measured_as_a_study_does():
    y = np.int32([0] * 45 + [1] * 15 + [1] * 20 + [0] * 15 + [1] * 5)  # validation is all 1
    found = to_beat(dataset(NUMBERS, y))["majority"]
    assert found["test_accuracy"] == 0.75 and found["test_balanced_accuracy"] == found["test_auc"] == 0.5
    assert found["test_loss"] == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
    target = np.float32(3 * NUMBERS[:, 0])
    found = to_beat(dataset(NUMBERS, target, task="regression"))
    assert set(found) == {"mean", "ridge regression", "gradient boosting"}
    train, test = target[:60], target[80:]
    assert found["mean"]["test_loss"] == pytest.approx(
        np.mean((test - train.mean()) ** 2) / train.var(), rel=1e-4
    )
    assert found["ridge regression"]["test_loss"] < 1e-3 < found["gradient boosting"]["test_loss"]


def test_of_images_only_guessing_is_there_to_beat():
    images = RNG.integers(0, 255, (100, 4, 4), np.uint8)
    assert set(to_beat(dataset(images, HALVES))) == {"majority"}


def test_majority_is_measured_on_test():
    y = np.int32([0] * 40 + [1] * 20 + [0] * 15 + [1] * 5 + [0] * 5 + [1] * 15)
    found = baseline(dataset(NUMBERS, y))["majority"]
    assert found["accuracy"] == 5 / 20  # 0 is the majority of train and validation
    share = 55 / 80
    assert found["log_loss"] == pytest.approx(-(5 * np.log(share) + 15 * np.log(1 - share)) / 20)


def test_the_mean_and_a_line():
    y = (NUMBERS @ [1, 2, 3] + 5).astype(np.float32)
    found = baseline(dataset(NUMBERS, y, task="regression"))
    mean = y[:80].mean()
    assert found["mean"]["rmse"] == pytest.approx(np.sqrt(np.mean((y[80:] - mean) ** 2)), rel=1e-5)
    assert found["mean"]["mae"] == pytest.approx(np.mean(np.abs(y[80:] - mean)), rel=1e-5)
    assert found["ridge regression"]["r2"] > 0.999
    assert set(found) == {"mean", "ridge regression", "gradient boosting"}


def test_the_logarithm_is_learned_and_errors_are_in_the_target_s_unit():
    y = np.exp(NUMBERS @ [1, 2, 3]).astype(np.float32)
    plain = baseline(dataset(NUMBERS, y, task="regression"))["ridge regression"]
    found = baseline(dataset(NUMBERS, y, task="regression", log_target=True))
    assert set(found["ridge regression"]) == {"mae", "rmse", "r2_of_log"}
    assert found["ridge regression"]["r2_of_log"] > 0.999
    assert found["ridge regression"]["mae"] < plain["mae"] / 10
    middle = np.exp(np.log(y[:80]).mean())
    assert found["mean"]["mae"] == pytest.approx(np.mean(np.abs(y[80:] - middle)), rel=1e-4)


def test_columns_with_missing_values():
    x = pd.DataFrame({"n": NUMBERS[:, 1], "c": pd.Series(np.where(HALVES, "yes", "no"), dtype="str")})
    x.loc[::7, "n"] = np.nan
    x.loc[x.index[HALVES == 0][::3], "c"] = None  # missing says `no`, too
    x.loc[99, "c"] = "never seen in training"
    found = baseline(dataset(x, HALVES, kinds={"n": "numeric", "c": "categorical"}))
    assert set(found) == {"majority", "logistic regression", "gradient boosting"}
    assert found["logistic regression"]["accuracy"] >= 0.95
    assert found["gradient boosting"]["accuracy"] >= 0.95


def test_words():
    x = pd.DataFrame(
        {
            "text": pd.Series(
                [f"it was {'good' if y else 'bad'} {i % 5}" for i, y in enumerate(HALVES)], dtype="str"
            )
        }
    )
    x.loc[0, "text"] = None
    found = baseline(dataset(x, HALVES, kinds={"text": "text"}))
    assert set(found) == {"majority", "TF-IDF + logistic regression"}
    assert found["TF-IDF + logistic regression"]["accuracy"] == 1


def test_sequences_by_their_channels_without_the_padding():
    x = np.full((100, 6, 2), np.nan, np.float32)
    for index, row in enumerate(x):
        row[: 2 + index % 5] = 0  # as many steps for both classes
        row[: 2 + index % 5, 1] = HALVES[index]
    found = baseline(dataset(x, HALVES))
    assert set(found) == {"majority", "mean and deviation + logistic regression"}
    assert found["mean and deviation + logistic regression"]["accuracy"] == 1


def test_images_are_sampled(monkeypatch):
    monkeypatch.setattr("suite.data.inspect.baseline.IMAGES", 50)
    x = np.uint8(RNG.integers(0, 100, (100, 4, 4)) + 100 * HALVES[:, None, None])
    found = baseline(dataset(x, HALVES))
    assert found["logistic regression (50 examples)"]["accuracy"] == 1


def test_what_is_known_of_the_quadratic():
    data = load("quadratic_deep")
    assert to_beat(data) == {}  # its inputs are no examples
    found = baseline(data)
    assert found["where it starts"]["loss"] == pytest.approx(353.447, abs=5e-4)
    assert found["mean of the training noise"]["loss"] == pytest.approx(87.046, abs=5e-4)


@pytest.mark.parametrize(
    ("name", "method", "metric", "least"),
    [
        ("wine", "logistic regression", "accuracy", 0.9),
        ("breast_cancer", "gradient boosting", "accuracy", 0.9),
        ("diabetes", "ridge regression", "r2", 0.4),
        ("xor", "gradient boosting", "accuracy", 0.93),
    ],
)
def test_real_sets(name, method, metric, least):
    found = baseline(load(name))
    assert found[method][metric] > least
    assert found[method][metric] > next(iter(found.values()))[metric]


# --- letters to phones
# --------------------------------------------------------------------------------------------------


def test_alignment_by_hand():
    scores = {"c": {("K",): -1.0}, "x": {("K", "S"): -1.0, ("K",): -3.0}, "h": {(): -1.0, ("S",): -4.0}}
    assert lookup.align("cxh", ("K", "K", "S"), scores) == [("K",), ("K", "S"), ()]
    assert lookup.align("c", ("A", "B", "C"), scores) == []  # a letter gives two phones at most


def test_spelling_that_follows_rules_is_learned():
    rules = {"a": ("AA",), "b": ("B",), "x": ("K", "S"), "h": ()}
    rng = np.random.default_rng(1)
    words = sorted(
        {"".join(rng.choice(list(rules), size=rng.integers(2, 7))) for _ in range(400)} - {"hh", "hhh"}
    )
    pairs = [(word, tuple(phone for letter in word for phone in rules[letter])) for word in words]
    pairs = [pair for pair in pairs if pair[1]]
    table = lookup.learn(pairs[::2])
    found = [" ".join(lookup.pronounce(word, table)) for word, _ in pairs[1::2]]
    assert error_rates([" ".join(phones) for _, phones in pairs[1::2]], found)[0] < 0.05


def test_the_widest_window_that_was_seen_decides():
    wide = {"$".join(["^^^", "$$"]): Counter()}
    table = wide | {"c": Counter({("K",): 3, ("S",): 1}), "^c$": Counter({("S",): 1})}
    assert lookup.pronounce("c", table) == ("S",)
    assert lookup.pronounce("cc", table) == ("K", "K")
    assert lookup.pronounce("q", table) == ()


def test_pronunciation_of_a_set():
    words = ["ab", "ba", "aab", "bba", "abab"] * 20
    y = np.array([" ".join(word.upper()) for word in words], object)
    y[80:] = [f"{text} | Z" for text in y[80:]]
    x = pd.DataFrame({"word": pd.Series(words, dtype="str")})
    found = baseline(dataset(x, y, task="sequence_to_sequence", kinds={"word": "characters"}))
    assert found == {"letters looked up with their neighbours": {"word_error": 0, "phone_error": 0}}


# --- examples
# ------------------------------------------------------------------------------------------------------------


def test_rows_of_examples():
    data = dataset(NUMBERS, HALVES)
    first = next(samples.rows(data))
    assert first == {f"x{i + 1}": f"{NUMBERS[0, i]:.4g}" for i in range(3)} | {"target": str(HALVES[0])}
    assert len(list(samples.rows(data, 7))) == 7
    wide = dataset(np.zeros((100, 20), np.float32), np.float32(HALVES), task="regression")
    assert next(samples.rows(wide))["..."] == "12 more"
    sequence = np.full((100, 5, 1), np.nan, np.float32)
    sequence[:, :2] = 1.5
    assert next(samples.rows(dataset(sequence, HALVES)))["steps"] == "2"
    x = pd.DataFrame({"n": np.float32([np.nan] * 100), "t": pd.Series(["word " * 50] * 100, dtype="str")})
    row = next(samples.rows(dataset(x, HALVES, kinds={"n": "numeric", "t": "text"})))
    assert row["n"] == "missing"
    assert row["t"].endswith(" ...")
    assert len(row["t"]) == samples.WIDTH + 4


def test_a_sheet_has_a_row_for_each_class(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path))
    x = np.zeros((100, 8, 8), np.uint8)
    x[HALVES == 1] = 16  # the brightest there is
    data = dataset(x, HALVES, name="tfds:a/b")
    assert samples.is_pictures(data)
    path = samples.sheet(data)
    assert path == tmp_path / "data" / "tfds-a-b.png"
    with Image.open(path) as page:
        assert page.size == (10 * (48 + 2), 2 * (48 + 2))
        assert page.getpixel((20, 20)) == (0, 0, 0)
        assert page.getpixel((20, 70)) == page.getpixel((470, 70)) == (255, 255, 255)


def test_the_command():
    result = CliRunner(env={"COLUMNS": "100"}).invoke(app(), ["data", "wine", "--baseline"])
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["method", "accuracy", "log_loss"] in lines
    assert any(line[:2] == ["logistic", "regression"] and float(line[2]) > 0.9 for line in lines)
    assert sum(line[:1] == ["x1"] for line in lines) == 1


def test_the_command_draws_pictures(tmp_path):
    result = CliRunner(env={"SUITE_HOME": str(tmp_path)}).invoke(app(), ["data", "digits"])
    assert f"pictures  {tmp_path / 'data' / 'digits.png'}" in result.output
    assert (tmp_path / "data" / "digits.png").stat().st_size > 1000


# --- docs/data.md -------------------------------------------------------------------------------------------


def documented():
    """Name -> the cells of its row."""
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| name | task |"))
    table = itertools.takewhile(lambda line: line.startswith("|"), lines[start:])
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {row[0].strip("`"): row[1:] for row in rows if row[0].startswith("`")}


def test_the_table_has_every_set():
    assert list(documented()) == [*DATASETS, "tfds:NAME"]


KNOWN = IMAGES | TEXTS | TABLES | SEQUENCES | EMBEDDED


@pytest.mark.parametrize("name", DATASETS)
def test_the_table_agrees_with_the_set(name):
    task, size, licence, source, *_ = documented()[name]
    if name in KNOWN:
        known = KNOWN[name]
        expected = (
            known.task,
            known.licence,
            "scikit-learn" if name in EMBEDDED else " ".join(known.published.package[:2]),
        )
    elif name in GENERATED:
        expected = (
            "classification" if GENERATED[name].class_names else "regression",
            "none needed: generated here",
            "generated",
        )
    else:
        expected = "regression", "MIT (DeepOBS)", "generated"
    assert task == expected[0].replace("_", " ")
    assert licence == expected[1]
    assert expected[2] in source
    fetched = name in IMAGES | TEXTS | TABLES | SEQUENCES
    if not fetched or KNOWN[name].published.folder.exists() or os.environ.get("SUITE_TEST_DOWNLOADS"):
        data = load(name)
        sizes = [int(number) for number in re.findall(r"\d+", size.replace(",", ""))]
        assert sizes == [len(data.train) + len(data.validation), len(data.test)]
