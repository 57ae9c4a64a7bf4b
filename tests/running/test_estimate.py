"""How long a study is said to take."""

import json

import pytest

from suite import Choice, Config, Study, Uniform, paths
from suite.data import DATASETS
from suite.running import estimate
from suite.study.identity import timing_key


def study(**fixed) -> Study:
    """10 trials and 5 replicates."""
    config = Config(**{"train_size": 1_000, "validation_size": 100, "batch_size": 50, "epochs": 4} | fixed)
    return Study(
        question="How long?", fixed=config, nuisance={"dropout": Uniform(0.0, 0.5)}, budget=10, replicates=5
    )


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path))


def test_what_was_not_measured_is_taken_from_the_reference():
    # 15 trainings of 4 epochs of 20 steps of 50 examples, 3 us each, by 2 workers
    assert estimate.seconds(study(), workers=2) == pytest.approx(estimate.START + 15 * 4 * 20 * 50 * 3e-6 / 2)


def test_what_was_measured_comes_before_the_reference():
    (paths.home() / "cache").mkdir(parents=True)
    (paths.home() / "cache" / "rates.json").write_text(
        json.dumps({timing_key(study().cases[0].config): 0.01})
    )
    assert estimate.seconds(study(), workers=2) == pytest.approx(estimate.START + 15 * 4 * 20 * 0.01 / 2)
    assert estimate.seconds(study(batch_size=25), workers=2) < estimate.START + 1


def test_texts_take_as_long_as_they_have_words():
    short, long = (
        estimate.seconds(study(dataset="imdb", model="transformer", sequence_length=words), workers=1)
        - estimate.START
        for words in (40, 400)
    )
    assert long == pytest.approx(10 * short)


def test_a_larger_dense_network_takes_longer_in_proportion_to_its_weights():
    def work(**model) -> float:
        return estimate.seconds(study(**model), workers=1) - estimate.START

    assert work(width=256, depth=1) == pytest.approx(work() * 784 * 256 / (784 * 128 + 128 * 128))
    assert work(width=8, depth=1) == pytest.approx(work(depth=0)) == pytest.approx(work())  # never less


def test_every_kind_of_data_has_a_size():
    assert set(DATASETS.values()) <= set(estimate.EXAMPLES)
    small = study(dataset="iris", train_size=None, validation_size=None)
    assert estimate.seconds(small, workers=1) == pytest.approx(estimate.START + 15 * 4 * 6 * 50 * 3e-6)


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (1, "about 10 s"),
        (85, "about 90 s"),
        (100, "about 2 min"),
        (5_000, "about 83 min"),
        (9_000, "about 2.5 h"),
    ],
)
def test_in_words(duration, words):
    assert estimate.in_words(duration) == words


def test_gradient_steps_are_counted_for_each_shape():
    """8 trials and 2 replicates of 3 epochs, half of them with 10 and half with 5 steps an epoch; dropout
    changes no shape."""
    study = Study(
        question="?",
        fixed=Config(dataset="digits", train_size=320, validation_size=100, epochs=3),
        nuisance={"batch_size": Choice(32, 64), "dropout": Uniform(0.0, 0.5)},
        budget=8,
        replicates=2,
    )
    config = study.fixed.replace(dropout=0.3)
    assert estimate.gradient_steps_by_shape(study, {"": 1_000}) == {
        timing_key(config.replace(batch_size=32)): 10 * 3 * 10 // 2,
        timing_key(config.replace(batch_size=64)): 10 * 3 * 5 // 2,
    }
