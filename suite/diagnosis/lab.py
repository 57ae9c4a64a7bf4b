"""Trains the experiments of a diagnosis."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from suite.analysis.limits import Experiment, Kind
from suite.data.dataset import Dataset
from suite.data.inspect.baseline import validation_losses
from suite.diagnosis.experiments import Group, in_words, is_past
from suite.diagnosis.trained import Trained, as_it_is, measured
from suite.study.config import Config
from suite.training.engine import train_many
from suite.training.load import load
from suite.training.plan import Plan, plan_for
from suite.training.result import Result
from suite.training.settled import settled_losses


class Lab:
    """Trains changes of one configuration.

    Args:
        config: that is changed. dataset: what it is trained on; None: what it names.
    """

    def __init__(self, config: Config, dataset: Dataset | None = None):
        self.config, self.dataset = config, dataset or load(config)
        self._planned = dataset is None

    def perform(self, group: Group, seeds: Sequence[int]) -> Trained:
        """Trains each experiment of a group with every seed.

        Nothing comes of parts of the training split that lack a class.
        """
        kinds, changes = zip(*group.tried, strict=True)
        if "simple method" in kinds:
            return Trained(self._simple_methods())
        parts = None
        if group.examples is not None:
            parts = [self._part(group.examples, seed) for seed in seeds]
            changes = tuple({} for _ in changes)
            if not all(map(self._has_all_classes, parts)):
                return Trained(())
        alone, batch_normalized = kinds == ("as it is",), self.config.normalization == "batch"
        trained = self.train(changes, seeds, parts, weights=alone and batch_normalized)
        if alone:
            settled = settled_losses(trained[0], self.dataset) if batch_normalized else None
            return as_it_is(trained[0], len(self.dataset.train), settled)
        examples = group.examples or len(self.dataset.train)
        return Trained(
            [
                measured(kind, self._name(kind, change, examples), change, results, examples)
                for (kind, change), results in zip(group.tried, trained, strict=True)
            ]
        )

    def train(
        self,
        changes: Sequence[Mapping[str, Any]],
        seeds: Sequence[int],
        parts: Sequence[np.ndarray] | None = None,
        *,
        weights: bool = False,
    ) -> list[list[Result]]:
        """Trains each change with every seed; they must be of one structure.

        All are run as the configuration itself is best run. A changed training ends when it is surely beyond
        its best, see `is_past`.

        Args:
            changes: field of Config -> value. seeds: of each.
            parts: for each seed the training examples that it sees; None: all.
            weights: whether results carry them.
        """
        count = len(seeds)
        configs = [self.config.replace(**change, seed=seed) for change in changes for seed in seeds]
        per_epoch = len(self.dataset.train) // self.config.batch_size
        steps = sum(config.epochs for config in configs) * per_epoch
        plan = plan_for(self.config, steps) if self._planned else Plan(False, count, {})
        lanes = count if plan.lanes > 1 else 1  # none of them is idle
        evaluations = -(-self.config.epochs * per_epoch // (self.config.evaluate_every or per_epoch))

        def ends(index: int, values: list[float]) -> bool:
            changed = parts is not None or changes[index // count]
            return bool(changed) and is_past(self.config, values, evaluations)

        trained = train_many(
            configs,
            dataset=None if self._planned else self.dataset,
            lanes=lanes,
            xla=plan.xla,
            weights=weights,
            on_evaluation=ends,
            parts=[part for _ in changes for part in parts] if parts else None,
        )
        results = dict(trained)
        return [[results[at * count + of] for of in range(count)] for at in range(len(changes))]

    def _part(self, count: int, seed: int) -> np.ndarray:
        """So many training examples, drawn for each seed.

        With one part for all seeds, the luck of that part would pass for what its size does.
        """
        return np.random.default_rng([seed, count]).permutation(len(self.dataset.train))[:count]

    def _has_all_classes(self, part: np.ndarray) -> bool:
        classes = self.dataset.num_classes
        return not classes or len(np.unique(self.dataset.train.y[part])) == classes

    def _name(self, kind: Kind, change: Mapping[str, Any], examples: int) -> str:
        if kind == "data":
            return f"{examples:,} of {len(self.dataset.train):,} training examples"
        return in_words(self.config, change)

    def _simple_methods(self) -> list[Experiment]:
        """The validation loss of each simple method but guessing."""
        found, started = [], time.perf_counter()
        for name, loss in validation_losses(self.dataset):
            ended = time.perf_counter()
            if name not in ("majority", "mean"):
                alone = (np.array([np.nan]), np.array([loss]), len(self.dataset.train), ended - started)
                found.append(Experiment("simple method", name, {}, *alone))
            started = ended
        return found
