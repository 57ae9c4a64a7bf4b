"""Cases: the levels of what is asked about, or the cells of a grid, each with a search space of its own."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from suite.models import is_own
from suite.names import one_of
from suite.study.config import WHOLE_NUMBERS, Config, check_names
from suite.study.optimizers import OPTIMIZERS
from suite.study.prediction import Scalar
from suite.study.space import Distribution, ends, whole


class Level(BaseModel):
    """One setting of what is asked about, that brings settings or a search space of its own.

    Args:
        value: of the hyperparameter that is asked about; a name, where the study asks about ways that each
            set something else.
        nuisance: hyperparameters tuned for this level only, or in another range than the study's.
        fixed: hyperparameters that this level sets, over the study's `fixed`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    value: Scalar
    nuisance: dict[str, Distribution] = {}
    fixed: dict[str, Scalar] = {}

    def __init__(self, value: Scalar, **data: Any):
        super().__init__(value=value, **data)


class Case(BaseModel):
    """What a search of its own works on: one level of what is asked about, or one cell of a grid.

    Attributes:
        label: how it is called in tables and figures: `adam`, `he_normal, relu` of a grid, or `adam, wine`
            under a condition.
        levels: hyperparameter that is asked about -> level, and that of the condition; empty for a pure
            search.
        config: what its trainings start from.
        space: hyperparameter that is tuned -> its distribution. Whole-number fields have an `Integer` or a
            `Choice`.
        condition: name of the condition that it is asked under; empty where the study has none.
    """

    model_config = ConfigDict(frozen=True)
    label: str
    levels: dict[str, Scalar]
    config: Config
    space: dict[str, Distribution]
    condition: str = ""

    def under(self, condition: str, levels: dict[str, Scalar]) -> "Case":
        """Gives the same case under a condition, which is one of the `levels` of its hyperparameter."""
        label = f"{self.label}, {condition}"
        return self.model_copy(
            update={"label": label, "levels": self.levels | levels, "condition": condition}
        )

    @property
    def level(self) -> str:
        """How it is called among the cases of its condition."""
        return self.label.removesuffix(f", {self.condition}") if self.condition else self.label

    def extreme_configs(self) -> list[Config]:
        """Gives a configuration for each end and option of what is tuned, with the others at their first."""
        first = self.config.replace(**{name: ends(d)[0] for name, d in self.space.items()})
        others = [first.replace(**{name: x}) for name, d in self.space.items() for x in ends(d)[1:]]
        return list(dict.fromkeys([first, *others]))


def values_of(levels: Sequence[Scalar | Level]) -> list[Scalar]:
    """The plain values of levels."""
    return [level.value if isinstance(level, Level) else level for level in levels]


def is_of_ways(name: str, levels: Sequence[Scalar | Level], fixed: Config) -> bool:
    """Tells whether `name` is no hyperparameter: each level is a way with a name, and some set something."""
    if name in Config.model_fields or name in fixed.own_arguments:
        return False
    named = all(isinstance(level, Level) and isinstance(level.value, str) for level in levels)
    return named and any(level.fixed or level.nuisance for level in levels if isinstance(level, Level))


def cases_of(
    fixed: Config,
    scientific: Mapping[str, Sequence[Scalar | Level]],
    nuisance: Mapping[str, Distribution],
) -> tuple[Case, ...]:
    """Gives one case for each level, or for each cell of a grid; of a pure search the one case `tuned`.

    Raises:
        ValueError: a level, a nuisance or a bound that `Config` refuses.
    """
    if not scientific:
        return (_case("tuned", {}, {}, fixed, nuisance),)
    labels = [_labels(name, levels) for name, levels in scientific.items()]
    cells = itertools.product(
        *(zip(*axis, strict=True) for axis in zip(labels, scientific.values(), strict=True))
    )
    found = []
    for cell in cells:
        label = ", ".join(text for text, _ in cell)
        levels = dict(zip(scientific, values_of([level for _, level in cell]), strict=True))
        settings = {
            name: value for name, value in levels.items() if not is_of_ways(name, scientific[name], fixed)
        }
        space = dict(nuisance)
        if "optimizer" in scientific and "learning_rate" in nuisance:
            space |= OPTIMIZERS[one_of("optimizer", str(levels["optimizer"]), OPTIMIZERS)].space
        for level in (level for _, level in cell if isinstance(level, Level)):
            _refuse_both(label, settings, level.fixed, "fixed")
            settings |= level.fixed
            space |= level.nuisance
        found.append(_case(label, levels, settings, fixed, space))
    return tuple(found)


def _case(
    label: str,
    levels: dict[str, Scalar],
    settings: Mapping[str, Scalar],
    fixed: Config,
    space: Mapping[str, Distribution],
) -> Case:
    config = fixed.replace(**settings)
    _refuse_both(label, settings, space, "nuisance")
    check_names("nuisance", space, [config.model])
    tuned = {name: _fitting(name, distribution) for name, distribution in space.items()}
    case = Case(label=label, levels=levels, config=config, space=tuned)
    case.extreme_configs()  # builds and so validates them
    for name, distribution in tuned.items():
        config.replace(**{name: distribution.quantile(0.37)})
    return case


def _fitting(name: str, distribution: Distribution) -> Distribution:
    """The distribution that suits a field of Config."""
    if name not in WHOLE_NUMBERS:
        return distribution
    try:
        return whole(distribution)
    except ValueError as error:
        raise ValueError(f"`nuisance` of {name}: {error}") from None


def _refuse_both(label: str, settings: Mapping[str, Any], others: Mapping[str, Any], argument: str) -> None:
    for name in others:
        if name in settings:
            raise ValueError(
                f"`{argument}` names {name}, which {label} sets. Received: {name}={others[name]}."
            )


def _labels(name: str, levels: Sequence[Scalar | Level]) -> list[str]:
    """How levels are called: as they are written, and a user's own model by its file's name, with
    folders where two share it."""
    texts = [str(value) for value in values_of(levels)]
    parts = [Path(text).with_suffix("").parts if name == "model" and is_own(text) else None for text in texts]
    labels: list[str] = []
    for depth in range(1, 1 + max(len(part or ()) for part in [*parts, ("",)])):
        labels = ["/".join(part[-depth:]) if part else text for part, text in zip(parts, texts, strict=True)]
        if len(set(labels)) == len(labels):
            break
    return labels
