"""Declares a study by what is to be compared, for a question that has no file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from suite.names import one_of, safe
from suite.study.catalog import results_name
from suite.study.config import Config, check_names
from suite.study.optimizers import OPTIMIZERS
from suite.study.prediction import Scalar
from suite.study.settings import value_of
from suite.study.space import Distribution
from suite.study.study import Study

BASE = Config(train_size=10_000, validation_size=5_000, epochs=10, batch_size=64)
"""What is held still, where nothing else is said. On another data set the sizes are its own."""


def comparison(what: Sequence[str], settings: Mapping[str, Scalar]) -> tuple[str, Study]:
    """Declares a comparison of one hyperparameter's levels, or of all pairs of two hyperparameters' levels.

    The learning rate is tuned for each level, unless it is what is compared, or set.

    Args:
        what: texts such as `optimizer=adam,sgd,lion` or `dropout=0,0.2,0.5`; one, or two.
        settings: of the study and of what it fixes, as `Study.replace` takes them.

    Returns:
        The name that the results go by, such as `compare-optimizer-adam-sgd-epochs=3`, and the study.

    Raises:
        ValueError: a text that is none of that form, or what `Study` and `Config` refuse.
    """
    asked = dict(_split(each) for each in what)
    if not 1 <= len(asked) == len(what) <= 2:
        raise ValueError(
            "`WHAT` expects one hyperparameter and its levels, or two, as: optimizer=adam,sgd,lion."
            f" Received: {' '.join(what)!r}."
        )
    model = str(settings.get("model") or BASE.model)
    check_names("WHAT", asked, [model, *asked.get("model", ())])
    for name in asked:
        if name in settings:
            raise ValueError(f"`--set` expects what is not compared. Received: {name}={settings[name]}.")
    fixed = {name: value for name, value in settings.items() if name in Config.model_fields}
    of_model = not asked.keys() <= Config.model_fields.keys()
    study = Study(
        question=_question(asked, str(fixed.get("dataset") or BASE.dataset)),
        fixed=BASE.replace(model=model) if of_model else BASE,
        scientific={name: tuple(_level(name, text) for text in levels) for name, levels in asked.items()},
        nuisance=_nuisance({*asked, *fixed}, str(fixed.get("optimizer") or BASE.optimizer)),
        budget=15,
    )
    words = "-".join("-".join((field, *levels)) for field, levels in asked.items())
    chosen = study.replace(**settings)
    origin = str(Path(model).resolve()) if of_model else ""
    return results_name(safe(f"compare-{words}", origin), study, chosen, settings), chosen


def _split(text: str) -> tuple[str, list[str]]:
    name, _, levels = text.partition("=")
    return name, [level for level in levels.split(",") if level]


def _level(name: str, text: str) -> Scalar:
    """A level as the value that it is, so that numbers are in order."""
    if name not in Config.model_fields:
        return value_of(None if text == "null" else text)
    value: Any = getattr(BASE.replace(**{name: None if text == "null" else text}), name)
    return value


def _nuisance(named: set[str], optimizer: str) -> dict[str, Distribution]:
    if "learning_rate" in named:
        return {}
    one_of("optimizer", optimizer, OPTIMIZERS)
    return {"learning_rate": OPTIMIZERS[optimizer].space["learning_rate"]}


def _question(asked: Mapping[str, Sequence[str]], dataset: str) -> str:
    if list(asked) == ["train_size"]:
        return f"How does the loss fall with the number of training examples of {dataset}?"
    names = " and ".join(f"`{name}`" for name in asked)
    if len(asked) > 1:
        return f"Which {names} do best together on {dataset}?"
    levels = list(next(iter(asked.values())))
    return (
        f"Which {names} does best on {dataset}: {', '.join(levels[:-1])} or {levels[-1]}?"
        if levels
        else names
    )
