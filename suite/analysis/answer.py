"""What the answers of all shapes of question share, in words. Numbers come in, sentences go out."""

from collections.abc import Iterator, Sequence

import numpy as np

from suite.analysis.estimate import Estimate
from suite.analysis.failures import how_lost
from suite.analysis.records import Comparison, Evidence, Pair, Ranked
from suite.analysis.statistics import replicates_needed
from suite.analysis.words import joined, listed

TAMER = "lower `learning_rate`, or bound the steps with `warmup` or `global_clipnorm`"
"""What to do where trainings diverge and the learning rate was not searched."""


def without_training(evidence: Sequence[Evidence], comparison: Comparison) -> str | None:
    """Answers where nothing trains: what diverged or failed of each level, and what to do about the former;
    None where something does.

    Args:
        evidence: of each level, in any order.
        comparison: the verdict on them.
    """
    if np.isfinite(comparison.ranking[0].iqm):
        return None
    how = how_lost(*comparison.ranking)
    if not any(item.replicates for item in comparison.ranking):
        lost = {item.level: len(item.trials) for item in evidence}
        start, done = f"Nothing trained: every trial {how}", {level: (n, n) for level, n in lost.items()}
    else:
        start = f"No configuration trains reliably: of each, more than a quarter of the replicates {how}"
        done = {item.level: (item.diverged + item.failed, item.replicates) for item in comparison.ranking}
        trials = {item.level: len(item.trials) for item in evidence}
        done = {level: counts if counts[1] else (trials[level],) * 2 for level, counts in done.items()}
    shares = [f"{level} {lost} of {n}" for level, (lost, n) in done.items()]
    only = next(iter(done.values()))
    counted = joined(shares) if len(shares) > 1 else f"{only[0]} of {only[1]}"
    return f"{start} ({counted}).{'' if how == 'failed' else f' {_tamer(evidence)}'}"


def _tamer(evidence: Sequence[Evidence]) -> str:
    """The next step where nothing trains."""
    if not all("learning_rate" in item.space for item in evidence):
        return f"{TAMER[0].upper()}{TAMER[1:]}."
    low = min(item.space["learning_rate"][0] for item in evidence)
    return (
        f"The learning rates that were searched begin at {low:g}: extend the range downwards, to"
        f" {low / 100:.2g},"
        " or bound the steps with `warmup` or `global_clipnorm`."
    )


def score(place: Ranked, metric: str) -> str:
    """The interquartile mean of a level with its interval."""
    return Estimate(place.iqm, place.ci_low, place.ci_high).text(percent=metric.endswith("accuracy"))


def replicates_missing(comparison: Comparison) -> tuple[int, int] | None:
    """Gives the replicates a level and those that it takes, where they are too few for any difference to be
    significant; None where they are enough, or where the tests rest on searches."""
    counts = [item.replicates for item in comparison.ranking if item.replicates]
    pairs = sum(pair.verdict != "did not train" for pair in comparison.pairs)
    if not pairs or all(item.searches > 1 for item in comparison.ranking if item.replicates):
        return None
    needed = replicates_needed(pairs, comparison.confidence)
    return (min(counts), needed) if min(counts) < needed else None


def first_look(comparison: Comparison) -> Iterator[str]:
    """Says that nothing can be told apart because the replicates are too few, where that is so."""
    if missing := replicates_missing(comparison):
        yield (
            f"With {missing[0]} replicates each this is a first look: no difference can be told by a test"
            f" before there are {missing[1]}."
        )


def untrained(ranking: Sequence[Ranked]) -> Iterator[str]:
    """Which levels did not train, where others did."""
    if places := [item for item in ranking if not item.replicates]:
        levels = listed([item.level for item in places])
        yield f"{levels} did not train: every trial {how_lost(*places)}."


def not_borne_out(leader: str, levels: Sequence[str], pairs: Sequence[Pair], budget: int) -> str:
    """Which of a leader's wins another draw of the trials could reverse."""
    if all(pair.searches_needed is not None for pair in pairs):
        return (
            f"{leader} leads {listed(levels)}, but by no more than other searches of {budget} trials may"
            " differ: not enough budget"
        )
    chance = max(pair.reversal for pair in pairs)
    return (
        f"{leader} leads {listed(levels)}, but a different draw of {budget} trials could reverse that"
        f" (probability"
        f" {'up to ' if len(levels) > 1 else ''}{chance:.0%}): not enough budget"
    )
