"""Decides which trials end early. Plain numbers, so that a rule travels to the workers; free of Optuna.

A rule looks at the trials of finished batches only, so that the speed of the workers decides nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

STARTUP = 8
"""Finished trials from which on the median decides."""

WARM_UP = 1
"""Evaluations after which the median may decide."""

REDUCTION = 4
"""One of so many trials goes on to the next rung, which is so many times as long."""


@dataclass(frozen=True)
class PruningRule:
    """Decides by its monitored values so far whether a trial should end.

    Attributes:
        pruner: `median` (Golovin et al. 2017, Google Vizier, section 4.3) or `successive_halving` (Li et
            al. 2018, arXiv:1810.05934), as Optuna's pruners of these names.
        minimize: whether less is better.
        finished: monitored values of each finished trial, one an evaluation.
        completed: whether each of these was trained to its end.
    """

    pruner: Literal["median", "successive_halving"]
    minimize: bool
    finished: tuple[tuple[float, ...], ...]
    completed: tuple[bool, ...]

    def __call__(self, values: Sequence[float]) -> bool:
        """Says whether a trial with these monitored values so far should end."""
        if not math.isfinite(values[-1]):
            return True
        signed = [value if self.minimize else -value for value in values]
        return self._median(signed) if self.pruner == "median" else self._halving(signed)

    def _median(self, values: list[float]) -> bool:
        """The best value so far is worse than the median of the completed trials at the same evaluation."""
        complete = [curve for curve, done in zip(self.finished, self.completed, strict=True) if done]
        others = self._at(len(values), complete)
        if len(complete) < STARTUP or len(values) < WARM_UP or not others:
            return False
        return min(value for value in values if math.isfinite(value)) > float(np.median(others))

    def _halving(self, values: list[float]) -> bool:
        """The trial reaches a rung, and is not among the best of those that reached it."""
        lengths = [len(curve) for curve, done in zip(self.finished, self.completed, strict=True) if done]
        if not lengths:
            return False
        rung = max(max(lengths) // 100, 1)
        while rung < len(values):
            rung *= REDUCTION
        if rung != len(values):
            return False
        reached = sorted([*self._at(rung, self.finished), values[-1]])
        return values[-1] > reached[max(len(reached) // REDUCTION - 1, 0)]

    def _at(self, evaluation: int, curves: Sequence[tuple[float, ...]]) -> list[float]:
        """The values of `curves` at an evaluation, those that are not finite left out; less is better."""
        values = [curve[evaluation - 1] for curve in curves if len(curve) >= evaluation]
        return [value if self.minimize else -value for value in values if math.isfinite(value)]
