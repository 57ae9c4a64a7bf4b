"""The experiments of a diagnosis: for any configuration, the changes that are tried. Trains nothing."""

import inspect
from collections.abc import Mapping
from typing import Any

from suite import models
from suite.models import CLASSICS
from suite.study.config import Config

LONGER = 4
"""Times as many epochs as the training has."""

RATES = (0.1, 1 / 3, 3.0, 10.0)
"""Factors on the learning rate."""

LARGER = 4
"""Times the width of the model."""

LEAST_WIDTH = 32
"""Least width of a larger model: four times two units would still be a small one."""

PARTS = 3
"""Parts of the training set, in geometric progression."""

SMALLEST = 8
"""One in so many training examples is in the smallest of them, or as many as make a batch."""

DROPOUT, L2 = 0.3, 1e-3
"""What more regularization adds: a dropout rate, or a factor of the penalty where that is 0."""


def other_trainings(config: Config) -> list[dict[str, Any]]:
    """Gives changes of the optimisation: four times the epochs, and other learning rates."""
    rates = [float(f"{config.learning_rate * factor:.3g}") for factor in RATES]
    return [{"epochs": LONGER * config.epochs}, *({"learning_rate": rate} for rate in rates)]


def larger(config: Config) -> dict[str, Any]:
    """Gives a change to a larger model; nothing where the model has no hyperparameter for that."""
    takes = models.hyperparameters(config.model)
    filters, units = (_sizes(setting(config, name)) for name in ("filters", "units"))
    if filters:
        doubled = {"filters": tuple(2 * size for size in filters), "units": tuple(2 * size for size in units)}
        return {name: sizes for name, sizes in doubled.items() if sizes}
    if "width" not in takes:
        return {}
    change: dict[str, Any] = {"width": max(LARGER * int(setting(config, "width")), LEAST_WIDTH)}
    if "depth" in takes and setting(config, "depth") == 0:
        change["depth"] = 2
    return change


def regularized(config: Config) -> dict[str, Any]:
    """Gives a change to more regularization; nothing where the model takes none."""
    takes = models.hyperparameters(config.model)
    if "dropout" in takes and setting(config, "depth") != 0:
        return {"dropout": min(config.dropout + DROPOUT, 0.8)}
    return {"l2": 10 * config.l2 or L2} if "l2" in takes else {}


def setting(config: Config, name: str) -> Any:
    """Gives a hyperparameter of the model: the config's, or what its classic or its builder has."""
    value = getattr(config, name, None)
    if value is None:
        value = CLASSICS.get(config.model, {}).get(name)
    if value is None:
        parameters = inspect.signature(models.builder(config.model)).parameters
        value = parameters[name].default if name in parameters else None
    return value


def in_words(config: Config, change: Mapping[str, Any]) -> str:
    """Gives a change as `width 2 -> 32`."""
    return ", ".join(
        f"{name} {_text(setting(config, name))} -> {_text(value)}" for name, value in change.items()
    )


def _sizes(value: Any) -> tuple[int, ...]:
    return () if value is None else value if isinstance(value, tuple) else (value,)


def _text(value: Any) -> str:
    return (
        ",".join(map(str, value))
        if isinstance(value, tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
