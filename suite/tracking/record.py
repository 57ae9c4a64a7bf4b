"""What is said in the tracker about a study and about a training, as plain names and values. Free of MLflow."""

import getpass
import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any

from suite.study.study import Study
from suite.tracking.environment import environment
from suite.training.result import Result


def study_params(study: Study) -> dict[str, Any]:
    """What identifies the study's trainings: the same for every session of one `study.key`."""
    return {
        **study.fixed.model_dump(),
        "scientific": next(iter(study.scientific), None),
        **{name: ", ".join(case.label for case in study.cases) for name in study.scientific},
        **{
            f"space/{case.label}": ", ".join(f"{k}={v}" for k, v in case.space.items())
            for case in study.cases
        },
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


def training_key(role: str, label: str, number: int, result: Result) -> str:
    """Identifies a training within a study: replicate 3 of another winner is another training."""
    facts = [role, label, number, result.config.model_dump()]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def training_tags(role: str, label: str, number: int, result: Result) -> dict[str, Any]:
    """Tags of a child run; those of the program say how it ran (`engine`, `xla`, `lanes`, ...)."""
    return {
        "role": role,
        "level": label,
        "number": number,
        "training": training_key(role, label, number, result),
        "seed": result.config.seed,
        "status": result.status,
        "diverged": str(result.status == "diverged").lower(),
        **result.program,
    }


def training_metrics(result: Result, end: float) -> Iterator[tuple[str, float, float, int]]:
    """Every point of the curves, then the final figures, as (name, value, time in seconds, step); those of a pretraining first,
    as `pretraining/<name>`.

    The step is the number of the evaluation, from 1: the epoch, unless `evaluate_every` is set. Batch sizes differ
    between trials, so that curves over gradient steps would not lie over each other. Final figures have the last step.

    Args:
        result: of the training.
        end: time at which the training ended, in seconds since 1970.
    """
    last, first = len(result.steps), result.pretraining
    seconds = result.seconds - (first.seconds if first else 0)
    if first:
        yield from (
            (f"pretraining/{name}", *point) for name, *point in training_metrics(first, end - seconds)
        )
    for name, curve in result.curves.items():
        for step, value in enumerate(curve, start=1):
            yield name, value, end - seconds * (last - step) / last, step
    for name, value in {"objective": result.objective, **result.test, "seconds": result.seconds}.items():
        yield name, value, end, last
