"""Makes the tables and sections that several shapes of question share: numbers in, text in cells out."""

from collections.abc import Mapping, Sequence

import numpy as np

from suite.analysis import figure_tables as tables
from suite.analysis.comparison import DETECTABLE
from suite.analysis.failures import how_lost
from suite.analysis.records import (
    ColumnKind,
    Comparison,
    Details,
    Diagnosis,
    Facts,
    Pair,
    Ranked,
    Section,
    Table,
    Text,
)
from suite.analysis.searches import MOST_SEARCHES
from suite.analysis.words import infinity, joined, number, short
from suite.tasks import format_metric, metric_label

RELATIONS = {
    ("first", "beats"): "beats",
    ("second", "beats"): "is beaten by",
    ("first", "same"): "cannot be told apart from",
    ("second", "same"): "cannot be told apart from",
    ("first", "budget"): "probably beats (the budget is too small to be sure)",
    ("second", "budget"): "is probably beaten by (the budget is too small to be sure)",
    ("first", "did not train"): "is ahead, for want of training, of",
    ("second", "did not train"): "did not train, and is behind",
}
"""Role in the pair, its verdict -> how the level stands to the other."""


def headline(comparison: Comparison, order: Sequence[Ranked], scientific: str | None) -> Table:
    """The table below the answer: each level with its score, what else was tested, and its best
    configuration.

    Args:
        order: the ranking, in the order of the rows. scientific: heading of the levels; None: a search has
            none.
    """
    beside = [name for name in comparison.ranking[0].tested if name != comparison.metric]
    label = f"{metric_label(comparison.metric)} [{comparison.confidence:.0%} interval]"
    columns, kinds = (label, *map(metric_label, beside)), numbers(1 + len(beside))
    rows = [
        (item.level, score(item, comparison), *(format_metric(name, item.tested[name]) for name in beside))
        for item in order
    ]
    table = Table((scientific or "", *columns), tuple(rows), kinds=kinds)
    if any(item.best_config for item in order):
        table = with_column(table, "best found", [settings(item) for item in order], "code")
    return table if scientific else without_heads(table)


def with_column(
    table: Table, heading: str, cells: Sequence[str | tuple[str, ...]], kind: ColumnKind = "text"
) -> Table:
    """A table with one more column on its right."""
    return Table(
        columns=(*table.columns, heading),
        rows=tuple((*row, cell) for row, cell in zip(table.rows, cells, strict=True)),
        kinds=(*table.kinds, kind),
    )


def without_heads(table: Table) -> Table:
    """A table without its first column."""
    return Table(table.columns[1:], tuple(row[1:] for row in table.rows), heads=False, kinds=table.kinds[1:])


def numbers(columns: int) -> tuple[ColumnKind, ...]:
    """Kinds of a table of so many columns of numbers behind a heading."""
    number: ColumnKind = "number"
    return ("text", *(number,) * columns)


def score(item: Ranked, comparison: Comparison) -> str | tuple[str, ...]:
    """Interquartile mean and interval as a cell, in digits that all levels share, and what was lost of it."""
    if not item.replicates:
        return "did not train"
    missing, how = item.diverged + item.failed, how_lost(item)
    lost = f"{missing} of {item.replicates} replicates {how}"
    if not np.isfinite(item.iqm):
        return (how, lost) if missing else how
    percent = comparison.metric.endswith("accuracy")
    scale, unit = (100, "%") if percent else (1, "")
    widths = [
        scale * (place.ci_high - place.ci_low) for place in comparison.ranking if np.isfinite(place.iqm)
    ]
    point, low, high = (
        f"{number(scale * x, widths)}{unit}" if np.isfinite(x) else infinity(x)
        for x in (item.iqm, item.ci_low, item.ci_high)
    )
    text = f"{point} [{low}, {high}]"
    return (text, lost) if missing else text


def settings(item: Ranked) -> tuple[str, ...]:
    """The best configuration, a setting each."""
    return tuple(f"{name}={short(value)}" for name, value in item.best_config.items())


def in_numbers(
    comparison: Comparison,
    order: Sequence[Ranked],
    scientific: str | None,
    steps_per_epoch: Mapping[str, int],
) -> Details:
    """Each level's speed and losses; open where an epoch is not as many steps for all levels."""
    arrivals = {row["level"]: row for row in tables.reached(comparison).to_dict("records")}
    rows = []
    for item in order:
        arrived = arrivals[item.level]
        reached = f"{arrived['reached']} of {arrived['replicates']}"
        epochs = arrived["median"]
        is_reached = np.isfinite(epochs)
        rows.append(
            (
                item.level,
                str(item.replicates),
                str(item.diverged),
                f"{item.diverged_trials:.0%}",
                f"{epochs:.3g}" if is_reached else "not reached",
                f"{round(epochs * steps_per_epoch[item.level]):,}" if is_reached else "–",
                reached,
            )
        )
    heading = scientific or "configuration"
    columns = (
        heading,
        "replicates",
        "of these diverged",
        "diverged trials",
        "epochs to target",
        "steps to target",
        "reached it",
    )
    table = Table(columns, tuple(rows), kinds=numbers(6))
    if any(item.failed or item.failed_trials for item in order):
        failed = [f"{item.failed} and {item.failed_trials:.0%}" for item in order]
        table = with_column(table, "failed replicates and trials", failed, "number")
    differ = len(set(steps_per_epoch.values())) > 1
    return Details("Replicates, divergence and speed in numbers", (table,), open=differ)


ADJUSTED = (
    "Tests are adjusted for the number of pairs. That of a prediction is not: it named its pair before the"
    " run."
)


