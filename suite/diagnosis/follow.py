"""Runs a next step with fresh seeds, and says whether it gained what was predicted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suite.analysis.estimate import Estimate
from suite.analysis.limits import CONFIDENCE, Step
from suite.analysis.searches import difference, repeated
from suite.diagnosis.diagnose import REPLICATES
from suite.diagnosis.experiments import AS_IT_IS, Group
from suite.diagnosis.lab import Lab
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
    seeds = range(first, first + replicates)
    (before,) = Lab(config).perform(AS_IT_IS, seeds).experiments
    if "train_size" in step.change:
        (after,) = Lab(_on_more(config, step.change["train_size"])).perform(AS_IT_IS, seeds).experiments
    else:
        changed = Group(step.name, [("optimisation", step.change)])
        (after,) = Lab(config).perform(changed, seeds).experiments
    old, new = repeated([before.val, after.val])
    gain = difference(new, old, CONFIDENCE, 0.0).estimate
    held = bool(np.isfinite(gain.point) and step.again.low <= gain.point <= step.again.high)
    return Followed(gain, held, before.seconds + after.seconds)


def _on_more(config: Config, count: int) -> Config:
    """The configuration on so many examples: its gradient steps and evaluations stay as many."""
    per_epoch = len(load(config).train) // config.batch_size
    return config.replace(
        train_size=count,
        epochs=max(1, round(config.epochs * per_epoch / (count // config.batch_size))),
        evaluate_every=config.evaluate_every or per_epoch,
    )
