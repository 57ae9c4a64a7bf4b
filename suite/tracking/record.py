"""Says what stands in MLflow about study, training and answer, as plain names and values. No MLflow."""

import getpass
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from suite.analysis.estimate import Estimate
from suite.study.config import Config
from suite.study.demonstration import Demonstration
from suite.study.study import Study
from suite.tracking.environment import environment
from suite.tracking.names import key, level_key, quoted
from suite.training.result import Result

if TYPE_CHECKING:
    from suite.analysis.records import Findings, Measure

PARENT = "tags.role = 'study'"
"""Finds the parent runs of an experiment."""

ANSWERED = f"{PARENT} AND tags.winner_runs != ''"
"""Finds those that have an answer."""

MOST_NUMBERS = 24
"""Numbers that the parent has as metrics; charts of more show nothing."""


def study_params(study: Study | Demonstration) -> dict[str, Any]:
    """Returns what identifies the study's trainings: the same for every session of one `study.key`."""
    if isinstance(study, Demonstration):
        return {"demonstration": study.demonstration, **study.settings}
    spaces = {
        level_key("space", case.label): ", ".join(f"{name}={drawn}" for name, drawn in case.space.items())
        for case in study.cases
    }
    return {
        **study.fixed.model_dump(),
        "scientific": ", ".join(study.scientific) or None,
        **{name: ", ".join(_levels(study, name)) for name in study.scientific},
        **spaces,
        "sampler": study.sampler,
        "pruner": study.prunes,
        "seed": study.seed,
    }


def _levels(study: Study, name: str) -> Mapping[str, None]:
    """The levels of a hyperparameter, as they are called in tables and figures."""
    if len(study.scientific) == 1 and not study.conditions:
        return dict.fromkeys(case.label for case in study.cases)
    return dict.fromkeys(_shown(case.levels[name]) for case in study.cases)


def _shown(level: Any) -> str:
    """A level in words: a model of one's own by the name of its file."""
    return PurePath(level).stem if str(level).endswith(".py") else str(level)


def study_tags(study: Study | Demonstration, name: str) -> dict[str, Any]:
    """Returns what a later session may change, and where it ran."""
    may_change = {}
    if isinstance(study, Study):
        names = ("budget", "replicates", "protocol", "target_value")
        may_change = {name: getattr(study, name) for name in names}
    return {
        "study": name,
        "question": study.question.strip(),
        "shape": study.shape,
        **may_change,
        "mlflow.source.name": f"suite study {name}",
        "mlflow.source.type": "LOCAL",
        "mlflow.user": os.environ.get("USER") or getpass.getuser(),
        **environment(),
    }


def variant(name: str, params: Mapping[str, str], first: Mapping[str, str], study_key: str) -> str:
    """Returns the name of a run with other settings than the first of its study: it says which, or a key."""
    said = ", ".join(f"{param}={value}" for param, value in params.items() if first.get(param) != value)
    return f"{name} ({said if 0 < len(said) <= 60 else study_key[:6]})"


def training_key(role: str, label: str, number: int, result: Result) -> str:
    """Returns what tells trainings of a study apart: replicate 3 of another winner is another one."""
    facts = [role, label, number, result.config.model_dump()]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def training_tags(
    role: str, label: str, number: int, result: Result, levels: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the tags of a child run; those of the program say how it ran (`engine`, `xla`, `lanes`, ...).

    Args:
        role, label, number, result: as in Tracker.log.
        levels: hyperparameter that is asked about -> level. Of a grid each has a tag, to group by.
    """
    axes = {key("level", name): _shown(level) for name, level in levels.items()} if len(levels) > 1 else {}
    return {
        **result.program,
        "role": role,
        "level": label,
        **axes,
        "number": number,
        "training": training_key(role, label, number, result),
        "seed": result.config.seed,
        "status": result.status,
        "diverged": str(result.status == "diverged").lower(),
        **({"failure": result.failure} if result.failure else {}),
    }


def training_params(config: Config) -> dict[str, Any]:
    """Returns the configuration of a training, so that `tracked_run` reads the same back.

    What is None and left to Keras, the builder or the data is left out: of 74 fields that is most.
    """
    fields = Config.model_fields
    values = config.model_dump(include=set(fields))
    said = {n: value for n, value in values.items() if value is not None or fields[n].default is not None}
    return said | {name: quoted(value) for name, value in config.own_arguments.items()}


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
    """What the parent says of an answered study.

    Attributes:
        metrics: name -> number, few and in groups, so that charts of them stand together.
        tags: the answer as description, intervals of the metrics, the verdict of each diagnosis, and what
            limits the winner, by experiments.
    """

    metrics: Mapping[str, float]
    tags: Mapping[str, str]


def answer(study: Study | Demonstration, findings: "Findings") -> Answer:
    """Returns what the parent says of the findings.

    The numbers are, of a study, those of the metric that decides it, such as `test_loss/adam`; of a
    demonstration all.
    """
    named = dict(_named(study, findings))
    shown = {name: measure for name, measure in list(named.items())[:MOST_NUMBERS]}
    note = [f"**{study.question.strip()}**", findings.answer]
    note += [f"- {each.claim} ({each.source}): {each.verdict}" for each in findings.predictions]
    verdicts = findings.summary.get("diagnoses", {}).items()
    limits = findings.summary.get("diagnosis")
    return Answer(
        metrics={name: measure.point for name, measure in shown.items()},
        tags={
            "answer": findings.answer,
            "mlflow.note.content": "\n\n".join(note),
            **{name: _interval(measure) for name, measure in shown.items()},
            **{level_key("diagnosis", label): found["verdict"] for label, found in verdicts},
            **({"diagnosis": limits["words"]} if limits else {}),
        },
    )


def _named(study: Study | Demonstration, findings: "Findings") -> Iterator[tuple[str, "Measure"]]:
    """The numbers that the parent shows, with their names."""
    if isinstance(study, Demonstration):
        for measure in findings.measures:
            yield key(measure.quantity, *map(str, measure.at.values())), measure
        return
    metric = study.fixed.monitor.replace("val", "test")
    for case in study.cases:
        for measure in findings.measures:
            if measure.quantity == metric and dict(measure.at) == case.levels:
                yield level_key(metric, case.label), measure


def _interval(measure: "Measure") -> str:
    estimate = Estimate(measure.point, measure.low, measure.high)
    return estimate.text(percent=measure.quantity.endswith("accuracy"))
