"""Decides by the median which trials end early. Plain numbers, so that a rule travels to the workers; free of
Optuna.

It looks at the trials of finished batches only, so that the speed of the workers decides nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

STARTUP = 8
"""Finished trials from which on the median decides."""

WARM_UP = 1
"""Evaluations after which the median may decide."""


@dataclass(frozen=True)
class MedianRule:
    """Decides by its monitored values so far whether a trial should end: the best of them is worse than the
    median of the completed trials at the same evaluation.

    Attributes:
        minimize: whether less is better.
        completed: monitored values of each trial that was trained to its end, one an evaluation.

    Source: Golovin et al. 2017 (Google Vizier), section 4.3; as Optuna's median pruner.
    """

    minimize: bool
    completed: tuple[tuple[float, ...], ...]

    def __call__(self, values: Sequence[float]) -> bool:
        """Says whether a trial with these monitored values so far should end."""
        if not math.isfinite(values[-1]):
            return True
        signed = [value if self.minimize else -value for value in values]
        others = self._at(len(values))
        if len(self.completed) < STARTUP or len(values) < WARM_UP or not others:
            return False
        return min(value for value in signed if math.isfinite(value)) > float(np.median(others))

    def _at(self, evaluation: int) -> list[float]:
        """The values at an evaluation, those that are not finite left out; less is better."""
        values = [curve[evaluation - 1] for curve in self.completed if len(curve) >= evaluation]
        return [value if self.minimize else -value for value in values if math.isfinite(value)]
