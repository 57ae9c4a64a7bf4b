"""Reads a curve over numeric levels: where it is best, flat or turning, and whether it was cut off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from suite.analysis.records import Comparison, Evidence, Pair, Ranked

WIDE = 10.0
"""Levels that span this factor or more, and are positive, are drawn on a logarithmic scale."""


@dataclass(frozen=True)
class Curve:
    """A validation curve, or a learning curve where the hyperparameter is `train_size`.

    Attributes:
        hyperparameter: what is asked about.
        levels: in ascending order. places: each one's place in the ranking.
        pairs: how the best stands to each level; None for itself.
        best: index of the best level.
        flat: indices of the first and the last of the levels around the best that cannot be told apart from
            it.
        elsewhere: indices of those that cannot be told apart from the best either, but that others lie
            between.
        below, above: indices of the levels on that side that the best beats.
        unsure: indices of the levels behind the best by a lead that the budget does not bear out.
        untrained: indices of the levels of which no trial trained.
        log: whether it belongs on a logarithmic scale.
    """

    hyperparameter: str
    levels: tuple[float, ...]
    places: tuple[Ranked, ...]
    pairs: tuple[Pair | None, ...]
    best: int
    flat: tuple[int, int]
    elsewhere: tuple[int, ...]
    below: tuple[int, ...]
    above: tuple[int, ...]
    unsure: tuple[int, ...]
    untrained: tuple[int, ...]
    log: bool

    @property
    def turns(self) -> bool:
        """Whether it gets worse on both sides of the best."""
        return bool(self.below and self.above)

    @property
    def open_end(self) -> Literal["lower", "upper"] | None:
        """The end of the range at which the best lies, unless nothing can lie beyond it, as below 0."""
        if self.best == len(self.levels) - 1:
            return "upper"
        return "lower" if self.best == 0 and self.levels[0] != 0 else None

    @property
    def beyond(self) -> float:
        """A level to try beyond the open end: a step further on the curve's scale."""
        at, inner = (-1, -2) if self.open_end == "upper" else (0, 1)
        last, before = self.levels[at], self.levels[inner]
        ratio = max(min(last / before, WIDE), 1 / WIDE) if self.log else 1.0
        further = last * ratio if self.log else last + (last - before)
        if all(0 <= level < 1 for level in self.levels) and further >= 1:  # may be a fraction
            further = (1 + last) / 2
        further = max(further, 0.0) if min(self.levels) >= 0 else further
        return round(further) if all(float(level).is_integer() for level in self.levels) else further


def read(evidence: Sequence[Evidence], comparison: Comparison, hyperparameter: str) -> Curve:
    """Puts the levels of a comparison in order and says how each stands to the best.

    Args:
        evidence: of each level, whose `levels` hold the numbers.
        comparison: the verdict on them, of which the first trained.
        hyperparameter: what is asked about.
    """
    levels = {item.level: float(item.levels[hyperparameter]) for item in evidence}
    places = sorted(comparison.ranking, key=lambda place: levels[place.level])
    best = places.index(comparison.ranking[0])
    against = {pair.second: pair for pair in comparison.pairs if pair.first == places[best].level}
    pairs = [against.get(place.level) for place in places]
    verdicts = [pair.verdict if pair else "same" for pair in pairs]
    first = last = best
    while first > 0 and verdicts[first - 1] == "same":
        first -= 1
    while last < len(places) - 1 and verdicts[last + 1] == "same":
        last += 1

    def those(verdict: str, *ranges: range) -> tuple[int, ...]:
        return tuple(i for each in ranges for i in each if verdicts[i] == verdict)

    before, after = range(first), range(last + 1, len(places))
    ordered = [levels[place.level] for place in places]
    return Curve(
        hyperparameter=hyperparameter,
        levels=tuple(ordered),
        places=tuple(places),
        pairs=tuple(pairs),
        best=best,
        flat=(first, last),
        elsewhere=those("same", before, after),
        below=those("beats", before),
        above=those("beats", after),
        unsure=those("budget", before, after),
        untrained=those("did not train", before, after),
        log=is_wide(ordered),
    )


def is_wide(levels: Sequence[float]) -> bool:
    """Whether levels span a factor that asks for a logarithmic scale."""
    return min(levels) > 0 and max(levels) / min(levels) >= WIDE
