"""A diagnosis from the command line, on trainings that take moments: it is kept, and its next step is run."""

import numpy as np
import pytest

from suite.analysis.estimate import Estimate
from suite.analysis.limits import PARTS, Experiment, Step
from suite.cli import app as cli
from suite.diagnosis import experiments
from suite.diagnosis.diagnose import diagnose
from suite.diagnosis.experiments import Group, is_past
from suite.diagnosis.follow import cheapest
from suite.diagnosis.lab import Lab
from suite.diagnosis.trained import Trained
from suite.running import kept_diagnosis, subject
from suite.study.config import Config
from suite.training import train
from suite.validation.problems import KINDS, problem

FEW = Config(dataset="iris", width=2, epochs=4, batch_size=16)


@pytest.fixture(scope="module")
def limits():
    return diagnose(FEW, replicates=2)


def test_every_experiment_is_told_with_its_cost(limits):
    told = " ".join(limits.evidence)
    for name in ("width 2 -> 32", "epochs 4 -> 16", "dropout 0 -> 0.3", "training examples", "logistic"):
        assert name in told
    assert told.count("2 trainings, ") >= 9
    assert {each.kind for each in limits.experiments} == {
        "as it is", "optimisation", "capacity", "regularization", "data", "simple method",
    }  # fmt: skip


def test_the_parts_sum_up(limits):
    parts = [limits.numbers[name].point for name in ("reference", *PARTS)]
    assert sum(parts) == pytest.approx(limits.numbers["val_loss"].point)


def test_what_is_kept_is_read_as_it_was(limits, tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path))
    kept_diagnosis.keep("few", FEW, limits)
    again = kept_diagnosis.read("few", FEW)
    assert again.steps == limits.steps
    assert np.array_equal(again.experiments[0].val, limits.experiments[0].val)
    assert kept_diagnosis.read("few", FEW.replace(width=3)) is None
    assert kept_diagnosis.read("other", FEW) is None


def test_the_cheapest_step_that_can_be_done_is_taken():
    def step(name, change, seconds, worth=True):
        return Step(name, change, Estimate(0.1, 0.05, 0.15), Estimate(0.1, 0.0, 0.2), seconds, worth)

    unsure, capacity = step("a", {"dropout": 0.3}, 0.1, worth=False), step("more capacity", {"width": 8}, 2.0)
    impossible, by_hand = step("more data", {"train_size": 10_000}, 0.2), step("a simple method", {}, 0.1)
    assert cheapest(FEW, [unsure, capacity, impossible, by_hand]) == capacity
    possible = step("more data", {"train_size": 80}, 1.0)
    assert cheapest(FEW, [capacity, possible]) == possible
    assert cheapest(FEW, [unsure]) is None


@pytest.mark.parametrize(
    ("settings", "larger"),
    [
        ({"width": 2}, {"width": 32}),
        ({}, {"width": 512}),  # the builder's 128
        ({"depth": 0}, {"width": 512, "depth": 2}),
        ({"model": "lenet5", "dataset": "mnist"}, {"filters": (12, 32), "units": (240, 168)}),
        ({"model": "quadratic", "dataset": "quadratic_deep"}, {}),
    ],
)
def test_a_larger_model(settings, larger):
    assert experiments.larger(Config(**{"dataset": "iris", **settings})) == larger


