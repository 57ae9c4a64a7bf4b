"""Keeps diagnoses below `suite.paths.home()`, so that the next step can be run later."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from suite import paths
from suite.analysis.estimate import Estimate
from suite.analysis.limits import Experiment, Limits, Step
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


def _file(name: str) -> Path:
    return paths.home() / "diagnoses" / f"{name}.json"


def whole(experiment: Experiment) -> Experiment:
    """With arrays in place of the tuples that JSON gives."""
    return replace(experiment, train=np.array(experiment.train, float), val=np.array(experiment.val, float))


def _whole(limits: Any) -> Limits:
    """With estimates and arrays in place of the tuples that JSON gives."""
    steps = (replace(each, gain=Estimate(*each.gain), again=Estimate(*each.again)) for each in limits.steps)
    numbers = {name: Estimate(*each) for name, each in limits.numbers.items()}
    experiments = tuple(map(whole, limits.experiments))
    return replace(limits, numbers=numbers, steps=tuple(steps), experiments=experiments)
