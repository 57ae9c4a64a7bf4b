"""Study: a question about deep learning, declared as data. Importable without TensorFlow."""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from suite.data import DATASET_DEFAULTS
from suite.data import is_own as is_own_data
from suite.data import user as own
from suite.models import hyperparameters, is_own
from suite.names import one_of
from suite.study.config import MODEL_FIELDS, Config
from suite.study.optimizers import OPTIMIZERS
from suite.study.renamed import refuse_moved, refuse_renamed
from suite.study.space import Choice, Distribution

UNVARIED = {
    "seed": "every training gets a seed of its own from the study's",
    "monitor": "trainings are judged by one measure",
    "dataset": "results on different data cannot be ranked",
    "data_seed": "results on different splits cannot be ranked",
}
"""Fields that are the same for all trainings of a study, and why."""

SETTABLE = ("budget", "replicates", "sampler", "pruner", "target_value", "seed")
"""Fields of Study that may be changed from the command line, next to those of what it fixes."""

Scalar = str | int | float | bool | None


class Level(BaseModel):
    """One scientific value that brings settings or a search space of its own.

    Args:
        value: of the scientific hyperparameter.
        nuisance: hyperparameters tuned for this value only, or in another range than the study's.
        fixed: hyperparameters that this value sets, over the study's `fixed`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    value: Scalar
    nuisance: dict[str, Distribution] = {}
    fixed: dict[str, Scalar] = {}

    def __init__(self, value: Scalar, **data):
        super().__init__(value=value, **data)


class Case(BaseModel):
    """What a sub-search works on: a scientific value, the Config it starts from and the space of its nuisances."""

    model_config = ConfigDict(frozen=True)
    label: str
    levels: dict[str, Scalar] = {}
    config: Config
    space: dict[str, Distribution]


class Study(BaseModel):
    """A question, and the fair experiment that answers it.

    Attributes:
        question: one sentence, answerable.
        fixed: what is held still, and is therefore a caveat on the answer.
        scientific: the one hyperparameter that is asked about and its values; empty for a pure search.
        nuisance: what is tuned for every value, so that the comparison is fair. An optimizer or a `Level` narrows,
            extends or adds to it.
        budget: trials a value. seeds: replicates of each winner.
        sampler: `quasirandom` (scrambled Sobol points) or `tpe`. pruner: stops poor trials early (pure search).
        target_value: of the monitored metric, for time-to-target; None: the median over the values of what they reach.
        seed: every other seed derives from it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    fixed: Config = Config()
    scientific: dict[str, tuple[Scalar | Level, ...]] = {}
    nuisance: dict[str, Distribution] = {}
    budget: Annotated[int, Field(ge=1)] = 20
    replicates: Annotated[int, Field(ge=2)] = 10
    sampler: Literal["quasirandom", "tpe"] = "quasirandom"
    pruner: Literal["median", "successive_halving"] | None = None
    target_value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    seed: Annotated[int, Field(ge=0)] = 0
    predictions: tuple[Any, ...] = ()

    @property
    def shape(self) -> Literal["comparison", "curve", "search"]:
        """The shape of the question: numeric levels, three or more, make a curve."""
        if not self.scientific:
            return "search"
        levels = [level for case in self.cases for level in case.levels.values()]
        numbers = all(isinstance(level, int | float) and not isinstance(level, bool) for level in levels)
        return "curve" if numbers and len(levels) > 2 else "comparison"

    @model_validator(mode="before")
    @classmethod
    def _names_are_of_today(cls, data: Any) -> Any:
        if isinstance(data, dict):
            refuse_renamed([*data, *(data.get("scientific") or ()), *(data.get("nuisance") or ())])
        return data

    @model_validator(mode="after")
    def _is_answerable(self):
        if not self.question.strip():
            raise ValueError("`question` must be a sentence. Received: an empty one.")
        if len(self.scientific) > 1:
            raise ValueError(
                f"`scientific` expects one hyperparameter. Received: {', '.join(self.scientific)}."
            )
        named = {
            *self.scientific,
            *self.nuisance,
            *(name for _, value in self._own() for name in (*value.nuisance, *value.fixed)),
        }
        for name, why in UNVARIED.items():
            if name in named:
                raise ValueError(f"a study does not vary `{name}`: {why}. Received: {name}.")
        if self.fixed.seed:
            raise ValueError(f"`fixed` sets no seed: {UNVARIED['seed']}. Received: seed={self.fixed.seed}.")
        for name, values in self.scientific.items():
            one_of("scientific", name, Config.model_fields)
            if len(values) < 2 or len({case_label(value) for value in values}) < len(values):
                raise ValueError(
                    f"`scientific` expects two or more different values of {name}. Received: {list(values)}."
                )
        if not self.scientific and not self.nuisance:
            raise ValueError("a study expects `scientific` or `nuisance`. Received: neither.")
        self.cases  # noqa: B018 - builds and so validates every Config and space
        return self

    def _own(self) -> list[tuple[str, Level]]:
        """The scientific values that bring settings of their own."""
        return [
            (name, value)
            for name, values in self.scientific.items()
            for value in values
            if isinstance(value, Level)
        ]

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """One case per scientific value, or the single case `tuned` of a pure search.

        Raises:
            ValueError: a value, a nuisance or a bound that `Config` refuses.
        """
        if not self.scientific:
            return (self._case("tuned", {}, {}),)
        ((name, values),) = self.scientific.items()
        return tuple(
            self._case(case_label(value), {name: value.value, **value.fixed}, value.nuisance)
            if isinstance(value, Level)
            else self._case(case_label(value), {name: value}, {})
            for value in values
        )

    def _case(self, label: str, settings: dict[str, Any], nuisance: dict[str, Distribution]) -> Case:
        config = self.fixed.replace(**settings)
        space = {**self.nuisance, **nuisance}
        if "learning_rate" in self.nuisance and next(iter(self.scientific), None) == "optimizer":
            space = {**self.nuisance, **OPTIMIZERS[config.optimizer].space, **nuisance}
        for name, distribution in space.items():
            one_of("nuisance", name, Config.model_fields)
            if name in settings:
                raise ValueError(
                    f"`nuisance` names {name}, which {label} sets. Received: {name}={distribution}."
                )
            inside = [distribution.quantile(u) for u in (0.0, 0.37, 1.0)]
            for value in distribution.options if isinstance(distribution, Choice) else inside:
                config.replace(**{name: value})
        levels = {name: settings[name] for name in self.scientific}
        return Case(label=label, levels=levels, config=config, space=space)

    def extreme_configs(self) -> list[Config]:
        """A config for every case and for each end and option of its nuisances, with the others as they are fixed."""
        found = {}
        for case in self.cases:
            found[case.config] = None
            for name, d in case.space.items():
                values = d.options if isinstance(d, Choice) else (d.low, d.high)
                found |= {case.config.replace(**{name: value}): None for value in values}
        return list(found)

    @property
    def trainings(self) -> int:
        """Number of trainings: trials and replicates of all values."""
        return sum(self.trials_of(case) + self.replicates for case in self.cases)

    def trials_of(self, case: Case) -> int:
        """Number of trials of a case: the budget, or one where nothing is tuned."""
        return self.budget if case.space else 1

    @cached_property
    def key(self) -> str:
        """Identifies the trainings: studies that differ only in wording, number of seeds, or the budget of a quasi-random
        search share what is finished."""
        wording = {"question", "replicates", "target_value", "predictions"}
        if self.sampler == "quasirandom" and not self.pruner:
            wording |= {"budget"}  # a trial depends on its number only
        facts = self.model_dump(mode="json", exclude=wording)
        models = {case.config.model for case in self.cases if is_own(case.config.model)}
        facts["own models"] = {name: hashlib.sha256(Path(name).read_bytes()).hexdigest() for name in models}
        if is_own_data(self.fixed.dataset):
            facts["own data"] = own.version(self.fixed.dataset)
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:10]

    def replace(self, **changes: Any) -> "Study":
        """A validated copy; a name that is not a field of Study is a field of `fixed`.

        Raises:
            ValueError: an unknown name, a value that its field refuses, or a hyperparameter that is not fixed here.
        """
        refuse_moved(changes)
        moves = changes.get("dataset", self.fixed.dataset) != self.fixed.dataset
        if moves:
            changes = self._suited(changes["dataset"]) | changes
        mine = {name: value for name, value in changes.items() if name in SETTABLE}
        rest = {name: value for name, value in changes.items() if name not in mine}
        for name in rest:
            one_of("set", name, dict.fromkeys([*SETTABLE, *Config.model_fields]))
            if name in self.scientific or name in self.nuisance:
                raise ValueError(
                    f"`set` expects what this study fixes; {name} is what it varies. Received: {name}={rest[name]}."
                )
        data = {name: getattr(self, name) for name in Study.model_fields} | mine
        if moves:
            takes = hyperparameters(rest.get("model", self.fixed.model))
            data["nuisance"] = {k: v for k, v in self.nuisance.items() if k not in MODEL_FIELDS or k in takes}
        if rest:
            data["fixed"] = self.fixed.replace(**rest)
        return Study(**data)

    def _suited(self, dataset: str) -> dict[str, Any]:
        """What changes with the data set: sizes are its own again, what DATASET_DEFAULTS says of it, and a model that it asks for has the
        hyperparameters that it takes."""
        settings = dict.fromkeys(("train_size", "validation_size")) | DATASET_DEFAULTS.get(dataset, {})
        if "model" in settings:
            takes = hyperparameters(settings["model"])
            settings |= {
                name: Config.model_fields[name].default for name in MODEL_FIELDS if name not in takes
            }
        return {
            name: value
            for name, value in settings.items()
            if name not in self.scientific and name not in self.nuisance
        }

    def within(self, examples: int) -> "Study":
        """This study with the searched batch sizes that `examples` training examples allow; itself if that is all of them."""
        searched = self.nuisance.get("batch_size")
        if not isinstance(searched, Choice) or max(searched.options) <= examples:
            return self
        fitting = [size for size in searched.options if size <= examples] or [min(searched.options)]
        nuisance = {name: space for name, space in self.nuisance.items() if name != "batch_size"}
        nuisance |= {"batch_size": Choice(*fitting)} if len(fitting) > 1 else {}
        data = {name: getattr(self, name) for name in Study.model_fields}
        return Study(**data | {"fixed": self.fixed.replace(batch_size=fitting[0]), "nuisance": nuisance})


def case_label(value: Scalar | Level) -> str:
    """How a scientific value is called in tables and figures."""
    return str(value.value if isinstance(value, Level) else value)