def test_a_configuration_by_words():
    name, config = subject.of_config({"dataset": "iris", "width": "2"})
    assert (name, config.width) == ("dataset_iris-width_2-" + name[-6:], 2)
    with pytest.raises(ValueError, match="Did you mean 'epochs'"):
        subject.of_config({"epoch": "2"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["diagnose"], "exactly one of them"),
        (["diagnose", "width=2", "--study", "search"], "exactly one of them"),
        (["next", "--study", "optimizers"], "which has no winner yet"),
        (["diagnose", "--study", "tensors"], "a demonstration"),
        (["validation-curve", "optimizer", "dataset=iris"], "a hyperparameter that is a number"),
        (["learning-curve", "dataset=iris"], "Set a smaller batch_size"),
    ],
)
def test_bad_input_ends_in_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SUITE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["suite", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert (ended.value.code, said.count("\n")) == (2, 1)
    assert message in said


def test_a_problem_has_the_loss_that_its_teacher_has():
    """Guessing by frequencies is all that can be done where there is nothing to learn."""
    nothing = problem(1, "not learning")
    assert nothing.bayes == pytest.approx(nothing.dataset.guessing, rel=0.02)
    for truth in KINDS:
        drawn = problem(1, truth)
        assert 0 < drawn.bayes <= drawn.dataset.guessing * 1.02
        assert np.array_equal(drawn.dataset.train.y, problem(1, truth).dataset.train.y)


CONSTANT = Config(dataset="iris", epochs=8)


@pytest.mark.parametrize(
    ("config", "values", "past"),
    [
        (CONSTANT, [1.0, 0.5, 0.6, 0.6, 0.6, 0.6], True),  # four of eight evaluations, 20% worse
        (CONSTANT, [1.0, 0.5, 0.6, 0.6, 0.6], False),  # three
        (CONSTANT, [1.0, 0.5, 0.52, 0.52, 0.52, 0.52], False),  # 4% worse: a plateau may end
        (CONSTANT, [1.0, 0.9, 0.8, 0.7, 0.6, 0.5], False),
        (CONSTANT.replace(learning_rate_schedule="cosine_decay"), [1.0, 0.5, *[0.9] * 9], False),
        (CONSTANT.replace(warmup=0.1), [1.0, 0.5, *[0.9] * 9], False),
        (CONSTANT.replace(checkpoint="last"), [1.0, 0.5, *[0.9] * 9], False),
        (CONSTANT.replace(monitor="val_accuracy"), [0.5, 0.9, *[0.5] * 9], False),
    ],
)
def test_a_training_ends_only_where_it_is_surely_past_its_best(config, values, past):
    assert is_past(config, values, 8) == past


def test_an_experiment_that_ends_early_keeps_what_the_whole_one_keeps():
    """A deep network that learns 60 examples by heart: its validation loss rises."""
    config = Config(
        dataset="digits", width=64, depth=3, epochs=8, train_size=128, batch_size=16, learning_rate=0.02
    )
    longer = Group("more epochs", [("optimisation", {"epochs": 200})])
    (found,) = Lab(config).perform(longer, [0, 1]).experiments
    whole = [train(config.replace(epochs=200, seed=seed)) for seed in (0, 1)]
    steps = [len(each.steps) for each in Lab(config).train([{"epochs": 200}], [0, 1])[0]]
    assert max(steps) < 100
    assert found.val == pytest.approx([min(each.curves["val_loss"]) for each in whole], rel=0.02)


def test_cheap_experiments_leave_out_what_the_study_has_searched():
    def names(*arguments):
        return [group.what for group in experiments.cheap_groups(FEW, 800, *arguments)]

    all_of_them = [group.what for group in experiments.groups(FEW, 800)]
    assert names((), True) == all_of_them[1:]
    assert names(("learning_rate",), False) == [
        each for each in all_of_them[1:] if each not in ("other learning rates", "simple methods")
    ]


def test_a_longer_training_is_foretold_only_where_all_were_past_their_best():
    past, falling = [1.0, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6], [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]
    found = Experiment("as it is", "as it is", {}, np.zeros(2), np.array([0.5, 0.5]), 80, 1.0)
    longer = experiments.longer(CONSTANT)
    ended = Trained([found], {"val_loss": np.array([past, past])})
    (foretold,) = ended.foretold(longer, CONSTANT).experiments
    assert (foretold.kind, foretold.change, foretold.val.tolist()) == (
        "optimisation",
        {"epochs": 32},
        [0.5, 0.5],
    )
    assert ended.foretold(Group("more regularization", [("regularization", {})]), CONSTANT) is None
    assert Trained([found], {"val_loss": np.array([past, falling])}).foretold(longer, CONSTANT) is None
    assert ended.foretold(longer, CONSTANT.replace(monitor="val_accuracy")) is None