def pairs(comparison: Comparison) -> Section:
    """Who beats whom, in words, and every pair in numbers."""
    standing = {
        level: "; ".join(f"{relation} {', '.join(others)}" for relation, others in relations.items()) + "."
        for level, relations in verdicts(comparison)
    }
    adjusted = Text((ADJUSTED,), "soft")
    return Section("pairs", "Who beats whom", (Facts(standing), adjusted, every_pair(comparison)))


def every_pair(comparison: Comparison) -> Details:
    """The figures behind every verdict."""
    columns = (
        "pair",
        f"difference in {metric_label(comparison.metric)}",
        "probability of improvement",
        "p (adjusted)",
        "reversal by another search",
    )
    rows = [_pair(pair) for pair in comparison.pairs]
    table = Table(columns, tuple(rows), kinds=numbers(4))
    if any(pair.searches_needed for pair in comparison.pairs):
        needed = ["–" if pair.searches_needed is None else _needed(pair) for pair in comparison.pairs]
        table = with_column(table, f"searches to tell {DETECTABLE:.0%}", needed, "number")
    return Details("Every pair in numbers", (table,))


def _needed(pair: Pair) -> str:
    most = (pair.searches_needed or 0) >= MOST_SEARCHES
    return f"{MOST_SEARCHES} or more" if most else str(pair.searches_needed)


def verdicts(comparison: Comparison) -> list[tuple[str, dict[str, list[str]]]]:
    """Each level, best first, with how it stands to all others: relation -> levels."""
    rows = []
    for item in comparison.ranking:
        relations: dict[str, list[str]] = {}
        for pair in comparison.pairs:
            for role, other in (("first", pair.second), ("second", pair.first)):
                if getattr(pair, role) == item.level:
                    relations.setdefault(RELATIONS[role, pair.verdict], []).append(other)
        rows.append((item.level, relations))
    return rows


def _pair(pair: Pair) -> tuple[str, ...]:
    sentence = f"{pair.first} {RELATIONS['first', pair.verdict]} {pair.second}"
    if pair.verdict == "did not train":
        return sentence, "–", "–", "–", f"{pair.reversal:.0%}"
    return (
        sentence,
        f"{pair.difference:.3g} ({pair.ci_low:.3g} to {pair.ci_high:.3g})",
        f"{pair.probability:.2f} ({pair.probability_low:.2f} to {pair.probability_high:.2f})",
        f"{pair.p_value:.2g}",
        f"{pair.reversal:.0%}",
    )


def diagnosis(diagnoses: Mapping[str, Diagnosis], order: Sequence[str]) -> Section:
    """What limits each level, and the next step; those with one verdict and next step together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for level in order:
        if level in diagnoses:
            groups.setdefault((diagnoses[level].verdict, diagnoses[level].next_step), []).append(level)
    blocks: list[Text | Details] = []
    for (verdict, next_step), levels in groups.items():
        evidence: list[Text] = []
        for level in levels:
            if len(levels) > 1:
                evidence.append(Text((level,), "heading"))
            evidence.append(Text(diagnoses[level].evidence, "list"))
        blocks += [
            Text((f"{verdict.capitalize()}: {joined(levels)}",), "heading"),
            Text((next_step,)),
            Details("What the curves show", tuple(evidence), open=len(levels) == 1),
        ]
    return Section("diagnosis", "What the curves say, and the next step", tuple(blocks))


def notes(comparison: Comparison, meanings: Mapping[str, str]) -> Section:
    """What the words and metrics mean."""
    percent = f"{comparison.confidence:.0%}"
    searched = any(item.searches > 1 for item in comparison.ranking)
    mean = "the mean of the middle half of the replicates, so that one lucky or unlucky seed does not decide"
    over_seeds = (
        f"holds the interquartile mean in {percent} of redraws of the replicates from themselves (bootstrap);"
        " it says how far other seeds might move it"
    )
    over_searches = (
        f"in {percent} of repeats of the whole procedure, search included, it holds what many repeats would"
        " give on average (Student's t over the searches, whose variance is shrunk towards what the levels"
        " have in common)"
    )
    rows = told_metrics(comparison, meanings) | {
        "interquartile mean": f"{mean}, averaged over the searches" if searched else mean,
        f"{percent} interval": over_searches if searched else over_seeds,
    }
    if comparison.pairs:
        reached = (
            f"{comparison.target:.4g}" if np.isfinite(comparison.target) else "a target, which no level did"
        )
        rows |= {
            "epochs to target": (
                f"epochs until {metric_label(comparison.monitor)} first reached {reached}, median over the"
                f" replicates,"
                " where never counts as infinite"
            ),
            "probability of improvement": (
                "how often a replicate of the first level is better than one of the second; 0.5 is a coin"
                " toss"
            ),
        }
        if searched:
            rows[f"searches to tell {DETECTABLE:.0%}"] = (
                "independent searches of each level, each with as many replicates as here, that would tell a"
                f" difference of {DETECTABLE:.0%} of the leader's {metric_label(comparison.metric)} with"
                " probability 0.8"
            )
    return Section("notes", "Notes", (Facts(rows),))


def told_metrics(comparison: Comparison, meanings: Mapping[str, str]) -> dict[str, str]:
    """What the metrics of the ranking and of the search measure, under their names without a split."""
    names = [comparison.metric, comparison.monitor, *comparison.ranking[0].tested]
    plain = dict.fromkeys(name.partition("_")[2] for name in names)
    return {metric_label(name): meanings[name] for name in plain if name in meanings}
