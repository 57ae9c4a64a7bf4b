"""Keeps diagnoses below `suite.paths.home()`, so that the next step can be run later, and what single
experiments gave, so that an interrupted diagnosis goes on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from suite import paths
from suite.analysis.estimate import Estimate
from suite.analysis.limits import Experiment, Limits, Step
from suite.diagnosis.trained import Trained
from suite.running import findings_file
from suite.study.config import Config


def keep(name: str, config: Config, limits: Limits) -> Path:
    """Writes the diagnosis of a configuration; returns the file."""
    path = _file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    findings_file.write(path, {"config": config.model_dump(mode="json"), "limits": limits})
    return path


def read(name: str, config: Config) -> Limits | None:
    """Reads what `keep` wrote of this configuration; None if there is nothing, or nothing whole."""
    try:
        kept = findings_file.read(_file(name), (Limits, Step, Experiment))
        limits = kept["limits"]
        same = Config.model_validate(kept["config"]) == config
        return _whole(limits) if same else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def keep_trained(path: Path, trained: Trained) -> None:
    """Writes what a group of experiments gave."""
    path.parent.mkdir(exist_ok=True)
    findings_file.write(path, {"trained": trained})


def read_trained(path: Path) -> Trained | None:
    """Reads what `keep_trained` wrote; None if there is nothing, or nothing whole."""
    try:
        trained = findings_file.read(path, (Trained, Experiment))["trained"]
        curves = {name: np.array(curve, float) for name, curve in trained.curves.items()}
        settled = None if trained.settled is None else np.array(trained.settled, float)
        return Trained([_measured(each) for each in trained.experiments], curves, settled)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _file(name: str) -> Path:
    return paths.home() / "diagnoses" / f"{name}.json"


def _whole(limits: Any) -> Limits:
    """With estimates and arrays in place of the tuples that JSON gives."""
    steps = (replace(each, gain=Estimate(*each.gain), again=Estimate(*each.again)) for each in limits.steps)
    numbers = {name: Estimate(*each) for name, each in limits.numbers.items()}
    experiments = tuple(map(_measured, limits.experiments))
    return replace(limits, numbers=numbers, steps=tuple(steps), experiments=experiments)


def _measured(experiment: Experiment) -> Experiment:
    """With arrays in place of the tuples that JSON gives."""
    train, val = (np.array(each, float) for each in (experiment.train, experiment.val))
    return replace(experiment, train=train, val=val)
