"""Search over the nuisances of one case: the only file that knows Optuna's samplers and pruners.

Trials are asked for in batches and told in the order of their numbers, and every random choice derives from the study's seed
and a trial's number. So neither the order of execution nor an interruption changes what a search finds.
"""

import logging
import math
import warnings
import zlib
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import optuna
from filelock import FileLock
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState
from scipy.stats import qmc

from suite import paths
from suite.study.space import Choice, Distribution, Integer, LogUniform, NearOne
from suite.study.study import Case, Study
from suite.training.result import Result

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)

BATCH = 10
"""Trials proposed before their results are seen, by TPE and by a pruner: enough work for every worker, few enough to learn
from."""

logger = logging.getLogger(__name__)


def derive(*parts: int | str) -> int:
    """A 31-bit seed that depends on every one of `parts`."""
    numbers = [part if isinstance(part, int) else zlib.crc32(part.encode()) for part in parts]
    return int(np.random.SeedSequence(numbers).generate_state(1)[0] >> 1)


class QuasiRandomSampler(optuna.samplers.BaseSampler):
    """Scrambled Sobol points: trial n takes point n, whatever was run before.

    Optuna's own QMCSampler draws the first trial and all categoricals at random and counts its points in the storage.
    """

    def __init__(self, space: dict[str, Distribution], seed: int):
        self._space, self._seed = space, seed

    def infer_relative_search_space(self, study, trial):
        return {name: optuna_distribution(distribution) for name, distribution in self._space.items()}

    def sample_relative(self, study, trial, search_space):
        if not self._space:
            return {}
        point = sobol_point(len(self._space), self._seed, trial.number)
        return {
            name: encode(d, d.quantile(float(u)))
            for (name, d), u in zip(self._space.items(), point, strict=True)
        }

    def sample_independent(self, study, trial, param_name, param_distribution):
        raise NotImplementedError(f"{param_name} is not in the declared space")


def sobol_point(dimensions: int, seed: int, number: int) -> np.ndarray:
    """[dimensions] point `number` of a scrambled Sobol sequence, in [0, 1)."""
    return _sobol(dimensions, seed, 1 << max(number, 63).bit_length())[number]


@cache
def _sobol(dimensions: int, seed: int, count: int) -> np.ndarray:
    return qmc.Sobol(dimensions, scramble=True, rng=seed).random(count)


def optuna_distribution(distribution: Distribution) -> BaseDistribution:
    """The distribution in Optuna's terms; NearOne is searched as the log-uniform distance from one."""
    match distribution:
        case Choice(options=options):
            return CategoricalDistribution(options)
        case NearOne(low=low, high=high):
            return FloatDistribution(1 - high, 1 - low, log=True)
        case Integer(low=low, high=high, log=log):
            return IntDistribution(low, high, log=log)
    return FloatDistribution(distribution.low, distribution.high, log=isinstance(distribution, LogUniform))


def encode(distribution: Distribution, value):
    """A hyperparameter's value as Optuna stores it, and the other way round: the distance from one is its own inverse."""
    return 1 - value if isinstance(distribution, NearOne) else value


def storage() -> optuna.storages.BaseStorage:
    """The suite's own Optuna storage: sqlite below `paths.home()`."""
    path = paths.home() / "optuna.db"
    with FileLock(f"{path}.lock"):
        return optuna.storages.RDBStorage(
            f"sqlite:///{path}", engine_kwargs={"connect_args": {"timeout": 60}}
        )


