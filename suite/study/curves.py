"""Chooses the levels of a learning curve and of a validation curve, for a question that has no file."""

from collections.abc import Mapping
from typing import Any

from suite.data import DATASET_DEFAULTS
from suite.study.compare import BASE
from suite.study.config import WHOLE_NUMBERS, Config
from suite.study.prediction import Scalar
from suite.study.settings import SETTABLE

MOST_SIZES = 6
"""Levels of a learning curve: each has half of the examples of the next."""

FACTORS = (0.25, 0.5, 1, 2, 4)
"""Levels of a validation curve, times the value of the configuration."""

FRACTIONS = (0.0, 0.1, 0.2, 0.35, 0.5)
"""Levels of a fraction that is 0, such as a dropout rate."""

PENALTIES = (0.0, 1e-5, 1e-4, 1e-3, 1e-2)
"""Levels of any other number that is 0."""


def fixed(settings: Mapping[str, Scalar]) -> Config:
    """Gives what `suite.study.compare.comparison` holds still with these settings.

    Raises:
        pydantic.ValidationError: a setting that Config refuses.
    """
    dataset = str(settings.get("dataset") or BASE.dataset)
    own = {name: DATASET_DEFAULTS.get(dataset, {}).get(name) for name in ("train_size", "validation_size")}
    given = {
        name: value for name, value in settings.items() if name in Config.model_fields or name not in SETTABLE
    }
    base = {name: getattr(BASE, name) for name in BASE.model_fields_set}
    return Config.model_validate({**base, **(own if dataset != BASE.dataset else {}), **given})


def learning_curve(examples: int, config: Config, classes: int | None) -> str:
    """Gives the levels of a learning curve as `train_size=250,500,1000`.

    Args:
        examples: of the largest size.
        config: whose batch must not be larger than the smallest size. classes: of which each must be there.

    Raises:
        ValueError: fewer than three sizes hold a batch.
    """
    least = max(config.batch_size, 2 * (classes or 1))
    sizes = [examples // 2**power for power in range(MOST_SIZES) if examples // 2**power >= least]
    if len(sizes) < 3:
        raise ValueError(
            f"a learning curve expects three sizes or more, each half of the next and of {least} examples or"
            f" more. Received: {examples} examples, batch_size={config.batch_size}. Set a smaller batch_size."
        )
    return "train_size=" + ",".join(map(str, reversed(sizes)))


def validation_curve(what: str, value: Any) -> str:
    """Gives the levels of a validation curve as `width=32,64,128`.

    Args:
        what: a hyperparameter, or one with its levels, which are then taken.
        value: of the hyperparameter in the configuration.

    Raises:
        ValueError: the hyperparameter is not a number, or an argument of one's own model that is 0.
    """
    name, equals, levels = what.partition("=")
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if not levels and (not numeric or (value == 0 and name not in Config.model_fields)):
        raise ValueError(
            "`WHAT` expects a hyperparameter that is a number, or one with its levels, as width=16,32,64."
            f" Received: {what!r}, which is {value!r}."
        )
    if levels or equals:
        return what
    if value:
        chosen = [factor * value for factor in FACTORS]
    else:
        fractions = "le=1" in str(Config.model_fields[name]) or "lt=1" in str(Config.model_fields[name])
        chosen = list(FRACTIONS if fractions else PENALTIES)
    if name in WHOLE_NUMBERS or (name not in Config.model_fields and isinstance(value, int)):
        chosen = list(dict.fromkeys(max(1, round(level)) for level in chosen))
    return f"{name}=" + ",".join(f"{level:g}" for level in chosen)
