"""Searches over the nuisances of one case: the only file that knows Optuna's samplers.

Trials are proposed in batches from the results of the batches before, in the order of their numbers, and
every random choice derives from the study's seed and a trial's number. So neither the order of execution
nor an interruption changes what a search finds, and nothing but finished trainings need be kept.
"""

import math
import warnings
import zlib
from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.stats import qmc

from suite.running.pruning import MedianRule
from suite.study.space import Choice, Distribution, Integer, LogUniform, NearOne
from suite.study.study import Case, Study
from suite.training.result import Result

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

BATCH = 10
"""Trials proposed before their results are seen, by TPE and by the median pruner: enough work for every
worker, few enough to learn from."""

BRACKET = 20
"""Trials of a quasi-random search that successive halving has compete."""

IMPORTANCE_TRIALS = 256
"""Most trials that importance is estimated from: what that costs grows faster than their number."""


def derive(*parts: int | str) -> int:
    """Returns a 31-bit seed that depends on every one of `parts`."""
    numbers = [part if isinstance(part, int) else zlib.crc32(part.encode()) for part in parts]
    return int(np.random.SeedSequence(numbers).generate_state(1)[0] >> 1)


def sobol_point(dimensions: int, seed: int, number: int) -> np.ndarray:
    """[dimensions] Returns point `number` of a scrambled Sobol sequence, in [0, 1)."""
    return _sobol(dimensions, seed, 1 << max(number, 63).bit_length())[number]


@cache
def _sobol(dimensions: int, seed: int, count: int) -> np.ndarray:
    return qmc.Sobol(dimensions, scramble=True, rng=seed).random(count)


class Search:
    """Proposes the trials of one case.

    Args:
        study: whose budget, sampler, pruner and seed hold.
        case: what is searched.
        number: of the search, of several independent ones.
    """

    def __init__(self, study: Study, case: Case, number: int = 0):
        self.study, self.case, self.budget = study, case, study.trials_of(case)
        # Cases with one space get the same points.
        self._seed = derive(study.seed, "search", *([number] if number else []))
        self._learns = study.sampler == "tpe" or study.prunes == "median"
        halves = study.prunes == "successive_halving"
        self._batch = BATCH if self._learns else BRACKET if halves else self.budget

    def propose(self, results: Mapping[int, Result]) -> list[tuple[int, dict[str, Any]]]:
        """Returns the first batch that is not finished, or all trials where none depends on results: number
        and hyperparameters of each trial that is missing.

        Args:
            results: finished trials by number.

        Returns:
            Nothing once the budget is spent.
        """
        numbers = self.batch_of(self._finished(results)) if self._learns else range(self.budget)
        if self.study.sampler == "tpe" and self.case.space and numbers:
            points = self._tpe.propose(numbers, results)
        else:
            points = [self._point(number) for number in numbers]
        return [(n, values) for n, values in zip(numbers, points, strict=True) if n not in results]

    def declared(self) -> list[tuple[int, dict[str, Any]]]:
        """Returns every trial of a quasi-random search, which depends on its number only."""
        return [(number, self._point(number)) for number in range(self.budget)]

    def median_rule(self, results: Mapping[int, Result]) -> MedianRule | None:
        """Returns what decides which trials of the next batch end early; None without the median pruner."""
        if self.study.prunes != "median":
            return None
        told = [results[number] for number in range(self._finished(results))]
        return MedianRule(
            self.study.fixed.minimize, tuple(tuple(r.monitored) for r in told if is_complete(r))
        )

    def batch_of(self, number: int) -> range:
        """Returns the numbers of the trials that are proposed, or compete, with trial `number`."""
        start = number // self._batch * self._batch
        return range(start, min(start + self._batch, self.budget))

    def importance(self, results: Mapping[int, Result]) -> dict[str, float] | None:
        """Returns the share of the objective's variance that each hyperparameter explains, largest first.

        It is fANOVA's (Hutter et al. 2014) rather than Optuna's default, which scores a hyperparameter that
        decides the loss near 0. Of many trials it takes IMPORTANCE_TRIALS, evenly over their numbers.

        Args:
            results: finished trials by number.

        Returns:
            None where there are too few finished trials or one hyperparameter.
        """
        numbers = [number for number, result in sorted(results.items()) if is_complete(result)]
        if len(numbers) < 10 or len(self.case.space) < 2:
            return None
        places = np.linspace(0, len(numbers) - 1, min(len(numbers), IMPORTANCE_TRIALS)).round().astype(int)
        optuna = _optuna()
        within = optuna.create_study(direction=direction(self.study))
        within.add_trials([optuna_trial(self.study, self.case, results[numbers[place]]) for place in places])
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=self._seed)
        found = optuna.importance.get_param_importances(within, evaluator=evaluator)
        return {name: float(share) for name, share in found.items()}

    def _finished(self, results: Mapping[int, Result]) -> int:
        """Number of the trials that lie in batches of which every trial is finished."""
        missing = next((number for number in range(self.budget) if number not in results), self.budget)
        if missing == self.budget:
            return missing
        return missing // self._batch * self._batch

    def _point(self, number: int) -> dict[str, Any]:
        """The hyperparameters of trial `number` of a quasi-random search, which depend on nothing else."""
        if not self.case.space:
            return {}
        point = sobol_point(len(self.case.space), self._seed, number)
        return {
            name: d.quantile(float(u)) for (name, d), u in zip(self.case.space.items(), point, strict=True)
        }

    @cached_property
    def _tpe(self) -> "_Tpe":
        return _Tpe(self.study, self.case, self._seed)