class Search:
    """The sub-search of one case, kept in an Optuna storage.

    Args:
        study, case: what is searched.
        storage: an Optuna storage.
    """

    def __init__(self, study: Study, case: Case, storage: optuna.storages.BaseStorage):
        self.study, self.case, self.budget = study, case, study.trials_of(case)
        self._seed = derive(study.seed, "search")  # values with one space get the same points
        self._distributions = {name: optuna_distribution(d) for name, d in case.space.items()}
        self._optuna = optuna.create_study(
            study_name=f"{study.key}/{case.label}",
            storage=storage,
            direction="minimize" if study.fixed.minimize else "maximize",
            load_if_exists=True,
        )

    @property
    def trials(self) -> list[FrozenTrial]:
        """All trials within the budget, in the order of their numbers."""
        return self._optuna.get_trials(deepcopy=False)[: self.budget]

    def propose(self) -> list[tuple[int, dict]]:
        """(number, hyperparameters) of all trials so far, with those of a new batch if every one before was told. Nothing
        new means that the budget is spent."""
        trials = self.trials
        if all(trial.state.is_finished() for trial in trials) or self._batch_is_torn(len(trials)):
            for number in range(len(trials), self._batch_end(len(trials))):
                self._optuna.sampler = self._sampler(number)
                self._optuna.ask(self._distributions)
        return [(trial.number, self._values(trial)) for trial in self.trials]

    def tell(self, results: dict[int, Result]) -> None:
        """Hands over results by trial number, those told before apart."""
        trials = self.trials
        for number, result in sorted(results.items()):
            if trials[number].state.is_finished():
                continue
            trial = optuna.Trial(self._optuna, trials[number]._trial_id)
            trial.set_user_attr("status", result.status)
            if self.study.pruner:
                for evaluation, value in enumerate(result.curves[self.study.fixed.monitor]):
                    trial.report(float(value), evaluation + 1)
            if result.status in ("pruned", "diverged"):
                self._optuna.tell(number, state=TrialState.PRUNED)
            else:
                self._optuna.tell(number, result.objective)

    def importance(self) -> dict[str, float] | None:
        """Share of the objective's variance that each hyperparameter explains (fANOVA, Hutter et al. 2014), largest first;
        None where there are too few finished trials or one hyperparameter.

        fANOVA rather than Optuna's default: that scores a hyperparameter which decides the loss near 0.
        """
        finished = [t for t in self.trials if t.state == TrialState.COMPLETE]
        if len(finished) < 10 or len(self.case.space) < 2:
            return None
        within = optuna.create_study(direction=self._optuna.direction)
        within.add_trials(finished)
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=self._seed)
        return optuna.importance.get_param_importances(within, evaluator=evaluator)

    def pruning_rule(self) -> "PruningRule | None":
        """What decides in the workers which trials of the next batch end early; None without a pruner."""
        if not self.study.pruner:
            return None
        told = [trial for trial in self.trials if trial.state.is_finished()]
        return PruningRule(self.study.pruner, self._optuna.direction.name.lower(), told)

    def _batch_end(self, asked: int) -> int:
        """Number of trials when the batch that trial `asked` belongs to is complete."""
        size = BATCH if self.study.sampler == "tpe" or self.study.pruner else self.budget
        return min(asked // size * size + size, self.budget)

    def _batch_is_torn(self, asked: int) -> bool:
        """Whether an interruption came while a batch was being asked for."""
        return asked > 0 and self._batch_end(asked - 1) > asked

    def _values(self, trial: FrozenTrial) -> dict:
        return {name: encode(self.case.space[name], value) for name, value in trial.params.items()}

    def _sampler(self, number: int) -> optuna.samplers.BaseSampler:
        if self.study.sampler == "quasirandom":
            return QuasiRandomSampler(self.case.space, self._seed)
        return optuna.samplers.TPESampler(seed=derive(self._seed, number), constant_liar=True)


@dataclass
class PruningRule:
    """Prunes by the trials of finished batches only, so that the speed of the workers decides nothing. Picklable."""

    pruner: str
    direction: str
    told: list[FrozenTrial]

    @cached_property
    def _optuna(self) -> optuna.Study:
        pruners = {
            "median": optuna.pruners.MedianPruner(n_startup_trials=8, n_warmup_steps=1),
            "successive_halving": optuna.pruners.SuccessiveHalvingPruner(),
        }
        study = optuna.create_study(direction=self.direction, pruner=pruners[self.pruner])
        study.add_trials(self.told)
        return study

    def __call__(self, values: list[float]) -> bool:
        """Whether a trial with these monitored values so far should end. Each call stands alone: a probe trial is asked
        for, judged and failed."""
        if not math.isfinite(values[-1]):
            return True
        trial = self._optuna.ask()
        for evaluation, value in enumerate(values):
            trial.report(value, evaluation + 1)
        prune = trial.should_prune()
        self._optuna.tell(trial, state=TrialState.FAIL)
        return prune
