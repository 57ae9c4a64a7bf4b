"""Findings: from what was measured to all that is said."""

import math
import subprocess
import sys

import numpy as np
import pytest
from made_up import (
    IMPORTANCE,
    OPTIMIZERS,
    item,
    measured,
    optimizer_evidence,
    optimizer_study,
    predicted,
    replaced,
    search_evidence,
    search_study,
)

from suite.analysis.evaluation import classification, quantile_regression, regression
from suite.analysis.findings import analyse, demonstrated, with_export
from suite.analysis.measures import of_training
from suite.analysis.records import Demonstrated, Facts, Figure, Findings, Measure, Section, Text
from suite.report.figures import spec


@pytest.fixture(scope="module")
def optimizers() -> Findings:
    study = optimizer_study()
    return analyse(study, "optimizers", measured(*optimizer_evidence(study), notes=("a note.",)))


@pytest.fixture(scope="module")
def searched() -> Findings:
    study = search_study()
    return analyse(study, "search", measured(search_evidence(study), importance=IMPORTANCE))


def names(findings: Findings) -> list[str]:
    return [section.name for section in findings.sections]


def test_a_comparison(optimizers):
    assert (optimizers.name, optimizers.shape, optimizers.best) == ("optimizers", "comparison", "adamw")
    assert optimizers.answer.startswith("Among the 6 optimizers, adamw reaches the lowest test loss: ")
    assert names(optimizers) == ["pairs", "evidence", "diagnosis", "depends", "notes"]
    assert optimizers.figure.name == "ranking"
    assert optimizers.warnings[-1] == "a note."
    assert (optimizers.trainings, optimizers.seconds) == (180, 252.0)


def test_a_search(searched):
    assert (searched.shape, searched.best) == ("search", "tuned")
    assert searched.answer.startswith("The best configuration found, learning_rate=")
    assert "most came from learning_rate (81%)" in searched.answer
    assert names(searched) == ["evidence", "diagnosis", "depends", "notes"]
    assert searched.figure.name == "importance"
    assert searched.headline.columns == ("test loss [95% interval]", "test accuracy", "best found")
    found = {(each.quantity, each.at.get("hyperparameter")): each.point for each in searched.measures}
    assert found["importance", "learning_rate"] == 0.81
    assert found["best.dropout", None] == searched.summary["levels"][0]["best_config"]["dropout"]
    assert ("best.kernel_initializer", None) not in found  # no number


def test_every_level_gives_the_measures_that_predictions_name(optimizers):
    found = {(each.quantity, *each.at.values()): each for each in optimizers.measures}
    quantities = {
        "test_loss",
        "test_accuracy",
        "val_loss",
        "train_loss",
        "generalization_gap",
        "epochs_to_target",
        "steps_to_target",
        "diverged_trials",
    }  # the made-up curves are of losses only
    assert set(found) == {(quantity, level) for quantity in quantities for level in OPTIMIZERS}
    for each in optimizers.measures:
        assert each.low <= each.point <= each.high
    gap, val, train = (found[name, "adam"].point for name in ("generalization_gap", "val_loss", "train_loss"))
    assert gap == pytest.approx(val - train, abs=0.002)
    assert found["epochs_to_target", "adagrad"].point == math.inf  # fewer than half arrived
    epochs, steps = (found[name, "adam"] for name in ("epochs_to_target", "steps_to_target"))
    assert steps.point / epochs.point == pytest.approx(steps.high / epochs.high)
    assert found["diverged_trials", "lion"].point == found["diverged_trials", "lion"].low > 0


def test_predictions_are_checked_with_all_that_was_measured():
    study = optimizer_study()
    predictions = (
        predicted("test_loss", {"optimizer": "adamw"}, less_than={"optimizer": "sgd"}),
        predicted("test_loss", {"optimizer": "adam"}, less_than={"optimizer": "adamw"}),
        predicted("activations.ratio", between=(0.8, 1.25)),
    )
    study = study.model_copy(update={"predictions": predictions})
    section, measure = Section("activations", "Signals", ()), Measure("activations.ratio", {}, 1.0, 0.9, 1.1)
    given = measured(*optimizer_evidence(study), probes={"activations": (section, (measure,))})
    findings = analyse(study, "optimizers", given)
    assert [each.verdict for each in findings.predictions] == ["survives", "cannot be told apart", "survives"]
    assert names(findings)[1] == "activations" and measure in findings.measures


def test_a_probe_that_answers_leads_with_its_figure():
    def drawn(name: str) -> Figure:
        return Figure(name, "lines", "What to see", "What is drawn.", {}, {})

    study, table = optimizer_study(), Facts({"a": "b"})
    leading = Section("seeds", "Seeds", (table,), "A seed moves it.", drawn("seeds"))
    second = Section("ensemble", "Ensembles", (table,), "Four are better.", drawn("ensemble"))
    probes = {"seeds": (leading, ()), "ensemble": (second, ())}
    findings = analyse(study, "optimizers", measured(*optimizer_evidence(study), probes=probes))
    assert findings.answer.startswith("A seed moves it. Four are better. Among the 6 optimizers")
    assert findings.figure.name == "seeds"
    sections = {section.name: section for section in findings.sections}
    assert sections["seeds"].blocks == (table,)  # what leads is not said or shown again
    assert sections["ensemble"].blocks == (table, second.figure)
    assert not any(section.answer or section.figure for section in findings.sections)
    assert "ranking" in [block.name for block in sections["evidence"].blocks if isinstance(block, Figure)]


