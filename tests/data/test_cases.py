"""Inputs of kinds that went wrong elsewhere: each is read right, or refused with the cause and the fix.

See cases.py.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import cases
import numpy as np
import pandas as pd
import pytest

from suite import Config
from suite.data import load
from suite.data.inspect.baseline import baseline, to_beat
from suite.data.inspect.card import card, inputs
from suite.running.pool.work import preflight
from suite.study import catalog


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("cases")
    cases.make(made)
    return made


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def suite(*arguments, home, cwd):
    environment = {
        **os.environ,
        "SUITE_HOME": str(home),
        "COLUMNS": "400",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    program = [sys.executable, "-m", "suite", *map(str, arguments)]
    return subprocess.run(
        program, env=environment, cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )


def linear(dataset):
    """Test accuracy of logistic regression: what the inputs tell, without a training."""
    return next(found["accuracy"] for name, found in baseline(dataset).items() if "logistic" in name)


def told(dataset, *parts):
    """Whether a note says all of `parts`."""
    return any(all(part in note for part in parts) for note in dataset.notes)


# --- numbers and encodings
# ------------------------------------------------------------------------------------------


def test_decimal_commas_are_numbers(folder):
    found = load(str(folder / "01_decimal_comma.csv"), target="preis")
    assert found.task == "regression"
    assert found.kinds == {"flaeche": "numeric", "zimmer": "numeric", "ort": "categorical"}
    assert found.train.x["flaeche"].min() >= 20 and found.train.x["flaeche"].max() <= 150
    assert (found.train.x["flaeche"] % 1 != 0).any()
    assert told(found, "`preis` was read as numbers: '", "' is ")
    assert baseline(found)["ridge regression"]["r2"] > 0.9


def test_decimal_commas_among_the_inputs_of_a_classification(folder):
    found = load(str(folder / "01_decimal_comma_class.csv"), target="klasse")
    assert (found.kinds["flaeche"], found.class_names) == ("numeric", ("billig", "teuer"))
    assert linear(found) > 0.9


@pytest.mark.parametrize(
    ("name", "note"),
    [("02_cp949.csv", "Read as cp949"), ("02_utf16_tabs.tsv", "Read as UTF-16"), ("02_utf8_bom.csv", None)],
)
def test_encodings(name, note, folder):
    found = load(str(folder / name), target="등급")
    assert found.kinds == {"지역": "categorical", "면적": "numeric", "층": "numeric"}
    assert set(found.train.x["지역"]) == {"강남", "마포", "노원"} and found.class_names == ("낮음", "높음")
    assert note is None or told(found, note)
    assert linear(found) > 0.9


def test_an_encoding_that_shows_below_the_header_only(folder):
    found = load(str(folder / "02_cp949_ascii_header.csv"), target="grade")
    assert set(found.train.x["place"]) == {"강남", "마포", "노원"} and told(found, "Read as cp949")


def test_thousands_and_units_are_numbers(folder):
    found = load(str(folder / "06_thousands_units.csv"), target="size")
    assert set(found.kinds.values()) == {"numeric"} and len(found.kinds) == 4
    assert found.units == {"price": "$", "share": "%", "weight": "kg"}
    assert all(told(found, f"`{name}` was read as numbers") for name in found.kinds)
    low = found.train.x["turnover"].to_numpy()[found.train.y == found.class_names.index("small")]
    assert low.max() <= 30_000 < found.train.x["turnover"].max()


# --- what is an input
# -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["04_index_column.csv", "04_unnamed_0.csv"])
def test_row_numbers_are_no_input(name, folder):
    found = load(str(folder / name), target="y")
    assert found.kinds == {"x1": "numeric", "x2": "numeric"}
    assert told(found, "was dropped: it is the index of a table")
    assert linear(found) < 0.65


def test_a_card_maps_columns_to_inputs(folder):
    found = load(str(folder / "05_column_names.csv"), target="y n")
    rows = {row["column"]: row for row in inputs(found)}
    assert list(rows) == list(found.kinds)
    assert (rows["나이"]["input"], rows["소득"]["input"]) == ("column_9", "column_10")
    assert (rows["class"]["input"], rows["length (cm)"]["input"]) == ("column_class", "length__cm_")
    assert rows["나이"]["type"] == "number" and rows["나이"]["missing"].startswith("the mean")
    assert all(row["column"] in card(found) and row["input"] in card(found) for row in rows.values())


def test_codes_with_leading_zeros_are_categories(folder):
    found = load(str(folder / "10_leading_zero_codes.csv"), target="area")
    assert found.kinds == {"postcode": "categorical", "x": "numeric"}
    assert told(found, "`postcode` is a category: it has leading zeros", 'types="postcode=number"')
    assert linear(found) > 0.95
    said = load(str(folder / "10_leading_zero_codes.csv"), target="area", types="postcode=number")
    assert said.kinds["postcode"] == "numeric"


@pytest.mark.parametrize("name", ["16_no_spaces.csv", "16_no_spaces_only.csv"])
def test_texts_without_blanks_are_characters(name, folder):
    found = load(str(folder / name), target="label")
    assert found.kinds["text"] == "characters"
    assert linear(found) > 0.95


def test_rows_that_repeat_are_counted(folder):
    found = load(str(folder / "09_duplicates.csv"), target="kind")
    assert told(found, "All 240 test examples (100%) are in train too", "`group`")
    assert not told(found, "alone tells the target")


@pytest.mark.parametrize("name", ["12_exif_png", "12_exif_jpg"])
def test_images_are_turned_upright(name, folder):
    found = load(str(folder / name))
    assert told(found, "60 images were turned upright")
    upper = found.train.x[:, :8].mean(axis=(1, 2)) > found.train.x[:, 8:].mean(axis=(1, 2))
    assert np.array_equal(upper, found.train.y == found.class_names.index("up"))


def test_a_rare_class_is_told_and_measured_against(folder):
    found = load(str(folder / "34_imbalanced.csv"), target="kind")
    assert told(found, "Class 'fraud' is 1.0% of the rows", "99.0%")
    loss = -(594 * np.log(0.99) + 6 * np.log(0.01)) / 600
    guess = to_beat(found, guesses_only=True)["majority"]
    assert found.guessing == pytest.approx(loss) == guess["test_loss"]
    assert (guess["test_accuracy"], guess["test_balanced_accuracy"]) == (0.99, 0.5)


# --- through the command
# --------------------------------------------------------------------------------------------


def test_the_command_prints_what_was_decided(folder, home):
    done = suite("data", "06_thousands_units.csv", "--target", "size", home=home, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "- `weight` was read as numbers in kg: '" in done.stdout
    cells = [line.split() for line in done.stdout.splitlines()]
    assert ["weight", "weight", "number,", "in", "kg", "the", "mean,"] in [line[:7] for line in cells]


@pytest.mark.parametrize(
    ("data", "target", "settings", "message"),
    [
        ("06_thousands_units.csv", "size", ["decimal=,"], "`decimal` must be the decimal sign of column"),
        ("02_cp949.csv", "등급", ["encoding=utf-8"], "`encoding` must be that of 02_cp949.csv. Received:"
        " encoding='utf-8', line 1"),
        ("plain.csv", "y", ["types=a=date"], "which has dates but for"),
        ("plain.csv", "y", ["types=z=date"], "`types` must be one of a, b, c, y. Received: 'z'."),
        ("iris", None, ["types=a=date"], "`types` is about your own data and expects `dataset` to be the"
        " path of a file."),
    ],
)  # fmt: skip
def test_options_that_cannot_be(data, target, settings, message, folder, home):
    said = ["--target", target] if target else []
    done = suite(
        "data", data, *said, *(each for pair in settings for each in ("--set", pair)), home=home, cwd=folder
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert message in done.stderr


def test_whole_numbers_are_drawn_for_a_whole_hyperparameter(folder):
    (case,) = catalog.load(folder / "20_integer.py").cases
    assert all(isinstance(case.space["width"].quantile(u), int) for u in (0.0, 0.37, 0.999))


@pytest.mark.parametrize(("name", "refused"), [("33_softmax_model", True), ("33_logits_model", False)])
def test_a_model_that_ends_in_softmax_is_refused_before_any_training(name, refused, folder):
    config = Config(dataset=str(folder / "plain.csv"), target="y", model=str(folder / f"{name}.py"))
    if not refused:
        preflight([config])
        return
    with pytest.raises(ValueError, match=r"softmax"):
        preflight([config])


NOTES = (
    "Class 'fraud' is 1.0% of the rows",
    "`Unnamed: 0` was dropped: it is the index of a table",
)


def test_a_study_of_noise_says_that_it_does_not_learn_and_what_was_decided(folder, home):
    """What was decided stands at the start, in the report and on the model's card; guessing before the
    answer."""
    pd.read_csv(folder / "34_imbalanced.csv").to_csv(
        folder / "imbalanced_with_index.csv", index_label="Unnamed: 0"
    )
    settings = ["dataset=imbalanced_with_index.csv", "target=kind", "budget=2", "replicates=2", "epochs=12"]
    given = [each for setting in settings for each in ("--set", setting)]
    done = suite("study", "tiny.py", *given, home=home, cwd=folder)
    for note in NOTES:
        assert f"data: {note}" in done.stdout.partition("test loss [")[0]
    (summary,) = (home / "reports").glob("*/summary.json")
    found = json.loads(summary.read_text())
    assert [each["verdict"] for each in found["diagnoses"].values()] == ["not learning"]
    assert found["answer"].startswith("Not clearly better than guessing: always the class frequencies")
    page = (summary.parent / "index.html").read_text().replace("&#39;", "'")
    (card_,) = (home / "exports").glob("*/model_card.md")
    for note in NOTES:
        assert note.split("`")[-1] in page and note in card_.read_text()
    assert found["recall"] == {"fine": 1.0, "fraud": 0.0}
    assert "The exported model finds none of the test examples of 'fraud' (6)." in found["warnings"]
    assert any("An accuracy of 99.0% is no success" in warning for warning in found["warnings"])
