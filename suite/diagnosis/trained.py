"""What experiments gave, and what follows from it. Light to import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from suite.analysis.limits import Experiment, Limits, decide
from suite.analysis.statistics import padded


@dataclass(frozen=True)
class Trained:
    """What a group of experiments gave.

    Attributes:
        experiments: in the order of the group; none, where they could not be made.
        curves: `train_loss` and `val_loss` [n, t] of the training as it is, NaN after the end of one; empty
            where the group has no such.
        settled: [n] its validation losses as `suite.training.settled` has them; None without batch
            normalization.
    """

    experiments: Sequence[Experiment]
    curves: Mapping[str, np.ndarray] = field(default_factory=dict)
    settled: np.ndarray | None = None

    def joined(self, more: "Trained") -> "Trained":
        """With what further seeds gave of the same experiments, where they could be made."""
        if not more.experiments:
            return self
        experiments = [_joined(*pair) for pair in zip(self.experiments, more.experiments, strict=True)]
        curves = {
            name: padded([*self.curves[name], *more.curves[name]])
            for name in self.curves.keys() & more.curves.keys()
        }
        settled = None
        if self.settled is not None and more.settled is not None:
            settled = np.concatenate([self.settled, more.settled])
        return Trained(experiments, curves, settled)


def decided(found: Sequence[Trained], guessing: float) -> Limits:
    """Decides by what experiments gave.

    Args:
        found: the first of them as it is.
        guessing: loss of a model that knows nothing of its input.
    """
    experiments = [each for trained in found for each in trained.experiments]
    return decide(found[0].curves, experiments, guessing=guessing, settled=found[0].settled)


def _joined(first: Experiment, more: Experiment) -> Experiment:
    """An experiment with the trainings of further seeds; a simple method has none."""
    if first.kind == "simple method":
        return first
    return replace(
        first,
        train=np.concatenate([first.train, more.train]),
        val=np.concatenate([first.val, more.val]),
        seconds=first.seconds + more.seconds,
    )