def test_training_accuracy_is_that_of_the_kept_weights():
    curves = {"train_accuracy": [[0.5, 0.9, 1.0], [0.4, 0.7, 0.8]], "train_loss": [[1, 1, 1]] * 2}
    made = replaced(item("a", [1.0], [1.0, 1.0], curves), kept=(1, 2))
    assert of_training(made, "train_accuracy", 0.95).point == pytest.approx(0.85)
    assert of_training(replaced(made, kept=(None, 1)), "train_accuracy", 0.95).point == pytest.approx(0.7)
    assert of_training(replaced(made, kept=(None, None)), "train_accuracy", 0.95) is None
    assert of_training(made, "train_mae", 0.95) is None


def test_what_the_exported_model_does_comes_before_what_the_answer_depends_on(optimizers):
    evaluation = classification(np.array([0, 1]), np.array([1, 1]), ("no", "yes"))
    given = {"accuracy": "share of examples whose class is right", "loss": "cross-entropy"}
    findings = with_export(optimizers, evaluation, "exports/optimizers", given)
    assert names(findings) == ["pairs", "evidence", "diagnosis", "exported", "depends", "notes"]
    assert findings.summary["exported"] == {"accuracy": 0.5} and optimizers.summary["exported"] is None
    assert findings.facts["SavedModel"] == "exports/optimizers"
    facts, figure, details = findings.sections[3].blocks
    assert facts == Facts({"accuracy": "50.00%"})  # what it means is in the notes
    assert figure.name == "confusion"
    assert details.blocks[0].rows[1] == ("yes", "50.0%", "100.0%", "66.7%", "1")
    nothing = with_export(optimizers, None, "none: it diverged", given)
    assert nothing.sections == optimizers.sections and nothing.facts["SavedModel"] == "none: it diverged"


def test_probabilities_have_a_reliability_diagram(optimizers):
    sure = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.2, 0.8]])
    evaluation = classification(np.array([0, 1, 1, 1]), sure.argmax(axis=1), ("no", "yes"), sure)
    findings = with_export(optimizers, evaluation, "exports/optimizers", {})
    (section,) = [each for each in findings.sections if each.name == "exported"]
    (figure,) = [each for each in section.blocks if getattr(each, "name", "") == "reliability"]
    lines = figure.data["lines"]
    model = lines[lines["series"] == "model"]
    assert model[["x", "y"]].to_numpy().tolist() == [[0.8, 1.0], [0.9, 0.5]]
    assert "expected calibration error 30.00%" in figure.title  # (2 * 0.2 + 2 * 0.4) / 4
    assert spec(figure)
    assert findings.summary["recall"] == {"no": 1.0, "yes": pytest.approx(2 / 3)}


def test_several_numbers_have_a_row_each(optimizers):
    y = np.array([[0.0, 10], [2, 10], [4, 10]])
    evaluation = regression(y, y + np.array([1, 0]), log_target=False, targets=("width", "constant"))
    assert evaluation.metrics == {"mae": 0.5, "rmse": 0.5}  # what never varies has no R2, nor has their mean
    findings = with_export(optimizers, evaluation, "exports/optimizers", {})
    (section,) = [each for each in findings.sections if each.name == "exported"]
    (table,) = section.blocks[1].blocks
    assert table.columns == ("target", "MAE", "RMSE", "R2")
    assert table.rows == (("width", "1", "1", "0.625"), ("constant", "0", "0", "–"))
    assert findings.summary["each"][0] == {"target": "width", "mae": 1.0, "rmse": 1.0, "r2": 0.625}


def test_quantiles_say_how_much_lies_below_each(optimizers):
    y, found = np.array([1.0, 2, 3, 4]), np.tile([1.5, 3.0], (4, 1))
    evaluation = quantile_regression(y, found, (0.25, 0.75))
    assert evaluation.metrics["coverage"] == 0.5 and evaluation.metrics["interval_width"] == 1.5
    assert [row["share_at_or_below"] for row in evaluation.per_output] == [0.25, 0.75]
    findings = with_export(optimizers, evaluation, "exports/optimizers", {})
    (section,) = [each for each in findings.sections if each.name == "exported"]
    assert section.blocks[0].rows["coverage"] == "50.00%"
    assert section.blocks[1].summary == "Each quantile by itself"


def test_a_demonstration_decides_its_own():
    found = Demonstrated(
        answer="They agree.",
        warnings=("Slow.",),
        headline=None,
        sections=(Section("s", "S", (Text(("t",)),)),),
        measures=(Measure("error", {}, 1e-9, 1e-9, 1e-9),),
        summary={"error": np.float64(1e-9)},
    )
    predictions = [predicted("error", between=(0, 1e-6))]
    findings = demonstrated(
        "gradient_check",
        "Do  they\nagree?",
        found,
        predictions=predictions,
        seconds=1.0,
        facts={"command": "make"},
    )
    assert (findings.shape, findings.question, findings.answer) == (
        "demonstration",
        "Do they agree?",
        "They agree.",
    )
    assert findings.predictions[0].verdict == "survives" and type(findings.summary["error"]) is float


def test_records_are_read_without_heavy_packages():
    """A finished study is printed from its records: loading them must take no time."""
    code = (
        "import sys, suite.analysis.records, suite.analysis.words;"
        "heavy = {'altair', 'mlflow', 'optuna', 'pandas', 'scipy', 'sklearn', 'tensorflow'};"
        "heavy &= set(sys.modules);"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
