"""Trains the experiments of a diagnosis, and lets `suite.analysis.limits` decide."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from suite.analysis.limits import Experiment, Kind, Limits, decide
from suite.data.dataset import Dataset
from suite.data.inspect.baseline import validation_losses
from suite.diagnosis import experiments
from suite.study.config import Config
from suite.training import Result, train_many
from suite.training.load import load
from suite.training.plan import Plan, plan_for
from suite.training.settled import settled_losses

REPLICATES = 4
"""Trainings of each experiment."""

Say = Callable[[str], object]


def diagnose(
    config: Config,
    *,
    dataset: Dataset | None = None,
    replicates: int = REPLICATES,
    say: Say = lambda doing: None,
) -> Limits:
    """Finds out by experiments what limits a training.

    Where the parts of the loss cannot be told apart, all is trained again with as many fresh seeds, once.

    Args:
        config: the training; its `seed` is the first of the replicates'.
        dataset: what it is trained on; None: what `config` names.
        replicates: trainings of each experiment, two or more.
        say: told what is being tried.

    Raises:
        ValueError: fewer than two replicates, or what `suite.training.train` refuses.
    """
    if replicates < 2:
        raise ValueError(f"`replicates` must be at least 2. Received: replicates={replicates}.")
    lab = Lab(config, dataset, range(config.seed, config.seed + replicates))
    base, found = _first(lab, say)
    limits = _decided(lab, base, found)
    if limits.more_would_tell:
        say(f"{replicates} more trainings of each, as the parts can't be told apart")
        lab.seeds = range(config.seed + replicates, config.seed + 2 * replicates)
        more = lab.train([{}], weights=config.normalization == "batch")[0]
        found = [lab.experiment("as it is", {}, base + more), *(_again(lab, each) for each in found[1:])]
        limits = _decided(lab, base + more, found)
    return limits


def _first(lab: "Lab", say: Say) -> tuple[list[Result], list[Experiment]]:
    """Trains all experiments; returns the results of the first, the training as it is, too."""
    config = lab.config
    say("as it is, and other trainings of the same model")
    changes = [{}, *experiments.other_trainings(config)]
    base, *others = lab.train(changes, weights=config.normalization == "batch")
    found = [lab.experiment("as it is", {}, base)]
    found += [lab.experiment("optimisation", *each) for each in zip(changes[1:], others, strict=True)]
    if larger := experiments.larger(config):
        say("a larger model")
        best = min(found, key=lambda each: float(np.mean(each.val))).change
        changes = [larger, {**larger, **best}] if best else [larger]
        found += [lab.experiment("capacity", *each) for each in zip(changes, lab.train(changes), strict=True)]
    if change := experiments.regularized(config):
        say("more regularization")
        found += [lab.experiment("regularization", change, lab.train([change])[0])]
    for count in lab.sizes():
        if parts := lab.parts(count):
            say(f"{count:,} training examples")
            found.append(lab.on(parts))
    say("simple methods")
    found += lab.simple_methods()
    return base, found


def _again(lab: "Lab", experiment: Experiment) -> Experiment:
    """An experiment with the trainings of the lab's seeds added, where they can be made."""
    if experiment.kind == "simple method":
        return experiment
    if experiment.kind == "data":
        parts = lab.parts(experiment.examples)
        if not parts:
            return experiment
        more = lab.on(parts)
    else:
        change = experiment.change
        more = lab.experiment(experiment.kind, change, lab.train([change])[0])
    return replace(
        experiment,
        train=np.concatenate([experiment.train, more.train]),
        val=np.concatenate([experiment.val, more.val]),
        seconds=experiment.seconds + more.seconds,
    )


def _decided(lab: "Lab", base: Sequence[Result], found: Sequence[Experiment]) -> Limits:
    curves = {name: padded(result.curves[name] for result in base) for name in ("train_loss", "val_loss")}
    settled = settled_losses(base, lab.dataset) if lab.config.normalization == "batch" else None
    return decide(curves, found, guessing=lab.dataset.guessing, settled=settled)


