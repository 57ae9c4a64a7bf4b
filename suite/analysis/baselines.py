"""Sets what was found beside what there is to beat: guessing, and simple methods. Numbers in, words out."""

from collections.abc import Iterator, Mapping

import numpy as np

from suite.analysis.answer import score
from suite.analysis.evaluation import Evaluation
from suite.analysis.records import Comparison, Ranked, Section, Table, Text
from suite.analysis.sections import numbers
from suite.analysis.words import listed
from suite.data.inspect.guesses import GUESSES
from suite.tasks import format_metric, metric_label

NAIVE = ("last value", "seasonal naive")
"""How methods begin that answer with a value of the past."""

FITTED = "fitted on the same examples with scikit-learn's settings"

LITTLE = 0.1
"""Share of the way from chance to 1 below which a balanced accuracy is hardly better than one answer."""

UNEVEN = 3
"""Times that the most frequent class may have the examples of the rarest, and accuracy still be read."""

BY_CLASS = (
    "Judge by monitor=val_balanced_accuracy, val_macro_f1, val_auc or val_average_precision, and try"
    " class_weight=balanced."
)

Baselines = Mapping[str, Mapping[str, float]]
"""Method -> `test_*` -> value, as `suite.data.inspect.baseline.to_beat` gives it."""


def first(comparison: Comparison, baselines: Baselines) -> str:
    """Gives what is to be said before the answer: that the winner is no better than guessing, or worse than a
    simple method, by the whole of its interval; "" where neither is so.

    Args:
        comparison: the verdict on the levels.
        baselines: what there is to beat.
    """
    winner, metric = comparison.ranking[0], comparison.metric
    values = {
        name: found[metric] for name, found in baselines.items() if np.isfinite(found.get(metric, np.nan))
    }
    if not values or not np.isfinite([winner.iqm, winner.ci_low, winner.ci_high]).all():
        return ""
    sign = 1 if comparison.minimize else -1
    ends = sorted(sign * end for end in (winner.ci_low, winner.ci_high))
    for name in GUESSES.keys() & values.keys():
        if ends[1] >= sign * values[name]:
            return f"Not clearly better than {GUESSES[name]} has {_said(baselines[name], metric)}."
    best = min(values, key=lambda name: sign * values[name])
    if sign * values[best] >= ends[0]:
        return ""
    fitted = "which learns nothing" if best.startswith(NAIVE) else FITTED
    return (
        f"A simpler method does better: {best}, {fitted},"
        f" has a {metric_label(metric)} of {format_metric(metric, values[best])}, the best network found"
        f" {score(winner, metric)}."
    )


def _said(found: Mapping[str, float], metric: str) -> str:
    """A figure, and the accuracy beside it."""
    names = [metric, *({"test_accuracy"} & found.keys() - {metric})]
    return listed([f"a {metric_label(name)} of {format_metric(name, found[name])}" for name in names])


def section(comparison: Comparison, baselines: Baselines) -> Section:
    """The section of the page that has the best of the levels beside what there is to beat.

    Args:
        comparison: the verdict on the levels.
        baselines: what there is to beat.
    """
    winner = comparison.ranking[0]
    names = list(dict.fromkeys([comparison.metric, *winner.tested]))
    rows = [
        (GUESSES.get(method, method), *(format_metric(name, found.get(name, np.nan)) for name in names))
        for method, found in baselines.items()
    ]
    table = Table(
        ("", *map(metric_label, names)), (*rows, _of(winner, comparison, names)), kinds=numbers(len(names))
    )
    note = "Simple methods have the settings of scikit-learn, untuned, and were fitted on the training split."
    return Section("to_beat", "What there is to beat", (table, Text((note,), "soft")))


def _of(winner: Ranked, comparison: Comparison, names: list[str]) -> tuple[str, ...]:
    """The row of the best level."""
    found = {**winner.tested, comparison.metric: winner.iqm}
    return (f"here: {winner.level}", *(format_metric(name, found[name]) for name in names))


def unfound(evaluation: Evaluation) -> Iterator[str]:
    """Says of which classes the exported model finds nothing, and where its accuracy is that of one answer.

    Args:
        evaluation: of the exported model.
    """
    rows = {str(row["class"]): row for row in evaluation.per_class}
    if not rows:
        return
    missed = [name for name, row in rows.items() if row["examples"] and not row["recall"]]
    if missed:
        counted = [f"{name!r} ({rows[name]['examples']})" for name in missed[:5]]
        more = f" and of {len(missed) - 5} more classes" if len(missed) > 5 else ""
        yield f"The exported model finds none of the test examples of {listed(counted)}{more}."
    if not evaluation.confusion:  # labels, which are told each by itself
        return
    counts = {name: int(row["examples"]) for name, row in rows.items()}
    usual = max(counts, key=lambda name: counts[name])
    share, accuracy = counts[usual] / sum(counts.values()), evaluation.metrics["accuracy"]
    balanced = float(np.mean([row["recall"] for row in rows.values() if row["examples"]]))
    if accuracy <= share and balanced < 1 / len(rows) + LITTLE * (1 - 1 / len(rows)):
        rare = min(counts.values()) * UNEVEN < counts[usual]
        yield (
            f"An accuracy of {accuracy:.1%} is no success: always answering {usual!r} has {share:.1%}."
            + (f" {BY_CLASS}" if rare else "")
        )
