"""The page's tables as text: figures rounded, verdicts in words."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.analysis.evaluation import Evaluation
from suite.analysis.records import Comparison, Pair, Ranked
from suite.report import numbers
from suite.study.config import Config
from suite.study.study import Case, Study
from suite.tasks import format_metric, metric_label

if TYPE_CHECKING:
    from suite.analysis.records import Diagnosis

ALWAYS_SHOWN = ("dataset", "train_size", "validation_size", "model", "optimizer", "batch_size", "epochs")
# Role in the pair, its verdict -> how the value stands to the other.
RELATIONS = {
    ("first", "beats"): "beats",
    ("second", "beats"): "is beaten by",
    ("first", "same"): "cannot be told apart from",
    ("second", "same"): "cannot be told apart from",
    ("first", "budget"): "probably beats (the budget is too small to be sure)",
    ("second", "budget"): "is probably beaten by (the budget is too small to be sure)",
}


def ranking(comparison: Comparison) -> list[dict[str, Any]]:
    """A row a value, best first."""
    widths = [item.ci_high - item.ci_low for item in comparison.ranking]
    arrivals = numbers.reached(comparison).itertuples()
    rows = []
    for rank, (item, arrived) in enumerate(zip(comparison.ranking, arrivals, strict=True), 1):
        share = f"{arrived.reached} of {arrived.replicates} reached it" if arrived.reached else "not reached"
        rows.append(
            {
                "rank": rank,
                "level": item.level,
                "iqm": number(item.iqm, widths),
                "interval": f"{number(item.ci_low, widths)} to {number(item.ci_high, widths)}",
                "tested": {
                    metric_label(name): format_metric(name, value)
                    for name, value in _beside(item, comparison).items()
                },
                "epochs": f"{arrived.median:.3g}" if math.isfinite(arrived.median) else share,
                "config": [f"{key}={_short(value)}" for key, value in item.best_config.items()],
                "diverged_trials": f"{item.diverged_trials:.0%}",
                "replicates": item.replicates,
                "diverged": item.diverged,
            }
        )
    return rows


def _beside(item: Ranked, comparison: Comparison) -> dict[str, float]:
    """What was tested, the metric that the ranking is by apart."""
    return {name: value for name, value in item.tested.items() if name != comparison.metric}


def told(comparison: Comparison, meanings: Mapping[str, str]) -> dict[str, str]:
    """What the metrics of the ranking and of the search measure."""
    names = [comparison.metric, comparison.monitor, *comparison.ranking[0].tested]
    names = dict.fromkeys(name.partition("_")[2] for name in names)
    return {metric_label(name): meanings[name] for name in names if name in meanings}


def evaluated(evaluation: Evaluation, meanings: Mapping[str, str]) -> dict[str, Any]:
    """The exported model's figures: `metrics` by name, with what they measure, and `classes`, a row a class."""
    rows = [
        {"class": row["class"], "examples": row["examples"]}
        | {key: f"{row[key]:.1%}" for key in ("precision", "recall", "f1")}
        for row in evaluation.per_class
    ]
    metrics = {
        metric_label(name): (format_metric(name, x), meanings.get(name, ""))
        for name, x in evaluation.metrics.items()
    }
    return {"metrics": metrics, "classes": rows}


def number(value: float, widths: Sequence[float]) -> str:
    """Two digits of the median interval's width: more would be noise, fewer would hide a difference."""
    if not math.isfinite(value):
        return "–"
    positive = [width for width in widths if math.isfinite(width) and width > 0]
    places = 1 - math.floor(math.log10(np.median(positive))) if positive else 3
    return f"{value:.{min(max(places, 0), 6)}f}"


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, (float, np.floating)) else str(value)


def verdicts(comparison: Comparison) -> list[tuple[str, dict[str, list[str]]]]:
    """Each value, best first, with how it stands to all others: relation -> values."""
    rows = []
    for item in comparison.ranking:
        relations: dict[str, list[str]] = {}
        for pair in comparison.pairs:
            for role, other in (("first", pair.second), ("second", pair.first)):
                if getattr(pair, role) == item.level:
                    relations.setdefault(RELATIONS[role, pair.verdict], []).append(other)
        rows.append((item.level, relations))
    return rows


def pair(pair: Pair) -> dict[str, str]:
    """One pair: its verdict as a sentence, and the figures behind it."""
    return {
        "sentence": f"{pair.first} {RELATIONS['first', pair.verdict]} {pair.second}",
        "difference": f"{pair.difference:.3g} ({pair.ci_low:.3g} to {pair.ci_high:.3g})",
        "probability": f"{pair.probability:.2f} ({pair.probability_low:.2f} to {pair.probability_high:.2f})",
        "p": f"{pair.p_value:.2g}",
        "reversal": f"{pair.reversal:.0%}",
    }


def fixed(study: Study) -> dict[str, str]:
    """The fixed settings that matter: what the study set, and what a reader always asks for."""
    varied = {"seed", *study.scientific, *(name for case in study.cases for name in case.space)}
    settings, defaults = study.fixed.model_dump(), Config().model_dump()
    return {
        name: "the data set's own" if value is None else str(value)
        for name, value in settings.items()
        if name not in varied and (name in ALWAYS_SHOWN or value != defaults[name])
    }


def spaces(study: Study) -> list[tuple[str, list[str]]]:
    """What was set and searched for each value; values with the same space share a row."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for case in study.cases:
        searched = [f"{name}: {distribution}" for name, distribution in case.space.items()]
        rows.setdefault((*_own_settings(study, case), *searched), []).append(case.label)
    return [(", ".join(labels), list(space)) for space, labels in rows.items()]


def _own_settings(study: Study, case: Case) -> list[str]:
    own, shared = case.config.model_dump(), study.fixed.model_dump()
    return [
        f"{key}={_short(own[key])}" for key in own if own[key] != shared[key] and key not in study.scientific
    ]


def diagnosed(diagnoses: "Mapping[str, Diagnosis]", ranking: Sequence[Ranked]) -> list[dict[str, Any]]:
    """The diagnoses, those with one verdict and next step together, in the order of the ranking."""
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for value in (item.level for item in ranking if item.level in diagnoses):
        found = diagnoses[value]
        empty = {"verdict": found.verdict, "next_step": found.next_step, "labels": [], "found": []}
        group = groups.setdefault((found.verdict, found.next_step), empty)
        group["labels"].append(value)
        group["found"].append((value, found.evidence))
    return list(groups.values())