class Lab:
    """Trains changes of one configuration.

    Args:
        config: that is changed. dataset: what it is trained on; None: what it names.
        seeds: of the trainings of each change.
    """

    def __init__(self, config: Config, dataset: Dataset | None, seeds: Sequence[int]):
        self.config, self.seeds = config, seeds
        self.dataset = dataset or load(config)
        self._planned = dataset is None

    def train(
        self,
        changes: Sequence[Mapping[str, Any]],
        *,
        seeds: Sequence[int] | None = None,
        dataset: Dataset | None = None,
        weights: bool = False,
    ) -> list[list[Result]]:
        """Trains each change with every seed; they must be of one structure. Weights are of the first one."""
        seeds = seeds or self.seeds
        configs = [self.config.replace(**change, seed=seed) for change in changes for seed in seeds]
        steps = sum(config.epochs for config in configs) * (len(self.dataset.train) // self.config.batch_size)
        plan = (
            plan_for(configs[0], steps) if self._planned and dataset is None else Plan(False, len(seeds), {})
        )
        results: dict[int, Result] = {}
        trained = train_many(
            configs, dataset=dataset or self.dataset, lanes=plan.lanes, xla=plan.xla, weights=weights
        )
        for index, result in trained:
            results[index] = result if index < len(seeds) else replace(result, weights=None)
        count = len(seeds)
        return [[results[i * count + j] for j in range(count)] for i in range(len(changes))]

    def experiment(self, kind: Kind, change: Mapping[str, Any], results: Sequence[Result]) -> Experiment:
        """Gives what trainings of a change say."""
        name = "as it is" if not change else experiments.in_words(self.config, change)
        return _experiment(kind, name, change, results, len(self.dataset.train))

    def sizes(self) -> list[int]:
        """Gives the numbers of training examples of smaller training splits."""
        whole = len(self.dataset.train)
        smallest = max(whole / experiments.SMALLEST, self.config.batch_size)
        sizes: list[int] = np.geomspace(smallest, whole, experiments.PARTS + 1)[:-1].astype(int).tolist()
        return [count for count in sizes if count < whole]

    def parts(self, count: int) -> list[Dataset]:
        """Gives the data set with so many training examples, drawn for each seed; none, where they leave out
        a class.

        With one part for all seeds, the luck of that part would pass for what its size does.
        """
        whole, classes = len(self.dataset.train), self.dataset.num_classes
        draws = [np.random.default_rng([seed, count]).permutation(whole)[:count] for seed in self.seeds]
        parts = [self.dataset.train.take(drawn) for drawn in draws]
        if classes and any(len(np.unique(part.y)) < classes for part in parts):
            return []
        return [replace(self.dataset, train=part) for part in parts]

    def on(self, parts: Sequence[Dataset]) -> Experiment:
        """Trains on parts of the examples, the seeds in turn on each.

        The gradient steps and the evaluations are as many as on all examples.
        """
        batch, count = self.config.batch_size, len(parts[0].train)
        per_epoch = len(self.dataset.train) // batch
        change = {
            "epochs": max(1, round(self.config.epochs * per_epoch / (count // batch))),
            "evaluate_every": self.config.evaluate_every or per_epoch,
        }
        results = [
            result
            for index, part in enumerate(parts)
            for result in self.train([change], seeds=self.seeds[index :: len(parts)], dataset=part)[0]
        ]
        name = f"{count:,} of {len(self.dataset.train):,} training examples"
        return _experiment("data", name, {"train_size": count}, results, count)

    def simple_methods(self) -> list[Experiment]:
        """Gives the validation loss of each simple method but guessing."""
        found, started = [], time.perf_counter()
        for name, loss in validation_losses(self.dataset):
            ended = time.perf_counter()
            if name not in ("majority", "mean"):
                alone = (np.array([np.nan]), np.array([loss]), len(self.dataset.train), ended - started)
                found.append(Experiment("simple method", name, {}, *alone))
            started = ended
        return found


def padded(curves: Iterator[np.ndarray]) -> np.ndarray:
    """[n, t] curves with NaN after their ends."""
    rows = list(curves)
    length = max(map(len, rows))
    return np.array([np.pad(row, (0, length - len(row)), constant_values=np.nan) for row in rows])


def _experiment(
    kind: Kind, name: str, change: Mapping[str, Any], results: Sequence[Result], examples: int
) -> Experiment:
    train, val = (
        np.array([_kept(result, curve) for result in results]) for curve in ("train_loss", "val_loss")
    )
    return Experiment(kind, name, change, train, val, examples, sum(result.seconds for result in results))


def _kept(result: Result, curve: str) -> float:
    """A loss at the kept weights; infinite where the training diverged."""
    if result.best is None or result.status == "diverged":
        return np.inf
    return float(result.curves[curve][result.best])
