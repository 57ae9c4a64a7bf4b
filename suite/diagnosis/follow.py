"""Runs a next step with fresh seeds, and says whether it gained what was predicted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suite.analysis.estimate import Estimate
from suite.analysis.limits import CONFIDENCE, Step
from suite.analysis.searches import difference, repeated
from suite.diagnosis.diagnose import REPLICATES, Lab
from suite.study.config import Config
from suite.training.load import load

FRESH = 1000
"""How far the seeds lie from those of the diagnosis."""


@dataclass(frozen=True)
class Followed:
    """What a step gave.

    Attributes:
        gain: how much lower the validation loss is, over fresh seeds, with its interval.
        held: whether it lies where the prediction says that it will when it is measured again.
        seconds: wall time of all trainings.
    """

    gain: Estimate
    held: bool
    seconds: float


def cheapest(config: Config, steps: Sequence[Step]) -> Step | None:
    """Gives the cheapest step that is worth it and that the suite can do; None if there is none.

    Twice as many examples can be had where `config` leaves as many of its data set aside.
    """
    can = [step for step in steps if step.worth and step.change]
    if any("train_size" in step.change for step in can):
        available = len(load(config.replace(train_size=None)).train)
        can = [step for step in can if step.change.get("train_size", 0) <= available]
    return min(can, key=lambda step: step.seconds, default=None)


def follow(config: Config, step: Step, replicates: int = REPLICATES) -> Followed:
    """Trains a configuration as it is and with a step's change, both with fresh seeds."""
    first = config.seed + FRESH
    lab = Lab(config, None, range(first, first + replicates))
    before = lab.experiment("as it is", {}, lab.train([{}])[0])
    if "train_size" in step.change:
        after = lab.on([load(config.replace(train_size=step.change["train_size"]))])
    else:
        after = lab.experiment("optimisation", step.change, lab.train([step.change])[0])
    old, new = repeated([before.val, after.val])
    gain = difference(new, old, CONFIDENCE, 0.0).estimate
    held = bool(np.isfinite(gain.point) and step.again.low <= gain.point <= step.again.high)
    return Followed(gain, held, before.seconds + after.seconds)
