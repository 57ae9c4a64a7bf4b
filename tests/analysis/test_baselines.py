"""What there is to beat: when guessing or a simple method is said first, and what a model misses."""

import numpy as np
import pytest
from made_up import measured, search_evidence, search_study

from suite.analysis.baselines import unfound
from suite.analysis.evaluation import classification, multilabel_classification
from suite.analysis.findings import analyse


def found(baselines, **changes):
    study = search_study()
    evidence = search_evidence(study)
    return analyse(study, "search", measured(evidence, baselines=baselines, **changes)), evidence


def of(loss, accuracy=0.5):
    return {"test_loss": loss, "test_accuracy": accuracy}


FIRST = {
    "nothing to beat": ({}, "The best configuration found"),
    "beaten": (
        {"majority": of(9.0), "gradient boosting": of(8.0)},
        "The best configuration found",
    ),
    "boosting": (
        {"majority": of(9.0), "gradient boosting": of(0.01, 0.995)},
        "A simpler method does better: gradient boosting, fitted on the same examples with scikit-learn's"
        " settings, has a test loss of 0.01, the best network found 0.",
    ),
    "what could not be measured": (
        {"mean": of(np.nan), "gradient boosting": of(9.0)},
        "The best configuration found",
    ),
    "the last value": (
        {"mean": of(9.0), "last value": of(0.01, 0.995)},
        "A simpler method does better: last value, which learns nothing, has a test loss of 0.01, the best",
    ),
    "guessing": (
        {"majority": of(0.02, 0.99), "gradient boosting": of(0.01)},
        "Not clearly better than guessing: always the class frequencies of training has a test loss of 0.02"
        " and a test accuracy of 99.00%. The best",
    ),
}


@pytest.mark.parametrize(("baselines", "start"), FIRST.values(), ids=FIRST)
def test_what_is_said_first(baselines, start):
    findings, _ = found(baselines)
    assert findings.answer.startswith(start)
    np.testing.assert_equal(findings.summary["baselines"], baselines)


def test_labels_that_are_never_told_are_named():
    y, chances = np.array([[1, 0], [1, 1], [0, 0], [0, 1]]), np.tile([0.9, 0.1], (4, 1))
    (said,) = unfound(multilabel_classification(y, chances, ("sport", "news")))
    assert said == "The exported model finds none of the test examples of 'news' (2)."


def test_within_the_interval_nothing_is_said_first():
    findings, evidence = found({"gradient boosting": of(float(np.mean(evidence_scores())))})
    assert findings.answer.startswith("The best configuration found")
    (section,) = [each for each in findings.sections if each.name == "to_beat"]
    table = section.blocks[0]
    assert [row[0] for row in table.rows] == ["gradient boosting", "here: tuned"]
    assert evidence.level == "tuned" and table.columns == ("", "test loss", "test accuracy")


def evidence_scores():
    return search_evidence(search_study()).scores


def test_what_was_decided_is_a_section():
    findings, _ = found({}, decided=("`a` was dropped: it is empty.",))
    (section,) = [each for each in findings.sections if each.name == "data"]
    assert section.blocks[0].paragraphs == ("`a` was dropped: it is empty.",)


def test_a_class_that_is_never_found_and_an_accuracy_that_is_no_success():
    y = np.array([0] * 594 + [1] * 6)
    told = list(unfound(classification(y, np.zeros(600, int), ("fine", "fraud"))))
    assert told[0] == "The exported model finds none of the test examples of 'fraud' (6)."
    assert told[1].startswith(
        "An accuracy of 99.0% is no success: always answering 'fine' has 99.0%. Judge by"
    )
    assert list(unfound(classification(y, y, ("fine", "fraud")))) == []
    found = np.where(np.arange(600) < 90, 1, y)  # all of the rare class, at the price of accuracy
    assert list(unfound(classification(y, found, ("fine", "fraud")))) == []
