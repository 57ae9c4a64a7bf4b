"""Says what stands in MLflow about study, training and answer, as plain names and values. No MLflow."""

import getpass
import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from suite.study.study import Study
from suite.tracking.environment import environment
from suite.tracking.names import key, levels_of
from suite.training.result import Result

if TYPE_CHECKING:
    from suite.analysis.records import Findings, Measure

PARENT = "tags.role = 'study'"
"""Finds the parent runs of an experiment."""

ANSWERED = f"{PARENT} AND tags.winner_runs != ''"
"""Finds those that have an answer."""

MOST_LEVELS = 24
"""Levels that have a metric on the parent; charts of more show nothing."""


def study_params(study: Study) -> dict[str, Any]:
    """What identifies the study's trainings: the same for every session of one `study.key`."""
    levels = levels_of(study)
    asked = {name: ", ".join(dict.fromkeys(of[name] for of in levels.values())) for name in study.scientific}
    spaces = {
        key("space", " ".join(levels[case.label].values()) or case.label): ", ".join(
            f"{name}={distribution}" for name, distribution in case.space.items()
        )
        for case in study.cases
    }
    return {
        **study.fixed.model_dump(),
        "scientific": ", ".join(study.scientific) or None,
        **asked,
        **spaces,
        "sampler": study.sampler,
        "pruner": study.pruner,
        "seed": study.seed,
    }


def study_tags(study: Study, name: str) -> dict[str, Any]:
    """What a later session may change, and where it ran."""
    return {
        "study": name,
        "question": study.question.strip(),
        "budget": study.budget,
        "replicates": study.replicates,
        "target_value": study.target_value,
        "mlflow.source.name": f"suite study {name}",
        "mlflow.source.type": "LOCAL",
        "mlflow.user": os.environ.get("USER") or getpass.getuser(),
        **environment(),
    }


def variant(name: str, params: Mapping[str, str], first: Mapping[str, str], study_key: str) -> str:
    """Returns the name of a run of a study with other settings than its first: it says which, or its key."""
    said = ", ".join(f"{param}={value}" for param, value in params.items() if first.get(param) != value)
    return f"{name} ({said if 0 < len(said) <= 60 else study_key})"


def training_key(role: str, label: str, number: int, result: Result) -> str:
    """Identifies a training within a study: replicate 3 of another winner is another training."""
    facts = [role, label, number, result.config.model_dump()]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def training_tags(
    role: str, label: str, number: int, result: Result, levels: Mapping[str, str]
) -> dict[str, Any]:
    """Tags of a child run; those of the program say how it ran (`engine`, `xla`, `lanes`, ...).

    Args:
        role, label, number, result: as in Tracker.log.
        levels: hyperparameter that is asked about -> level, in words. Of a grid each has a tag, to group by.
    """
    return {
        **result.program,
        "role": role,
        "level": " ".join(levels.values()) or label,
        **({key("level", name): level for name, level in levels.items()} if len(levels) > 1 else {}),
        "number": number,
        "training": training_key(role, label, number, result),
        "seed": result.config.seed,
        "status": result.status,
        "diverged": str(result.status == "diverged").lower(),
    }


def training_metrics(result: Result, end: float) -> Iterator[tuple[str, float, float, int]]:
    """Yields every point of the curves, then the final figures, as (name, value, time in seconds, step).

    Those of a pretraining come first, as `pretraining/<name>`. The step is the number of the evaluation, from
    1: the epoch, unless `evaluate_every` is set. Batch sizes differ between trials, so that curves over
    gradient steps would not lie over each other. Final figures have the last step.

    Args:
        result: of the training.
        end: time at which the training ended, in seconds since 1970.
    """
    last, first = len(result.steps), result.pretraining
    seconds = result.seconds - (first.seconds if first else 0)
    if first:
        for name, value, at, step in training_metrics(first, end - seconds):
            yield f"pretraining/{name}", value, at, step
    for name, curve in result.curves.items():
        for step, value in enumerate(curve, start=1):
            yield name, value, end - seconds * (last - step) / last, step
    for name, value in {"objective": result.objective, **result.test, "seconds": result.seconds}.items():
        yield name, value, end, last


@dataclass(frozen=True)
class Answer:
    """What the parent says once a study is answered.

    Attributes:
        metrics: `<metric>/<level>` -> point estimate: one group, so that charts of it stand together.
        tags: the answer, the interval of each level, and the verdict of each diagnosis.
        winner: label of the case that is best; None if nothing can be ranked.
    """

    metrics: dict[str, float]
    tags: dict[str, str]
    winner: str | None


def answer(study: Study, findings: "Findings") -> Answer:
    """Returns what the parent says of the findings: numbers of the headline's metric alone: a few."""
    metric = study.fixed.monitor.replace("val", "test")
    levels = levels_of(study)
    places = {label: " ".join(of.values()) or label for label, of in levels.items()}
    labels = {_place(study, measure): measure for measure in findings.measures if measure.quantity == metric}
    measured = {label: labels[label] for label in levels if label in labels}
    finite = {label: measure.point for label, measure in measured.items() if math.isfinite(measure.point)}
    best = min if study.fixed.minimize else max
    shown = {label: key(metric, places[label]) for label in list(measured)[:MOST_LEVELS]}
    percent = metric.endswith("accuracy")
    note = [f"**{study.question.strip()}**", findings.answer]
    note += [f"- {each.claim} ({each.source}): {each.verdict}" for each in findings.predictions]
    return Answer(
        metrics={name: measured[label].point for label, name in shown.items()},
        tags={
            "answer": findings.answer,
            "mlflow.note.content": "\n\n".join(note),
            **{name: _interval(measured[label], percent) for label, name in shown.items()},
            **_verdicts(findings, places),
        },
        winner=best(finite, key=finite.__getitem__) if finite else None,
    )


def _place(study: Study, measure: "Measure") -> str | None:
    """The label of the case that a number was measured of."""
    at = {name: str(level) for name, level in measure.at.items()}
    for case in study.cases:
        if at == {name: str(getattr(case.config, name)) for name in study.scientific}:
            return case.label
    return None


def _interval(measure: "Measure", percent: bool) -> str:
    from suite.analysis.statistics import Estimate  # takes SciPy along

    return Estimate(measure.point, measure.low, measure.high).text(percent=percent)


def _verdicts(findings: "Findings", places: Mapping[str, str]) -> dict[str, str]:
    """`diagnosis/<level>` -> the verdict on its trainings."""
    return {
        key("diagnosis", places.get(label, label)): found["verdict"]
        for label, found in findings.summary.get("diagnoses", {}).items()
    }
