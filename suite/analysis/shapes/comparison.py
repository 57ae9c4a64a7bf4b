"""Answers a comparison: the levels of one hyperparameter, ranked."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from suite.analysis import figures, sections
from suite.analysis.answer import first_look, not_borne_out, score, untrained
from suite.analysis.records import Comparison, Pair, Ranked
from suite.analysis.shapes.records import Answered, Asked
from suite.analysis.words import kinds_of, listed
from suite.tasks import format_metric, metric_label

FEWER = 5
"""Trials of the smaller search whose leader is named where it is another one."""


def answered(asked: Asked) -> Answered:
    """Ranks the levels and says who beats whom."""
    verdict, (scientific,) = asked.comparison, asked.scientific
    return Answered(
        answer=in_words(verdict, asked.budget, scientific),
        figure=figures.ranking(asked.evidence, verdict),
        headline=sections.headline(verdict, verdict.ranking, scientific),
        order=tuple(item.level for item in verdict.ranking),
        sections=(sections.pairs(verdict),),
    )


def in_words(comparison: Comparison, budget: int, scientific: str) -> str:
    """Answers a comparison of the levels of one hyperparameter, in one to five sentences.

    The leading group is the first and all that cannot be told apart from it.

    Args:
        comparison: the verdict, of which the first level trained.
        budget: trials a level.
        scientific: name of the hyperparameter that is asked about.
    """
    first, *others = comparison.ranking
    extreme = "lowest" if comparison.minimize else "highest"
    kinds = kinds_of(scientific, [item.level for item in comparison.ranking])
    lead = (
        f"Among the {len(comparison.ranking)} {kinds}, {first.level} reaches the {extreme}"
        f" {metric_label(comparison.metric)}: {score(first, comparison.metric)}."
    )
    verdicts = {(pair.first, pair.second): pair for pair in comparison.pairs}
    against = {
        item.level: pair
        for item in others
        if (pair := verdicts[first.level, item.level]).verdict != "did not train"
    }
    same = [level for level, pair in against.items() if pair.verdict == "same"]
    others_said = _outside([first.level, *same], against, verdicts, budget)
    group = [*first_look(comparison)] or _group(same, against)
    told = (*group, *others_said, *untrained(comparison.ranking))
    return " ".join([lead, *told, *_with_fewer_trials(comparison)])


def _group(same: Sequence[str], against: Mapping[str, Pair]) -> Iterator[str]:
    if len(same) == len(against) > 1:
        yield f"None of the {len(against)} others can be told apart from it."
    elif same:
        yield f"It can't be told apart from {listed(same)}."


def _outside(
    group: Sequence[str],
    against: Mapping[str, Pair],
    verdicts: Mapping[tuple[str, str], Pair],
    budget: int,
) -> Iterator[str]:
    """Whom the leading group beats, whom only the first beats, and which of its leads the budget does not
    bear out."""
    outside = [level for level in against if level not in group]
    won = [level for level in outside if against[level].verdict == "beats"]
    by_all = [level for level in won if all(_beats(verdicts, member, level) for member in group)]
    by_first = [level for level in won if level not in by_all]
    clauses = []
    if by_all:
        subject = {1: "it beats", 2: "both beat"}.get(len(group), f"all {len(group)} beat")
        everyone = len(by_all) == len(outside) and len(by_all) > 4
        clauses.append(f"{subject} {f'the {len(by_all)} others' if everyone else listed(by_all)}")
    if by_first:
        clauses.append(f"only {group[0]} clearly beats {listed(by_first)}")
    if unsure := [level for level in outside if against[level].verdict == "budget"]:
        clauses.append(not_borne_out(group[0], unsure, [against[level] for level in unsure], budget))
    if clauses:
        text = "; ".join(clauses)
        yield (text if text.startswith(group[0]) else text[0].upper() + text[1:]) + "."


def _beats(verdicts: Mapping[tuple[str, str], Pair], first: str, second: str) -> bool:
    """Whether `first` beats `second`; not if it is ranked behind it."""
    return (first, second) in verdicts and verdicts[first, second].verdict == "beats"


def _with_fewer_trials(comparison: Comparison) -> Iterator[str]:
    """Which level a search of FEWER trials would put first, where it is surely another one.

    Source: Sivaprasad et al. 2020, arXiv:1910.11758: rankings depend on the budget.
    """
    sign, first = 1 if comparison.minimize else -1, comparison.ranking[0]
    trained = [item for item in comparison.ranking if np.isfinite(item.expected_best).all()]
    trials = len(first.expected_best)
    if trials < 2 * FEWER or first not in trained:
        return

    def expected(item: Ranked, count: int) -> float:
        return float(sign * item.expected_best[count - 1])

    ahead = min(trained, key=lambda item: expected(item, FEWER))
    ends = ahead.expected_best_low, ahead.expected_best_high
    worst = max(sign * float(end[FEWER - 1]) for end in ends)
    best = min(sign * float(end[FEWER - 1]) for end in (first.expected_best_low, first.expected_best_high))
    if worst < best and expected(first, trials) < expected(ahead, trials):
        here, there = (
            format_metric(comparison.monitor, float(item.expected_best[FEWER - 1])) for item in (ahead, first)
        )
        yield (
            f"With {FEWER} trials in place of {trials}, {ahead.level} would lead: the best"
            f" {metric_label(comparison.monitor)} to expect is then {here}, against {there} of {first.level}."
        )
