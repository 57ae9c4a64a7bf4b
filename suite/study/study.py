"""Study: a question about deep learning, declared as data. Importable without TensorFlow."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from suite.data import DATASET_DEFAULTS
from suite.data import is_own as is_own_data
from suite.models import check_name, hyperparameters, is_own
from suite.names import one_of
from suite.study.cases import Case, Level, cases_of, is_of_ways, values_of
from suite.study.config import MODEL_FIELDS, Config, check_names
from suite.study.identity import study_key
from suite.study.prediction import OF_SHAPE, QUANTITIES, Prediction, Scalar
from suite.study.registry import registered
from suite.study.renamed import refuse_moved, refuse_renamed
from suite.study.settings import SETTABLE
from suite.study.sizes import SIZES, check_full
from suite.study.space import Distribution

__all__ = ["Case", "Level", "Resolved", "Scalar", "Study"]

UNVARIED = {
    "seed": "every training gets a seed of its own from the study's",
    "monitor": "trainings are judged by one measure",
    "dataset": "results on different data cannot be ranked",
    "target": "results on different targets cannot be ranked",
    "horizon": "errors of different steps cannot be ranked",
    "quantiles": "losses of different quantiles cannot be ranked",
    "data_seed": "results on different splits cannot be ranked",
}
"""Fields that are the same for all levels of a study, and why."""

SEARCHES = 3
"""Searches a case under the protocol `repeated`: intervals from fewer are long, and more cost more than they
shorten them (simulated for `suite.analysis.searches`)."""

SMALL_REPLICATES = 3
"""Replicates of a study at `size=small`: as few as an interval can be drawn from with some meaning."""


def _split(value: Any) -> Any:
    """Several names, which the command line writes with commas."""
    return [name for name in value.split(",") if name] if isinstance(value, str) else value


def _not_one(count: int) -> int:
    """Refuses a single training."""
    if count == 1:
        raise ValueError(
            "`diagnosis_replicates` expects 0, or two or more: a single training does not say how much it"
            " varies. Received: diagnosis_replicates=1."
        )
    return count


@dataclass(frozen=True)
class Resolved:
    """What `suite.study.resolve` found outside of a study's declaration.

    Attributes:
        digests: path of a user's own file -> what tells whether it changed.
        cases: with the batch sizes that the data allow.
        notes: what the reader of the results must know, a sentence each.
    """

    digests: Mapping[str, str]
    cases: tuple[Case, ...]
    notes: tuple[str, ...] = ()


class Study(BaseModel):
    """States a question, and the fair experiment that answers it.

    Attributes:
        question: one sentence, answerable.
        fixed: what is held still, and is therefore a caveat on the answer.
        scientific: what is asked about: one hyperparameter and its levels, or two, of which every pair is a
            cell of a grid; empty for a pure search. In place of a hyperparameter it may be any name, whose
            levels are each a `Level` with a name as its value and settings of its own.
        nuisance: what is tuned for every level, so that the comparison is fair. An optimizer or a `Level`
            narrows, extends or adds to it.
        conditions: what the whole question is asked under again and again: values of one hyperparameter, such
            as several data sets, perhaps as a `Level` with other settings. With a data set come its own
            sizes, as with `replace`. Each condition has its answer, and the levels have performance profiles
            over them all.
        budget: trials of a search.
        replicates: trainings of winners, with fresh seeds, of a case.
        protocol: what the replicates of a case repeat. `repeated`: SEARCHES independent searches, among whose
            winners the replicates are divided, so that intervals hold the luck of a search too. `ideal`: each
            replicate has a search of its own (Bouthillier et al. 2021, arXiv:2103.03098). `single`: one
            search, whose luck the intervals leave out. Where nothing is compared or tuned, or the median
            pruner is at work, there is one search in any case.
        replicates_vary: what differs between replicates, next to the data they were tuned on: `seed` (initial
            weights, data order, dropout) and perhaps `data_seed` (the split into train and validation).
        sampler: `quasirandom` (scrambled Sobol points) or `tpe`.
        pruner: ends poor trials early: `median`, `successive_halving` (`suite.training.halving`) or None.
            `auto`: successive halving where searches are repeated and every learning rate is constant, so
            that the first epochs tell what the last will be; else none.
        target_value: of the monitored metric, for time-to-target; None: the median over the levels of what
            they reach.
        seed: every other seed derives from it.
        probes: what is measured on the weights of all replicates: names of files in `suite/probes`.
        predictions: what theory or a publication says will be seen.
        time_limit: seconds that a training may take, compiling included; k that are trained together may take
            k times as long. Beyond it their worker is replaced, see docs/reliability.md. None: no limit.
        memory_limit: GiB that a worker process may hold; it takes 0.6 by itself. None: no limit.
        diagnosis_replicates: trainings of each experiment at the end of the study, by which it finds out what
            limits its winner; 0: none. They are left out where they would cost more than a third of what
            the study's trainings did, counted in examples, each as often as it was seen.
        full: settings of `size=full`, for a question that the default size is too small to answer fairly.
        found: what `suite.study.resolve` found; no part of the declaration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    fixed: Config = Config()
    scientific: dict[str, tuple[Scalar | Level, ...]] = {}
    nuisance: dict[str, Distribution] = {}
    conditions: dict[str, tuple[Scalar | Level, ...]] = {}
    budget: Annotated[int, Field(ge=1)] = 20
    replicates: Annotated[int, Field(ge=2)] = 10
    protocol: Literal["repeated", "ideal", "single"] = "repeated"
    replicates_vary: Annotated[
        tuple[Literal["seed", "data_seed"], ...], Field(min_length=1), BeforeValidator(_split)
    ] = ("seed",)
    sampler: Literal["quasirandom", "tpe"] = "quasirandom"
    pruner: Literal["auto", "median", "successive_halving"] | None = "auto"
    target_value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    seed: Annotated[int, Field(ge=0)] = 0
    probes: Annotated[tuple[str, ...], BeforeValidator(_split)] = ()
    predictions: tuple[Prediction, ...] = ()
    time_limit: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    memory_limit: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    diagnosis_replicates: Annotated[int, Field(ge=0), AfterValidator(_not_one)] = 2
    full: dict[str, Scalar] = {}

    found: Annotated[Resolved | None, Field(exclude=True, repr=False)] = None

    @model_validator(mode="before")
    @classmethod
    def _names_are_of_today(cls, data: Any) -> Any:
        if isinstance(data, dict):
            refuse_renamed([*data, *(data.get("scientific") or ()), *(data.get("nuisance") or ())])
        return data

    @model_validator(mode="after")
    def _is_answerable(self) -> "Study":
        if not self.question.strip():
            raise ValueError("`question` must be a sentence. Received: an empty one.")
        if not self.scientific and not self.nuisance:
            raise ValueError("a study expects `scientific` or `nuisance`. Received: neither.")
        self._check_what_varies()
        self._check_conditions()
        self._declared  # noqa: B018 - builds and so validates every Config and space
        for name in self.probes:
            one_of("probes", name, registered("probes", "PROBES"))
        for prediction in self.predictions:
            self._check_prediction(prediction)
        return self

    def _check_conditions(self) -> None:
        if not self.conditions:
            return
        if len(self.conditions) > 1 or len(self.scientific) != 1 or self.probes or self.predictions:
            raise ValueError(
                "`conditions` expects one hyperparameter, in a study of one scientific hyperparameter without"
                f" probes and predictions. Received: {', '.join(self.conditions)}."
            )
        ((name, levels),) = self.conditions.items()
        check_names("conditions", [name], self._models)
        if name in (*self.scientific, *self.nuisance) or any(
            isinstance(level, Level) and level.nuisance for level in levels
        ):
            raise ValueError(f"`conditions` expects what is neither asked about nor tuned. Received: {name}.")
        if len({str(value) for value in values_of(levels)}) < max(len(levels), 2):
            raise ValueError(
                f"`conditions` expects two or more different values of {name}. Received: {values_of(levels)}."
            )

    def _check_prediction(self, prediction: Prediction) -> None:
        parts = [*self.probes, *([OF_SHAPE[self.shape]] if self.shape in OF_SHAPE else [])]
        shares = prediction.quantity == "importance" and self.shape == "search"
        prediction.check_place({"hyperparameter": list(self.nuisance)} if shares else self.levels)
        prediction.check_quantity(parts, [*QUANTITIES, *(["importance"] if self.shape == "search" else [])])

    def _check_what_varies(self) -> None:
        if len(self.scientific) > 2:
            raise ValueError(
                f"`scientific` expects one hyperparameter, or two. Received: {', '.join(self.scientific)}."
            )
        own = [level for levels in self.scientific.values() for level in levels if isinstance(level, Level)]
        named = {*self.scientific, *self.nuisance}.union(*(each.nuisance | each.fixed for each in own))
        for name, why in UNVARIED.items():
            if name in named:
                raise ValueError(f"a study does not vary `{name}`: {why}. Received: {name}.")
        if self.fixed.seed:
            raise ValueError(f"`fixed` sets no seed: {UNVARIED['seed']}. Received: seed={self.fixed.seed}.")
        for name, levels in self.levels.items():
            if not is_of_ways(name, self.scientific[name], self.fixed):
                check_names("scientific", [name], self._models)
            if len(levels) < 2 or len(set(map(str, levels))) < len(levels) or len(set(levels)) < len(levels):
                raise ValueError(
                    f"`scientific` expects two or more different values of {name}. Received: {list(levels)}."
                )

    @property
    def _models(self) -> list[str]:
        """The models that it names."""
        levels = [level for several in self.scientific.values() for level in several]
        of_levels = [level.fixed.get("model") for level in levels if isinstance(level, Level)]
        return [str(model) for model in (self.fixed.model, *self.levels.get("model", ()), *of_levels)]

    @property
    def levels(self) -> dict[str, list[Scalar]]:
        """The plain values of what is asked about, by hyperparameter."""
        return {name: values_of(levels) for name, levels in self.scientific.items()}

    @property
    def shape(self) -> Literal["comparison", "grid", "curve", "search", "profile"]:
        """The shape of the question. A curve has three or more levels of one hyperparameter, all numbers; a
        profile has conditions."""
        if self.conditions:
            return "profile"
        if len(self.scientific) != 1:
            return "grid" if self.scientific else "search"
        (levels,) = self.levels.values()
        numbers = [
            level for level in levels if isinstance(level, int | float) and not isinstance(level, bool)
        ]
        return "curve" if len(numbers) == len(levels) >= 3 else "comparison"

    @property
    def parts(self) -> "dict[str, Study]":
        """The question under each condition, by its name; where there are none the study itself, without a
        name."""
        return self._under or {"": self}

    @cached_property
    def _under(self) -> "dict[str, Study]":
        data = {name: getattr(self, name) for name in Study.model_fields if name != "found"}
        alone, parts = Study(**data | {"conditions": {}}), {}
        for name, levels in self.conditions.items():
            for level in levels:
                settings = level.fixed if isinstance(level, Level) else {}
                (value,) = values_of([level])
                parts[str(value)] = alone.replace(**{name: value, **settings})
        return parts

    @cached_property
    def _declared(self) -> tuple[Case, ...]:
        if not self.conditions:
            return cases_of(self.fixed, self.scientific, self.nuisance)
        ((name, levels),) = self.conditions.items()
        values = zip(values_of(levels), self.parts.items(), strict=True)
        return tuple(
            case.under(condition, {name: value})
            for value, (condition, part) in values
            for case in part._declared
        )

    @property
    def cases(self) -> tuple[Case, ...]:
        """One case for each level or each cell of the grid, in the order of the declaration, under each
        condition; of a pure search the case `tuned`. Of a resolved study with the batch sizes that its data
        allow."""
        return self.found.cases if self.found else self._declared

    @property
    def notes(self) -> tuple[str, ...]:
        """What resolving the study left out, a sentence each."""
        return self.found.notes if self.found else ()

    def extreme_configs(self) -> list[Config]:
        """Gives a configuration for every case and each end and option of its nuisances."""
        return list(dict.fromkeys(config for case in self.cases for config in case.extreme_configs()))

    @property
    def trainings(self) -> int:
        """Number of trainings: trials and replicates of all cases."""
        return sum(self.searches_of(case) * self.trials_of(case) + self.replicates for case in self.cases)

    def searches_of(self, case: Case) -> int:
        """Gives the number of independent searches of a case; see `protocol`."""
        if self.protocol == "single" or not self.scientific or not case.space or self.prunes == "median":
            return 1
        return self.replicates if self.protocol == "ideal" else min(SEARCHES, self.replicates)

    def trials_of(self, case: Case) -> int:
        """Gives the number of trials of a search: the budget, or one where nothing is tuned."""
        return self.budget if case.space else 1

    @property
    def prunes(self) -> Literal["median", "successive_halving"] | None:
        """What ends poor trials early; None if nothing does."""
        if self.pruner != "auto":
            return self.pruner
        constant = all(
            case.config.learning_rate_schedule == "constant"
            and not case.config.warmup
            and not {"learning_rate_schedule", "warmup"} & set(case.space)
            for case in self.cases
        )
        repeated = self.protocol != "single" and self.scientific and any(case.space for case in self.cases)
        return "successive_halving" if repeated and constant else None

    @property
    def own_files(self) -> tuple[str, ...]:
        """Paths of the user's own files that the trainings depend on."""
        models = [str(model) for model in dict.fromkeys(case.config.model for case in self._declared)]
        data = dict.fromkeys(case.config.dataset for case in self._declared)
        return (*(path for path in data if is_own_data(path)), *(model for model in models if is_own(model)))

    @property
    def key(self) -> str:
        """Identifies the trainings, by the declaration and what is in the user's own files; see `study_key`.

        Raises:
            ValueError: the study has own files and was not resolved.
        """
        digests = self.found.digests if self.found else {}
        if missing := [path for path in self.own_files if path not in digests]:
            raise ValueError(
                f"`key` expects a study that was resolved. Received: one that names {missing[0]}."
            )
        return study_key(self.model_dump(mode="json") | {"pruner": self.prunes}, digests)

    def replace(self, **changes: Any) -> "Study":
        """Gives a validated copy; a name that is not a field of Study is a field of `fixed`.

        With another data set come its own sizes, the kind of model that it asks for, and of what is tuned
        that which the model takes: a user's own model is read for that.

        Raises:
            ValueError: an unknown name, a value that its field refuses, or a hyperparameter that is not fixed
                here.
        """
        refuse_moved(changes)
        moves = changes.get("dataset", self.fixed.dataset) != self.fixed.dataset
        fixed = self.fixed
        if moves:
            suited = self._suited(changes["dataset"])
            if "model" in suited and "model" not in changes:
                fixed = Config(**fixed.model_dump(exclude={*fixed.own_arguments}))
            changes = suited | changes
        mine = {name: value for name, value in changes.items() if name in SETTABLE}
        others = {name: value for name, value in changes.items() if name not in mine}
        model = str(others.get("model", fixed.model))
        check_names("set", others, [model], SETTABLE)
        for name in others:
            if name in (*self.scientific, *self.nuisance, *self.conditions):
                raise ValueError(
                    f"`set` expects what this study fixes; {name} is what it varies."
                    f" Received: {name}={others[name]}."
                )
        data = {name: getattr(self, name) for name in Study.model_fields if name != "found"} | mine
        if moves:
            takes = hyperparameters(check_name(model))
            of_all = {*Config.model_fields} - {*MODEL_FIELDS}
            kept = [name for name in self.nuisance if name in of_all or name in takes]
            data["nuisance"] = {name: self.nuisance[name] for name in kept}
            others |= {name: None for name in ("train_size", "validation_size") if name in self.scientific}
        if others:
            data["fixed"] = fixed.replace(**others)
        return Study(**data)

    def sized(self, size: str) -> "Study":
        """Gives the study in another size.

        Args:
            size: `small`, a first look: one search of a quarter of the trials, and SMALL_REPLICATES; `full`:
                with the settings that the study declares for it; or `default`.

        Raises:
            ValueError: another size, or `full` of a study whose default is the whole.
        """
        one_of("size", size, SIZES)
        if size == "small":
            replicates = min(self.replicates, SMALL_REPLICATES)
            return self.replace(budget=-(-self.budget // 4), replicates=replicates, protocol="single")
        return self.replace(**check_full(self.full)) if size == "full" else self

    def _suited(self, dataset: str) -> dict[str, Any]:
        """What changes with the data set: sizes are its own again, what DATASET_DEFAULTS says of it, and a
        model that it asks for has the hyperparameters that it takes."""
        settings: dict[str, Any] = dict.fromkeys(("train_size", "validation_size"))
        settings |= DATASET_DEFAULTS.get(dataset, {})
        if "model" in settings:
            takes = hyperparameters(settings["model"])
            settings |= {
                name: Config.model_fields[name].default for name in MODEL_FIELDS if name not in takes
            }
        varied = {*self.scientific, *self.nuisance}
        return {name: value for name, value in settings.items() if name not in varied}
