"""What repeats of a study say of each other, counted by hand; and that a repeat is trained once."""

from suite.running.pool.workers import Workers
from suite.study.config import Config
from suite.study.study import Study
from suite.validation import repeats
from suite.validation.extrapolation import Foretold, learning_curve
from suite.validation.repeats import hold


def summary(scores, beats, width=0.1):
    """Of levels with intervals of `width` to each side; other pairs are the same."""
    ranked = sorted(scores, key=scores.get)
    pairs = [(a, b) for at, a in enumerate(ranked) for b in ranked[at + 1 :]]
    return {
        "levels": [
            {"level": name, "iqm": x, "ci_low": x - width, "ci_high": x + width} for name, x in scores.items()
        ],
        "pairs": [
            {"first": a, "second": b, "verdict": "beats" if (a, b) in beats else "same"} for a, b in pairs
        ],
    }


def test_a_contradiction_is_counted_by_pairs_of_repeats():
    """Two repeats say that a beats b, one that b beats a: 2 of 3 pairs of repeats contradict."""
    found = hold(
        [
            summary({"a": 1.0, "b": 1.5}, [("a", "b")]),
            summary({"a": 1.0, "b": 1.5}, [("a", "b")]),
            summary({"a": 1.5, "b": 1.4}, [("b", "a")]),
        ]
    )
    assert found["contradicting"] == (2, 3)


def test_an_interval_is_held_against_the_mean_of_the_others():
    """a: 1.0 against 1.15, 1.1 against 1.1, 1.2 against 1.05; b is always the same."""
    scores = [{"a": a, "b": 2.0} for a in (1.0, 1.1, 1.2)]
    assert hold([summary(each, []) for each in scores])["covered"] == (4, 6)
    assert hold([summary(each, [], width=0.16) for each in scores])["covered"] == (6, 6)


def test_a_repeat_that_diverged_leaves_the_mean_of_the_others_and_holds_nothing():
    """b: 2.0 against 2.1, 2.1 against 2.0, and a repeat without an end."""
    found = hold([summary({"a": 1.0, "b": b}, []) for b in (2.0, 2.1, float("inf"))])
    assert found["covered"] == (3 + 2, 6)
    assert found["decided"] == (0, 3)


def test_only_pairs_that_lie_apart_count_as_decided_and_only_as_they_are():
    """a and b are 1% apart, c lies behind them. One repeat decides both pairs with c, one only one,
    and one has it the other way round."""
    found = hold(
        [
            summary({"a": 1.0, "b": 1.01, "c": 1.6}, [("a", "b"), ("a", "c"), ("b", "c")]),
            summary({"a": 1.0, "b": 1.01, "c": 1.6}, [("a", "c")]),
            summary({"a": 1.0, "b": 1.01, "c": 0.9}, [("c", "a")]),
        ]
    )
    assert found["decided"] == (3, 6)


def test_a_special_case_that_wins_is_counted():
    found = hold(
        [
            summary({"sgd": 1.0, "momentum": 1.5, "adagrad": 2.0}, [("sgd", "momentum"), ("sgd", "adagrad")]),
            summary({"sgd": 1.5, "momentum": 1.0, "adagrad": 2.0}, [("momentum", "sgd")]),
        ]
    )
    assert found["below_special"] == (1, 2)


def test_the_interval_holds_what_is_inside():
    assert Foretold("digits", 0, measured=1.0, point=1.1, low=1.0, high=1.2).inside
    assert not Foretold("digits", 0, measured=0.9, point=1.1, low=1.0, high=1.2).inside


def test_the_largest_size_lies_four_times_beyond_the_others():
    assert learning_curve("digits", 3).levels == {"train_size": [32, 64, 128, 256, 1024]}


def test_what_is_finished_is_not_trained_again(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path))
    study = Study(
        question="Which width?",
        fixed=Config(dataset="iris", epochs=2, batch_size=16),
        scientific={"width": (2, 8)},
        replicates=2,
    )
    with Workers(1) as pool:
        found = repeats.measure("tiny", study, [0, 1], pool)
        files = {path: path.stat().st_mtime_ns for path in tmp_path.glob("studies/*/trainings/*.json")}
        assert len(files) == 2 * 2 * (1 + 2)  # repeats, levels, trials and replicates
        assert repeats.measure("tiny", study, [0, 1], pool) == found
    assert {path: path.stat().st_mtime_ns for path in files} == files
    assert not (tmp_path / "mlflow.db").exists()
