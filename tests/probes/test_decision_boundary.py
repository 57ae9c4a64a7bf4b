"""Planes of a network whose boundary is known, and who counts as having solved the problem."""

import numpy as np
import pytest

from suite import Config
from suite.probes.decision_boundary import SIDE, find, measure
from suite.report.figures import png

XOR = Config(dataset="xor", train_size=200, validation_size=200, width=2, depth=1)
CORNERS = (  # |x1 + x2| > 1: the signs are alike; logits of `same` and `different`
    np.array([[1.0, -1.0], [1.0, -1.0]], np.float32), np.zeros(2, np.float32),
    np.array([[2.0, 0.0], [2.0, 0.0]], np.float32), np.array([0.0, 2.0], np.float32),
)  # fmt: skip


@pytest.fixture(scope="module")
def solution():
    return measure(XOR, CORNERS, CORNERS)


def test_a_network_by_hand_answers_by_two_lines(solution):
    plane = solution["plane"]
    assert plane.shape == (SIDE, SIDE)
    assert [plane[0, 0], plane[0, -1], plane[-1, 0], plane[-1, -1]] == [0, 1, 1, 0]
    assert plane[SIDE // 2, SIDE // 2] == 1  # between the two lines
    assert solution["accuracy"] > 0.85
    low, high = solution["box"]
    assert (low < -1).all() and (high > 1).all()


def test_who_solved_it_and_on_what_they_agree(solution):
    other = {**solution, "plane": 1 - solution["plane"], "accuracy": 1 - solution["accuracy"]}
    measured = {"1": [other] * 4, "2": [solution, other] * 2, "4": [solution] * 3 + [{}]}
    section, measures = find(measured, {label: {"width": int(label)} for label in measured})
    found = {(each.quantity, each.at["width"]): each for each in measures}
    assert [found["decision_boundary.solved", width].point for width in (1, 2, 4)] == [0, 0.5, 0.75]
    assert [found["decision_boundary.agreement", width].point for width in (1, 2, 4)] == [1, 0.5, 1]
    assert section.answer == (
        "The problem was solved by none of 4 with width=1, 2 of 4 with width=2 and 3 of 4 with width=4."
    )
    planes, curve = section.figure, section.blocks[0]
    assert set(planes.data["cells"]["value"]) == {0, 0.5, 1}
    assert curve.data["lines"]["y"].tolist() == [0, 0.5, 0.75]
    assert png(planes).startswith(b"\x89PNG")


def test_other_data_are_refused():
    with pytest.raises(ValueError, match=r"expects two columns and two classes.*dataset='iris'"):
        measure(Config(dataset="iris", batch_size=32), (), None)
