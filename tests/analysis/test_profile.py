"""Performance profiles: ratios and areas by hand, and the answer over conditions."""

import dataclasses

import numpy as np
import pytest
from made_up import OPTIMIZERS, measured, optimizer_evidence, optimizer_study

from suite.analysis.profile import analyse_all, area, farthest, ratios
from suite.analysis.records import Figure

SCORES = {"adam": [1.0, 3.0, 2.0], "sgd": [2.0, 2.0, np.inf], "lion": [8.0, 2.2, 1.0]}


def test_ratios_to_the_best_of_each_condition():
    found = ratios(SCORES, minimize=True)
    assert found["adam"].tolist() == [1.0, 1.5, 2.0]
    assert found["sgd"].tolist() == [2.0, 1.0, np.inf]
    assert found["lion"] == pytest.approx([8.0, 1.1, 1.0])
    assert farthest(found) == 4.0  # eight times is cut off
    assert farthest({"a": np.array([1.0, 1.5]), "b": np.array([1.2, np.inf])}) == 1.5


def test_of_an_accuracy_more_is_better():
    found = ratios({"a": [0.9, 0.5], "b": [0.6, -np.inf]}, minimize=False)
    assert found["a"].tolist() == [1.0, 1.0]
    assert found["b"] == pytest.approx([1.5, np.inf])


@pytest.mark.parametrize(
    ("of_level", "expected"),
    [
        ([1.0, 1.0], 1.0),
        ([1.0, np.inf], 0.5),
        ([4.0, 5.0], 0.0),
        ([1.0, 2.5], 0.75),  # the second counts on the right half of 1 to 4
    ],
)
def test_the_area_under_a_profile(of_level, expected):
    assert area(np.array(of_level), 4.0) == pytest.approx(expected)


def test_where_all_are_equal_all_are_best():
    assert area(np.array([1.0, 1.0]), farthest({"a": np.array([1.0, 1.0])})) == 1.0


@pytest.fixture(scope="module")
def findings():
    """Three optimizers on two data sets; on the second the scores are turned round."""
    names = ("sgd", "adam", "adamw")
    study = optimizer_study(names, conditions={"dataset": ("fashion_mnist", "mnist")})
    items = optimizer_evidence(optimizer_study(names))
    turned = [
        dataclasses.replace(item, scores=2 * other.scores, levels=item.levels | {"dataset": "mnist"})
        for item, other in zip(items, reversed(items), strict=True)
    ]
    return analyse_all(study, "profile", {"fashion_mnist": measured(*items), "mnist": measured(*turned)})


def test_an_answer_for_each_condition_and_one_over_all(findings):
    assert findings.shape == "profile"
    assert [section.title for section in findings.sections[:2]] == ["fashion_mnist", "mnist"]
    assert "fashion_mnist: adamw is best" in findings.answer
    assert "mnist: sgd is best" in findings.answer
    assert findings.headline.columns == ("optimizer", "profile", "fashion_mnist", "mnist")
    assert {row[0] for row in findings.headline.rows} == {"sgd", "adam", "adamw"} < set(OPTIMIZERS)


def test_pairs_are_of_one_condition(findings):
    pairs = findings.summary["pairs"]
    assert [pair["condition"] for pair in pairs] == ["fashion_mnist"] * 3 + ["mnist"] * 3
    assert {name for name, share in findings.summary["profile"].items() if 0 <= share <= 1} == {
        "sgd",
        "adam",
        "adamw",
    }


def test_a_profile_rises_and_every_figure_has_a_name_of_its_own(findings):
    lines = findings.figure.data["lines"]
    for _, line in lines.groupby("series"):
        assert (np.diff(line["y"]) >= 0).all()
        assert (np.diff(line["x"]) >= 0).all()
    names = [
        block.name for section in findings.sections for block in section.blocks if isinstance(block, Figure)
    ]
    assert len(set(names)) == len(names)
