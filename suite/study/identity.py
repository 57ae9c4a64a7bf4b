"""One definition of "the same shape of work", of "the same study" and of "the same code"."""

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from suite.models import is_own
from suite.study.config import MODEL_FIELDS, OPTIMIZER_FIELDS, PROGRAM_INPUTS, Config
from suite.study.optimizers import OPTIMIZERS

WORDING = (
    "question", "replicates", "target_value", "probes", "predictions", "diagnosis_replicates", "full",
)  # fmt: skip
"""Fields of a study that no training depends on."""

LIMITS = ("time_limit", "memory_limit")
"""Fields of a study that change no result."""

ARCHITECTURE = (
    "model", "dataset", "quantiles", "window", "horizon", "max_tokens", "sequence_length", "reduction",
    "n_components",
    *MODEL_FIELDS,
)  # fmt: skip
"""Fields that decide what a model is made of."""


def structure(config: Config) -> Config:
    """Gives the configuration that stands for all those which one compiled program can train.

    It is `config` with what a program takes as input set to one value. What Keras or a builder makes other
    operations of stays apart: a hyperparameter of the optimizer that is None, a momentum of 0, no dropout, no
    penalty.
    """
    fields = Config.model_fields
    same = {name: fields[name].default for name in PROGRAM_INPUTS}
    for name, default in OPTIMIZERS[config.optimizer].hyperparameters.items():
        value = default if getattr(config, name) is None else getattr(config, name)
        same[name] = _stand_in(name, value)
    if is_own(config.model):  # its layers are Keras's, which take these as Python constants
        same |= {name: getattr(config, name) for name in ("dropout", "l1", "l2")}
    else:
        same |= {"dropout": 0.5 if config.dropout else 0.0, "l2": 0.5 if config.l1 or config.l2 else 0.0}
    return config.replace(**same)


def _stand_in(name: str, value: float | None) -> float | None:
    """The value that stands for all values of an optimizer's hyperparameter with which Keras does the
    same."""
    if value is None or (name == "momentum" and value == 0):
        return value
    return -0.5 if value < 0 else 0.5


def timed(config: Config) -> Config:
    """Gives the configuration that stands for all those whose steps take as long.

    They are of one structure, but for the optimizer: its part in a step is small.
    """
    return structure(config.replace(optimizer="sgd", **dict.fromkeys(OPTIMIZER_FIELDS)))


def shape_key(config: Config) -> str:
    """Names the structure of a configuration: 16 hexadecimal digits."""
    return _digest(structure(config).model_dump(mode="json"))[:16]


def timing_key(config: Config) -> str:
    """Names what the time of a configuration's steps depends on: 16 hexadecimal digits."""
    return _digest(timed(config).model_dump(mode="json"))[:16]


def architecture_key(config: Config) -> str:
    """Names what the model of a configuration is made of: 16 hexadecimal digits."""
    made_of = {*ARCHITECTURE, *config.own_arguments}
    return _digest(structure(config).model_dump(mode="json", include=made_of))[:16]


def study_key(declaration: Mapping[str, Any], digests: Mapping[str, str] | None = None) -> str:
    """Names the trainings of a study: 10 hexadecimal digits.

    Studies that differ only in wording, limits, number of replicates, probes, or the budget of a quasi-random
    search share what is finished.

    Args:
        declaration: the fields of a study or a demonstration as plain values.
        digests: path of a user's own file -> digest of what is in it.
    """
    left_out = {*WORDING, *LIMITS}
    if declaration.get("sampler") == "quasirandom" and not declaration.get("pruner"):
        left_out.add("budget")  # a trial depends on its number only
    facts = {name: value for name, value in declaration.items() if name not in left_out}
    return _digest(facts | {"own files": dict(digests or {})})[:10]


@functools.cache
def code_key() -> str:
    """Names the suite's own code: 16 hexadecimal digits."""
    root = Path(__file__).parents[1]
    files = sorted(path for path in root.rglob("*") if path.suffix in (".py", ".html"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _digest(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