class _Tpe:
    """Optuna's TPE over a study in memory, which holds the finished trials in the order of their numbers.

    Args:
        study, case: what is searched.
        seed: of the search.
    """

    def __init__(self, study: Study, case: Case, seed: int):
        self._study, self._case, self._seed = study, case, seed
        self._distributions = {name: optuna_distribution(d) for name, d in case.space.items()}
        self._optuna = _optuna().create_study(direction=direction(study))
        self._asked: dict[int, optuna.Trial] = {}
        self._told = 0

    def propose(self, numbers: range, results: Mapping[int, Result]) -> list[dict[str, Any]]:
        """Returns the hyperparameters of each trial of a batch; all trials before it are among `results`."""
        for number in range(self._told, numbers.start):
            self._tell(number, results[number])
        self._told = numbers.start
        for number in numbers:
            if number not in self._asked:
                self._optuna.sampler = _sampler()(self._case.space, derive(self._seed, number))
                self._asked[number] = self._optuna.ask(self._distributions)
        return [
            {
                name: encode(self._case.space[name], value)
                for name, value in self._asked[number].params.items()
            }
            for number in numbers
        ]

    def _tell(self, number: int, result: Result) -> None:
        finished = optuna_trial(self._study, self._case, result)
        if number not in self._asked:  # it was proposed by an earlier session
            self._optuna.add_trial(finished)
            return
        trial = self._asked.pop(number)
        for evaluation, value in finished.intermediate_values.items():
            trial.report(value, evaluation)
        self._optuna.tell(trial, finished.value, state=finished.state)


@cache
def _sampler() -> Any:
    """The class of the sampler, which needs Optuna imported."""
    _optuna()
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    class Sampler(TPESampler):
        """TPE that is told the hyperparameters of all trials: finding them out takes half of its time."""

        def __init__(self, space: dict[str, Distribution], seed: int):
            super().__init__(seed=seed, constant_liar=True)
            self._declared = space

        def infer_relative_search_space(
            self, study: "optuna.Study", trial: "FrozenTrial"
        ) -> "dict[str, BaseDistribution]":
            seen = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
            return (
                {name: optuna_distribution(d) for name, d in sorted(self._declared.items())} if seen else {}
            )

        def sample_relative(self, *arguments: Any, **named: Any) -> dict[str, Any]:
            sampled = super().sample_relative(*arguments, **named)
            return {name: self._rounded(name, value) for name, value in sampled.items()}

        def sample_independent(
            self, study: "optuna.Study", trial: "FrozenTrial", name: str, distribution: "BaseDistribution"
        ) -> Any:
            return self._rounded(name, super().sample_independent(study, trial, name, distribution))

        def _rounded(self, name: str, value: Any) -> Any:
            """`value` as it comes back from a config, so that a later session learns from the same number."""
            return encode(self._declared[name], encode(self._declared[name], value))

    return Sampler


def is_complete(result: Result) -> bool:
    """Says whether a trial was trained to its end, so that its objective counts."""
    return result.status in ("completed", "stopped") and math.isfinite(result.objective)


def direction(study: Study) -> Literal["minimize", "maximize"]:
    """Returns what Optuna calls the direction of a study."""
    return "minimize" if study.fixed.minimize else "maximize"


def optuna_trial(study: Study, case: Case, result: Result) -> "FrozenTrial":
    """Returns a finished trial in Optuna's terms; one that was pruned or diverged is pruned, one that failed
    has failed.

    Args:
        study: with a pruner, the monitored values of all evaluations are part of the trial.
        case: whose hyperparameters were searched.
        result: of the trial.
    """
    from optuna.trial import TrialState, create_trial

    curve = result.monitored if study.prunes else ()
    complete = is_complete(result)
    lost = TrialState.FAIL if result.status == "failed" else TrialState.PRUNED
    return create_trial(
        state=TrialState.COMPLETE if complete else lost,
        value=result.objective if complete else None,
        params={name: encode(d, getattr(result.config, name)) for name, d in case.space.items()},
        distributions={name: optuna_distribution(d) for name, d in case.space.items()},
        intermediate_values={evaluation: value for evaluation, value in enumerate(curve, start=1)},
        user_attrs={"status": result.status},
    )


def optuna_distribution(distribution: Distribution) -> "BaseDistribution":
    """Returns a distribution in Optuna's terms; NearOne is searched as the log-uniform distance from one."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    match distribution:
        case Choice(options=options):
            return CategoricalDistribution(options)
        case NearOne(low=low, high=high):
            return FloatDistribution(1 - high, 1 - low, log=True)
        case Integer(low=low, high=high, log=log):
            return IntDistribution(low, high, log=log)
    return FloatDistribution(distribution.low, distribution.high, log=isinstance(distribution, LogUniform))


def encode(distribution: Distribution, value: Any) -> Any:
    """Returns a value as Optuna stores it, and the other way round: 1 - x is its own inverse."""
    return 1 - value if isinstance(distribution, NearOne) else value


@cache
def _optuna() -> Any:
    """Optuna, quiet. It is imported when it is first used: a quasi-random search needs none of it."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    return optuna
