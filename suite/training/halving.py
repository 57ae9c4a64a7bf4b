"""Successive halving: trainings of one search pause together, and only the best of them go on.

What goes on is decided by results alone, once all have come as far, so neither the number of workers nor an
interruption changes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RUNGS = ((1, 7), (3, 4), (6, 2))
"""After so many tenths of its evaluations a trial goes on if it is among so many tenths of its bracket.

That leaves 44% of the epochs of 20 trials of 10 epochs. Of 800 searches drawn from 720 recorded trials of the
study `optimizers` the winner was the whole search's in 59%, and else one as good as the seeds can tell: its
long-run loss, read off a Gaussian process through all trials, was more than two standard deviations of the
seeds above the whole search's in 2%.
"""

FEWEST_EVALUATIONS = 5
"""A training with fewer is never ended: what it shows early says too little."""

FEWEST_TRIALS = 2
"""So many of a bracket are trained to their end whatever its size."""

PAUSED_BYTES = 2**30
"""Most memory that the paused trainings of a bracket may take; a larger model is trained to its end."""


@dataclass(frozen=True)
class Halving:
    """Decides which trials of a bracket go on.

    Attributes:
        minimize: whether less of the monitored metric is better.
        size: trials of the bracket.
        numbers: of the trials that are trained now, in their order.
        finished: number -> status and monitored values of the trials of the bracket that ended before.

    Source: Jamieson and Talwalkar 2016, arXiv:1502.07943, with rungs of our own.
    """

    minimize: bool
    size: int
    numbers: tuple[int, ...]
    finished: Mapping[int, tuple[str, tuple[float, ...]]]

    def rungs(self, evaluations: int) -> dict[int, int]:
        """Gives the evaluations after which trials pause -> how many of the bracket go on.

        Args:
            evaluations: of a whole training.
        """
        if evaluations < FEWEST_EVALUATIONS:
            return {}
        going_on = ((at * evaluations // 10, -(-share * self.size // 10)) for at, share in RUNGS)
        return {at: max(count, FEWEST_TRIALS) for at, count in going_on if at}

    def best(
        self, rung: int, count: int, trials: Mapping[int, tuple[str, Sequence[float]]]
    ) -> frozenset[int]:
        """Gives the numbers of the `count` best trials by the best value until a rung, ties by number.

        Args:
            rung: number of evaluations.
            count: how many go on.
            trials: number -> status and monitored values of every trial of the bracket so far. Those that
                ended before the rung count if they were trained to their end.
        """
        sign = 1 if self.minimize else -1
        reached = {
            number: min(sign * value for value in values[:rung])
            for number, (status, values) in trials.items()
            if len(values) >= rung or status in ("completed", "stopped")
        }
        return frozenset(sorted(reached, key=lambda number: (reached[number], number))[:count])


def share(size: int, evaluations: int) -> float:
    """Gives the share of the epochs of whole trainings that a bracket of `size` takes."""
    rungs = Halving(True, size, (), {}).rungs(evaluations)
    ends, counts = [*rungs, evaluations], [size, *rungs.values()]
    spent = sum(count * (end - start) for count, start, end in zip(counts, [0, *ends], ends, strict=False))
    return min(1.0, spent / (size * evaluations))
