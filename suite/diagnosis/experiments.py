"""The experiments of a diagnosis: for any configuration, the changes that are tried. Trains nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from suite import models
from suite.analysis.limits import MATERIAL, Experiment, Kind
from suite.models import CLASSICS
from suite.study.config import Config

LONGER = 4
"""Times as many epochs as the training has."""

RATES = (0.1, 1 / 3, 3.0, 10.0)
"""Factors on the learning rate."""

LARGER = 4
"""Times the width of the model; twice, where the experiments are to be cheap."""

LEAST_WIDTH = 32
"""Least width of a larger model: four times two units would still be a small one."""

PARTS = 3
"""Parts of the training set, in geometric progression."""

SMALLEST = 8
"""One in so many training examples is in the smallest of them, or as many as make a batch."""

DROPOUT, L2 = 0.3, 1e-3
"""What more regularization adds: a dropout rate, or a factor of the penalty where that is 0."""


@dataclass(frozen=True)
class Group:
    """Experiments that are trained together.

    Attributes:
        what: is tried, in words.
        tried: kind and change of each, all of one structure; without a change, the training as it is.
        examples: of the training split, drawn anew for each seed; None: all.
        cost: trainings as it is that take about as long as one of each.
    """

    what: str
    tried: Sequence[tuple[Kind, Mapping[str, Any]]]
    examples: int | None = None
    cost: float = 1


AS_IT_IS = Group("as it is", [("as it is", {})])

SIMPLE_METHODS = Group("simple methods", [("simple method", {})], cost=0)


def groups(config: Config, examples: int) -> list[Group]:
    """Gives all experiments that do not depend on what others gave.

    Args:
        config: that is changed. examples: of its training split.
    """
    return [AS_IT_IS, *_groups(config, examples, RATES, LARGER), SIMPLE_METHODS]


def cheap_groups(config: Config, examples: int, searched: Collection[str], simple: bool) -> list[Group]:
    """Gives the experiments for the winner of a study, which has been trained as it is.

    Args:
        config: that is changed. examples: of its training split.
        searched: hyperparameters of which it has the best of many values: no other is tried.
        simple: whether simple methods are tried.
    """
    rates = () if "learning_rate" in searched else RATES
    return [*_groups(config, examples, rates, 2), *([SIMPLE_METHODS] if simple else [])]


def longer(config: Config) -> Group:
    """Gives four times the epochs."""
    return Group("more epochs", [("optimisation", {"epochs": LONGER * config.epochs})], cost=LONGER)


def _groups(config: Config, examples: int, rates: Sequence[float], times: int) -> list[Group]:
    found = [longer(config)]
    if rates:
        tried = [float(f"{config.learning_rate * factor:.3g}") for factor in rates]
        changes: list[tuple[Kind, dict[str, Any]]] = [
            ("optimisation", {"learning_rate": rate}) for rate in tried
        ]
        found.append(Group("other learning rates", changes, cost=len(tried)))
    if change := larger(config, times):
        found.append(Group("a larger model", [("capacity", change)], cost=times))
    if change := regularized(config):
        found.append(Group("more regularization", [("regularization", change)]))
    for count in sizes(config, examples):
        found.append(Group(f"{count:,} training examples", [("data", {"train_size": count})], count))
    return found


def is_past(config: Config, values: Sequence[float], evaluations: int) -> bool:
    """Whether a training is surely beyond its best: since the best evaluation as many have passed as half of
    a training of `config` has, and their mean is worse by more than it matters.

    Not where the learning rate is yet to fall, which may lower the loss again.

    Args:
        config: that experiments change. values: the monitored ones so far.
        evaluations: of a whole training of `config`.
    """
    constant = config.learning_rate_schedule == "constant" and not config.warmup
    if not (len(values) and constant and config.minimize and config.checkpoint == "best"):
        return False
    best = int(np.argmin(values))
    since = values[best + 1 :]
    return len(since) >= max(evaluations / 2, 2) and float(np.mean(since)) > (1 + MATERIAL) * values[best]


def larger_and_best(config: Config, found: Sequence[Experiment]) -> list[Group]:
    """Gives a larger model that is trained as was best; nothing where that is as it is, or none is larger."""
    trained = [each for each in found if each.kind in ("as it is", "optimisation")]
    best = min(trained, key=lambda each: float(np.mean(each.val))).change
    change = larger(config)
    return [Group("a larger model", [("capacity", {**change, **best})])] if change and best else []


def sizes(config: Config, examples: int) -> list[int]:
    """Gives the numbers of training examples of smaller training splits."""
    smallest = max(examples / SMALLEST, config.batch_size)
    counts: list[int] = np.geomspace(smallest, examples, PARTS + 1)[:-1].astype(int).tolist()
    return [count for count in counts if count < examples]


def larger(config: Config, times: int = LARGER) -> dict[str, Any]:
    """Gives a change to a model of so many times the width, or twice as many filters and units where its
    layers have theirs; nothing where the model has no hyperparameter for that."""
    takes = models.hyperparameters(config.model)
    filters, units = (_sizes(setting(config, name)) for name in ("filters", "units"))
    if filters:
        doubled = {"filters": tuple(2 * size for size in filters), "units": tuple(2 * size for size in units)}
        return {name: sizes for name, sizes in doubled.items() if sizes}
    if "width" not in takes:
        return {}
    change: dict[str, Any] = {"width": max(times * int(setting(config, "width")), LEAST_WIDTH)}
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
    if value is None and (argument := models.arguments(config.model).get(name)):
        value = argument.value
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
