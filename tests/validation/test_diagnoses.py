"""A diagnosis of `make validate` is kept, and not made again by the same code."""

import pytest

from suite.validation import diagnoses
from suite.validation.diagnoses import Judged
from suite.validation.problems import KINDS


@pytest.fixture
def judged(monkeypatch):
    """What is diagnosed, each as what was built in."""
    seen = []

    def judge(drawn, cheap):
        seen.append((drawn.seed, drawn.truth, cheap))
        return Judged(drawn.seed, drawn.truth, drawn.truth, float("inf"), True)

    monkeypatch.setattr(diagnoses, "judge", judge)
    return seen


def test_one_that_is_kept_is_not_made_again(judged, tmp_path):
    first = diagnoses.measure([1], tmp_path, most=2)
    assert [each.outcome for each in first] == ["right", "right"] and len(judged) == 2
    again = diagnoses.measure([1, 2], tmp_path)
    assert len(again) == 2 * len(KINDS) and again[:2] == first
    assert len(judged) == len(set(judged)) == len(again)


def test_one_of_other_code_is_made_again(judged, tmp_path, monkeypatch):
    diagnoses.measure([1], tmp_path, most=1)
    monkeypatch.setattr(diagnoses, "code_key", lambda: "other")
    diagnoses.measure([1], tmp_path, most=1)
    assert len(judged) == 2


def test_cheap_diagnoses_are_kept_apart(judged, tmp_path):
    diagnoses.measure([1], tmp_path, most=1)
    diagnoses.measure([1], tmp_path, most=1, cheap=True)
    diagnoses.measure([1], tmp_path, most=1, cheap=True)
    assert [cheap for _, _, cheap in judged] == [False, True]
