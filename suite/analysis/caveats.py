"""What the reader must know before relying on an answer, a sentence each.

Source: Google's Deep Learning Tuning Playbook.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from suite.analysis.answer import replicates_missing
from suite.analysis.comparison import trained
from suite.analysis.failures import how_lost
from suite.analysis.records import Comparison, Evidence, Ranked
from suite.analysis.statistics import best_reached
from suite.analysis.words import joined, listed
from suite.study.optimizers import OPTIMIZERS
from suite.tasks import metric_label

EDGE = 0.05
"""Share of a range, on its own scale, next to either end that counts as its edge."""

MANY_DIVERGED = 0.25
"""Share of the trials: beyond it, much of the budget went to an unusable part of the space."""

WORTHWHILE = 0.002
"""Share of the objective below which a gain from more trials is not worth a warning."""

FEW_REPLICATES = 5
"""Below it the 95% interval is too short: of 1500 it held the truth in 87% (n = 4) and 75% (n = 3)."""

FEW_TRIALS = 5
"""Below it a search says next to nothing about what tuning can reach."""


def caveats(evidence: Sequence[Evidence], comparison: Comparison) -> tuple[str, ...]:
    """The warnings that go with a verdict; levels to which the same applies share one.

    Args:
        evidence: of each level, in the order in which they are to be named.
        comparison: the verdict on them.
    """
    of_level: dict[str, list[str]] = {}
    by_label = {item.level: item for item in evidence}
    places = {place.level: place for place in comparison.ranking}
    for item in evidence:
        for text in _of_level(item, places[item.level], comparison):
            of_level.setdefault(text, []).append(item.level)
    of_levels = (
        f"{_named(levels)}: {text}" if len(levels) < len(places) else text[0].upper() + text[1:]
        for text, levels in of_level.items()
    )
    return (*_replicates(comparison), *_special_cases(by_label, comparison), *of_levels)


def _named(levels: Sequence[str]) -> str:
    return joined(levels) if ", " in levels[0] else listed(levels)


def _replicates(comparison: Comparison) -> Iterator[str]:
    """Whether there are enough for the intervals and the tests."""
    counts = [item.replicates for item in comparison.ranking if item.replicates]
    if counts and min(counts) < FEW_REPLICATES:
        yield f"With {min(counts)} replicates a level the intervals are rough: use at least {FEW_REPLICATES}."
    if missing := replicates_missing(comparison):
        replicates, needed = missing
        pairs = sum(pair.verdict != "did not train" for pair in comparison.pairs)
        yield (
            f"With {replicates} replicates a level and {pairs} pair{'s' * (pairs > 1)}, no difference can be"
            f" significant at {comparison.confidence:.0%} confidence: use at least {needed}."
        )


def _special_cases(by_label: Mapping[str, Evidence], comparison: Comparison) -> Iterator[str]:
    """Which optimizers do worse than one that they contain, all else being equal.

    Source: Choi et al. 2019, arXiv:1910.05446, section 3.
    """
    beaten: dict[str, list[str]] = {}
    for pair in comparison.pairs:
        special, general = (dict(by_label[label].levels) for label in (pair.first, pair.second))
        names = special.pop("optimizer", None), general.pop("optimizer", None)
        contains = names[1] in OPTIMIZERS and names[0] in OPTIMIZERS[names[1]].generalizes
        if contains and special == general and pair.verdict in ("beats", "budget"):
            beaten.setdefault(pair.second, []).append(pair.first)
    for general_label, levels in beaten.items():
        yield (
            f"{general_label} does worse than {listed(levels)}, which it can imitate: well tuned, it never"
            " would (Choi et al. 2019). Its search was too small for its space, so this says nothing against"
            " it: raise the budget, or narrow its ranges."
        )


def _of_level(item: Evidence, place: Ranked, comparison: Comparison) -> Iterator[str]:
    yield from _lost(item, place)
    yield from _edges(item)
    yield from _budget(item, place, comparison)


def _lost(item: Evidence, place: Ranked) -> Iterator[str]:
    trials, lost = len(item.trials), round(place.diverged_trials * len(item.trials))
    if not trained(item):
        every = f"every one of {trials} trials" if trials > 1 else "the only trial"
        yield f"{every} {how_lost(place)}, so there was nothing to replicate. That counts as the worst."
        return
    if place.diverged_trials > MANY_DIVERGED:
        yield f"{lost} of {trials} trials diverged: search a tamer space, such as smaller learning rates."
    if place.diverged:
        yield f"{place.diverged} of {place.replicates} replicates diverged. They count as the worst."
    if place.failed:
        yield f"{place.failed} of {place.replicates} replicates failed. They count as the worst."


def _edges(item: Evidence) -> Iterator[str]:
    """Whether a best setting lies at the edge of what was searched, and how far to extend the range."""
    for name, (low, high, scale) in item.space.items():
        if (best := item.best_config.get(name)) is None:
            continue
        place = (_scaled(best, scale) - _scaled(low, scale)) / (_scaled(high, scale) - _scaled(low, scale))
        if place > 1 - EDGE:
            # What is below one may be a fraction.
            bound = (1 + high) / 2 if high < 1 and scale != "near_one" else np.inf
            edge, to = "upper", min(_further(low, high, scale, 1.5), bound)
        elif place < EDGE and low != 0:  # no hyperparameter of ours goes below zero
            edge, to = "lower", max(_further(low, high, scale, -0.5), 0.0)
        else:
            continue
        yield (
            f"the best {name}, {_at_scale(best, scale, 3)}, lies at the {edge} edge of the searched range"
            f" ({low:g} to {high:g}): extend it to {_at_scale(to, scale, 2)}."
        )


def _scaled(x: float, scale: str) -> float:
    return {"linear": lambda: x, "log": lambda: np.log(x), "near_one": lambda: -np.log(1 - x)}[scale]()


def _further(low: float, high: float, scale: str, u: float) -> float:
    """The point at share `u` of the range on its scale; outside of it for u < 0 or u > 1."""
    x = _scaled(low, scale) + u * (_scaled(high, scale) - _scaled(low, scale))
    return float({"linear": lambda: x, "log": lambda: np.exp(x), "near_one": lambda: 1 - np.exp(-x)}[scale]())


def _at_scale(x: float, scale: str, digits: int) -> str:
    """`digits` significant digits, for `near_one` of the distance from one."""
    return f"{1 - float(f'{1 - x:.{digits}g}'):.12g}" if scale == "near_one" else f"{x:.{digits}g}"


def _budget(item: Evidence, place: Ranked, comparison: Comparison) -> Iterator[str]:
    """Whether the second half of the budget still paid: by more than twice the spread of fresh seeds."""
    trials = item.budget or len(item.trials)
    if not place.best_config or not np.isfinite(place.expected_best).all():
        return
    if trials < FEW_TRIALS:
        few = "1 trial is" if trials == 1 else f"{trials} trials are"
        yield f"{few} too few to know what tuning reaches: raise the budget."
        return
    reached = best_reached(item.curves[comparison.monitor], minimize=comparison.minimize)
    reached = reached[np.isfinite(reached)]
    gain = abs(place.expected_best[len(place.expected_best) // 2 - 1] - place.expected_best[-1])
    if len(reached) >= 2 and gain > max(2 * reached.std(ddof=1), WORTHWHILE * abs(place.expected_best[-1])):
        yield (
            f"the second half of its {len(place.expected_best)} trials still improved the expected best"
            f" {metric_label(comparison.monitor)} by {gain:.2g}, more than twice the spread of fresh seeds"
            f" ({reached.std(ddof=1):.2g}): the budget is small."
        )
