"""Repeats a training that the tracker has, and compares every number."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from suite.running.pool import work
from suite.running.pool.workers import Workers
from suite.study.resolve import check
from suite.tracking import TrackedRun, tracked_run
from suite.tracking.names import key, texts, title
from suite.tracking.record import training_metrics
from suite.training.result import Result

JUDGED = ("objective", "test_loss")
"""The metrics that a study draws on. Others, such as the curves, are compared but decide no tolerance."""

TOLERANCE = 0.05
"""Most that one of them may differ by, relative to the larger number, where rounding differs."""

MEASURED = ("traces", "reason")
"""What is recorded of how a training ran and decides no number."""

Point = tuple[str, int]


@dataclass(frozen=True)
class Rerun:
    """What became of a training when it was repeated.

    Attributes:
        run: that was repeated.
        differs: what the numbers depend on -> as recorded, and as it is here.
        numbers: (metric, evaluation) -> as recorded, and again; NaN where there is none.
        status: of the training, as recorded, and again.
    """

    run: TrackedRun
    differs: Mapping[str, tuple[str, str]]
    numbers: Mapping[Point, tuple[float, float]]
    status: tuple[str, str]

    @property
    def unequal(self) -> list[Point]:
        """The numbers that are not the same to the last bit."""
        return [point for point, (recorded, again) in self.numbers.items() if recorded != again]

    @property
    def farthest(self) -> tuple[Point, float]:
        """The number of JUDGED that differs most, and by how much relative to the larger one; infinite if one
        is NaN."""
        judged = {point: _distance(*pair) for point, pair in self.numbers.items() if point[0] in JUDGED}
        return max(judged.items(), key=lambda pair: pair[1], default=(("", 0), 0.0))

    @property
    def verdict(self) -> Literal["bitwise", "within tolerance", "different"]:
        """`bitwise`: every number is the same; `within tolerance`: none of JUDGED differs by more than
        TOLERANCE."""
        if self.status[0] != self.status[1]:
            return "different"
        if not self.unequal:
            return "bitwise"
        return "within tolerance" if self.farthest[1] <= TOLERANCE else "different"


def rerun(run_id: str) -> Rerun:
    """Trains what a run trained once more, by the program and with the threads that it had.

    Args:
        run_id: of a training, or of a study: then a replicate of its winner.

    Raises:
        ValueError: no such run, one that failed, or what it was trained on is not here.
        OSError: nobody answers at the address of the tracker, or the worker died.
    """
    run = tracked_run(run_id)
    config, tags = run.config, run.tags
    if failure := tags.get("failure"):
        raise ValueError(f"`RUN` expects a training that gave numbers. Received: one that failed: {failure}.")
    check(config)
    ended = tags.get("status") == "pruned"
    with Workers(1, threads=int(tags.get("threads", 0)) or None) as pool:
        result, checksum = pool.submit(
            0,
            work.again,
            config,
            lanes=int(tags.get("lanes", 1)),
            xla=tags.get("xla") == "True",
            test=any(name.startswith("test_") for name, _ in run.metrics),
            evaluations=max(step for _, step in run.metrics) if ended else None,
        ).result()
    return compare(run, result, checksum)


def compare(run: TrackedRun, result: Result, checksum: str) -> Rerun:
    """Compares what a run recorded with what its training gives again.

    Args:
        run: as recorded.
        result: of the training, again.
        checksum: of the data that it was trained on.
    """
    again = {
        (key(*name.split("/")), step): float(value)
        for name, value, _, step in training_metrics(result, 0.0)
        if math.isfinite(value)
    }
    points = [point for point in {**run.metrics, **again} if not point[0].endswith("seconds")]
    numbers = {point: (run.metrics.get(point, math.nan), again.get(point, math.nan)) for point in points}
    here = texts({name: value for name, value in result.program.items() if name not in MEASURED})
    before = {name: run.tags.get(name, "not recorded") for name in here}
    recorded = run.data.get(title(result.config.dataset), "not recorded")
    before, here = {"data": recorded, **before}, {"data": checksum, **here}
    differs = {name: (before[name], here[name]) for name in here if before[name] != here[name]}
    return Rerun(run, differs, numbers, (run.tags.get("status", "not recorded"), result.status))


def _distance(recorded: float, again: float) -> float:
    if recorded == again:
        return 0.0
    if math.isnan(recorded) or math.isnan(again):
        return math.inf
    return abs(recorded - again) / max(abs(recorded), abs(again))
