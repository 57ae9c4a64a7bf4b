"""Tables and settings as text: figures rounded, verdicts in words, what an answer depends on."""

import math

import pytest
from made_up import optimizer_study, pair, place

from suite import Level, LogUniform, Study, Uniform
from suite.analysis import sections, setup, words
from suite.analysis.records import Comparison, Diagnosis, Facts, Text


def of(*places, pairs=(), metric="test_loss", minimize=True) -> Comparison:
    return Comparison(metric, metric.replace("test", "val"), minimize, 0.95, places, pairs, 0.4)


@pytest.mark.parametrize(
    ("value", "widths", "text"),
    [
        (0.34567, [0.004, 0.005, 0.1], "0.3457"),
        (12.345, [3.0], "12.3"),
        (0.5, [0.0], "0.500"),
        (math.nan, [0.1], "–"),
        (123.4, [40.0], "123"),
        (0.5, [1e-12], "0.500000"),
    ],
)
def test_numbers_keep_two_digits_of_the_median_width(value, widths, text):
    assert words.number(value, widths) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.25, "0.25 s"), (7.3, "7.3 s"), (252, "4 min 12 s"), (7500, "2 h 5 min")]
)
def test_durations(seconds, text):
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("scientific", "label", "kinds"),
    [
        ("optimizer", "adam", "optimizers"),
        ("loss", "huber", "losses"),
        ("normalization", "none", "values of normalization"),
        ("width", "8", "values of width"),
    ],
)
def test_what_levels_are_called(scientific, label, kinds):
    assert words.kinds_of(scientific, [label]) == kinds


def test_a_number_or_a_flag_is_named_with_what_it_is_of():
    assert words.named("depth", "2") == "depth=2" and words.named("residual", "True") == "residual=True"
    assert words.named("optimizer", "adam") == "adam"


def test_verdicts_say_how_a_level_stands_to_all_others():
    pairs = (pair("a", "b", "same"), pair("a", "c", "beats"), pair("b", "c", "budget"))
    pairs += (pair("a", "d", "did not train"),)
    comparison = of(place("a"), place("b"), place("c"), place("d"), pairs=pairs)
    assert dict(sections.verdicts(comparison)) == {
        "a": {
            "cannot be told apart from": ["b"],
            "beats": ["c"],
            "is ahead, for want of training, of": ["d"],
        },
        "b": {
            "cannot be told apart from": ["a"],
            "probably beats (the budget is too small to be sure)": ["c"],
        },
        "c": {"is beaten by": ["a"], "is probably beaten by (the budget is too small to be sure)": ["b"]},
        "d": {"did not train, and is behind": ["a"]},
    }


def test_the_headline_says_what_diverged_and_what_did_not_train():
    nothing = {
        "iqm": math.inf,
        "ci_low": math.inf,
        "ci_high": math.inf,
        "tested": {"test_accuracy": math.nan},
    }
    places = (
        place("a", best_config={"learning_rate": 0.00123456, "batch_size": 64}),
        place("b", iqm=0.61, diverged=1),
        place("c", diverged=3, **nothing),
        place("d", replicates=0, **nothing),
    )
    table = sections.headline(of(*places), places, "optimizer")
    assert table.columns == ("optimizer", "test loss [95% interval]", "test accuracy", "best found")
    assert table.rows == (
        ("a", "0.50 [0.40, 0.60]", "90.00%", ("learning_rate=0.00123", "batch_size=64")),
        ("b", ("0.61 [0.40, 0.60]", "1 of 4 replicates diverged"), "90.00%", ()),
        ("c", ("diverged", "3 of 4 replicates diverged"), "–", ()),
        ("d", "did not train", "–", ()),
    )


def test_accuracies_are_percentages_in_the_headline():
    places = (place("a", iqm=0.881, ci_low=0.878, ci_high=0.884),)
    table = sections.headline(of(*places, metric="test_accuracy", minimize=False), places, None)
    assert table.rows == (
        ("88.10% [87.80%, 88.40%]",),
    )  # nothing was searched, and accuracy is not told twice


def test_diagnoses_with_one_verdict_and_next_step_stand_together():
    def found(verdict, text):
        return Diagnosis(verdict, (text,), f"Mend {verdict}.", {}, ())

    diagnoses = {
        "a": found("overfitting", "A."),
        "b": found("unstable", "B."),
        "c": found("overfitting", "C."),
    }
    section = sections.diagnosis(diagnoses, ("c", "b", "a", "without"))
    headings = [b.paragraphs[0] for b in section.blocks if isinstance(b, Text) and b.kind == "heading"]
    assert headings == ["Overfitting: c, a", "Unstable: b"]
    details = [block for block in section.blocks if not isinstance(block, Text)]
    assert [block.open for block in details] == [False, True]
    assert [block.paragraphs for block in details[0].blocks] == [("c",), ("C.",), ("a",), ("A.",)]


def test_fixed_settings_are_those_that_matter():
    study = optimizer_study().replace(dropout=0.1, seed=3)
    assert setup.fixed(study) == {
        "dataset": "fashion_mnist",
        "train_size": "20000",
        "validation_size": "5000",
        "model": "dense",
        "dropout": "0.1",
        "batch_size": "128",
        "epochs": "10",
    }


def test_spaces_are_shared_by_the_levels_that_have_the_same():
    study = Study(
        question="?",
        nuisance={"dropout": Uniform(0, 0.5)},
        scientific={
            "width": (32, 64, Level(128, fixed={"batch_size": 256}, nuisance={"l2": LogUniform(1e-6, 1e-2)}))
        },
    )
    assert setup.spaces(study) == [
        ("32, 64", ["dropout: Uniform(0, 0.5)"]),
        ("128", ["batch_size=256", "dropout: Uniform(0, 0.5)", "l2: LogUniform(1e-06, 0.01)"]),
    ]


def test_many_levels_with_one_space_are_named_together():
    study = Study(
        question="?", nuisance={"dropout": Uniform(0, 0.5)}, scientific={"width": (8, 16, 32, 64, 128)}
    )
    assert setup.spaces(study) == [("each", ["dropout: Uniform(0, 0.5)"])]
    searched = [block for block in setup.section(study).blocks if isinstance(block, Facts)][-1]
    assert searched.rows == {"each": "`dropout: Uniform(0, 0.5)`"}
