"""Decides what becomes of trainings whose worker was lost: tried again, then each by itself, then failed."""

import math
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from suite.running.pool.work import Job
from suite.study.identity import LIMITS
from suite.study.study import Study
from suite.training.result import Result

TOGETHER = 2
"""So often a training is lost with others, before it is tried by itself; once where a limit was exceeded."""


@dataclass(frozen=True)
class LostWorker:
    """A worker that was lost, while it had trainings or as it started.

    Attributes:
        reason: why, in words.
        exceeded: the limit that it was over, of LIMITS; None: it died by itself.
        started: whether it had begun to train: else no training is to blame.
        seconds: that it had trained for.
    """

    reason: str
    exceeded: str | None
    started: bool
    seconds: float


class Retries:
    """Counts how often each training was lost."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, int]] = Counter()

    def again(self, job: Job, lost: LostWorker) -> Job | None:
        """Returns a job as it is tried again; None where it was by itself when its worker was lost."""
        if not lost.started:
            return job
        if job.alone:
            return None
        self._counts[job.place] += 1
        return replace(job, alone=lost.exceeded is not None or self._counts[job.place] == TOGETHER)


def failed(job: Job, lost: LostWorker, study: Study) -> Result:
    """Returns the result of a training that no worker survived, with the limits that it had."""
    limits = {name: limit for name in LIMITS if (limit := getattr(study, name)) is not None}
    program = {**limits, **({"exceeded": lost.exceeded} if lost.exceeded else {})}
    nothing = np.zeros(0, int)
    return Result(job.config, "failed", {}, nothing, None, {}, lost.seconds, program, failure=lost.reason)


def may_succeed(result: Result, study: Study) -> bool:
    """Says whether a training that failed is worth trying again: the limit that it exceeded is higher now; or
    it had died, and its limits are others now."""
    before = {name: result.program.get(name, math.inf) for name in LIMITS}
    now = {name: getattr(study, name) or math.inf for name in LIMITS}
    if exceeded := result.program.get("exceeded"):
        return bool(now[str(exceeded)] > float(before[str(exceeded)]))
    return now != before
