"""What experiments gave, and what follows from it. Light to import."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from suite.analysis.limits import Experiment, Kind, Limits, decide
from suite.analysis.statistics import padded
from suite.diagnosis.experiments import Group, in_words, is_past, longer
from suite.study.config import Config
from suite.training.result import Result


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

    def foretold(self, group: Group, config: Config) -> "Trained | None":
        """What a group would give, where these trainings as they are tell it; None: it has to be trained.

        A longer training begins as it is: it gives the same, if each of these was past its best by its end.
        """
        if group != longer(config) or config.monitor != "val_loss":
            return None
        losses = self.curves["val_loss"]
        if not all(is_past(config, curve[np.isfinite(curve)].tolist(), losses.shape[1]) for curve in losses):
            return None
        ((kind, change),) = group.tried
        name = f"{in_words(config, change)}, which begins as it is, and the loss had risen by its end"
        (found,) = self.experiments
        return Trained([replace(found, kind=kind, name=name, change=change, seconds=0.0)])

    def joined(self, more: "Trained") -> "Trained":
        """With what further seeds gave of the same experiments, where they could be made."""
        if not (self.experiments and more.experiments):
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


def as_it_is(results: Sequence[Result], examples: int, settled: np.ndarray | None = None) -> Trained:
    """Gives what trainings of a configuration itself say.

    Args:
        results: of the trainings. examples: of the training split.
        settled: of these trainings, see `Trained`.
    """
    names = ("train_loss", "val_loss")
    curves = {name: padded([each.curves[name] for each in results]) for name in names}
    return Trained([measured("as it is", "as it is", {}, results, examples)], curves, settled)


def measured(
    kind: Kind, name: str, change: Mapping[str, Any], results: Sequence[Result], examples: int
) -> Experiment:
    """Gives what trainings of one change say; the arguments are those of `Experiment`."""
    train, val = (np.array([_kept(each, curve) for each in results]) for curve in ("train_loss", "val_loss"))
    return Experiment(kind, name, change, train, val, examples, sum(each.seconds for each in results))


def _kept(result: Result, curve: str) -> float:
    """A loss at the kept weights; infinite where the training diverged."""
    if result.best is None or result.status == "diverged":
        return np.inf
    return float(result.curves[curve][result.best])


def decided(found: Sequence[Trained], config: Config, guessing: float) -> Limits:
    """Decides by what experiments gave.

    Args:
        found: the first of them as it is.
        config: that they changed.
        guessing: loss of a model that knows nothing of its input, on the same data.
    """
    guessing = math.inf if config.class_weight else guessing  # what is measured is not minimised
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
