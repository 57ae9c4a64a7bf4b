"""Trainings that failed are told apart from those that diverged, in numbers and in words."""

import dataclasses
import math

import numpy as np
import pytest
from made_up import evidence_of, place

from suite.analysis.caveats import caveats
from suite.analysis.comparison import compare
from suite.analysis.diagnosis import diagnose_all
from suite.analysis.failures import failures, how_lost
from suite.analysis.records import Evidence
from suite.analysis.sections import score

MEMORY, TIME = "over the memory limit of 2 GiB", "over the time limit of 9 s"
LOSS = {"metric": "test_loss", "monitor": "val_loss", "minimize": True}


def level(width: int, lost: tuple[int, ...] = (), failed: tuple[int, ...] = (), **changes) -> Evidence:
    """Of 10 replicates some are lost: those of them in `failed` failed, the others diverged."""
    rng = np.random.default_rng(width)
    item = evidence_of(str(width), 0.01, 0.3, 1.0, (1e-3, 1e-2), rng, {"width": width})
    for row in lost:
        item.scores[row] = math.nan
        for curve in item.curves.values():
            curve[row] = math.nan
    kept = tuple(None if row in lost else at for row, at in enumerate(item.kept))
    marked = tuple(row in failed for row in range(10)) if failed else ()
    return dataclasses.replace(item, kept=kept, failed=marked, **changes)


def test_replicates_and_trials_that_failed_are_no_divergence():
    item = level(8, lost=(0, 1, 2), failed=(1, 2))
    item.trials.loc[[0, 1], "objective"] = math.nan
    item.trials.loc[[0, 1], "status"] = ["failed", "diverged"]
    diverged = int((item.trials["status"] == "diverged").sum())
    (found,) = compare([item], **LOSS).ranking
    assert (found.replicates, found.diverged, found.failed) == (10, 1, 2)
    assert (found.diverged_trials, found.failed_trials) == pytest.approx((diverged / 20, 1 / 20))
    said = caveats([item], compare([item], **LOSS))
    assert "1 of 10 replicates diverged. They count as the worst." in said
    assert "2 of 10 replicates failed. They count as the worst." in said


def test_replicates_that_failed_say_nothing_of_the_training():
    """Half of them failed: of the others none diverged."""
    whole, half = (
        diagnose_all([item], guessing=2.3)["8"]
        for item in (level(8), level(8, lost=(0, 1, 2, 3, 4), failed=(0, 1, 2, 3, 4)))
    )
    assert half.verdict == whole.verdict != "diverged"
    assert len(half.kept) == 5


def test_each_reason_is_said_once_with_its_levels_and_what_to_do():
    items = [
        level(8),
        level(16, failures={MEMORY: 1}),
        level(32, failures={MEMORY: 2, TIME: 1}),
    ]
    assert list(failures(items)) == [
        f"3 trainings failed (width=16, width=32): {MEMORY}. Raise `memory_limit`, or make the model or its"
        " batches smaller.",
        f"1 training failed (width=32): {TIME}. Raise `time_limit`, or make the training shorter.",
    ]
    assert list(failures(items[:1])) == []


@pytest.mark.parametrize(
    ("counts", "how"),
    [
        ({"diverged": 2}, "diverged"),
        ({"failed": 2}, "failed"),
        ({"diverged": 1, "failed": 1}, "diverged or failed"),
        ({"replicates": 0, "failed_trials": 1.0, "diverged": 3}, "failed"),
        ({"replicates": 0, "failed_trials": 0.5, "diverged_trials": 0.5}, "diverged or failed"),
    ],
)
def test_how_a_level_was_lost(counts, how):
    assert how_lost(place("a", **counts)) == how


def test_the_headline_says_what_failed():
    comparison = compare([level(8, lost=(0,), failed=(0,))], **LOSS)
    assert score(comparison.ranking[0], comparison)[1] == "1 of 10 replicates failed"
