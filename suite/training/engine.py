"""Trains configurations: `train(config)` gives a `Result`, `train_many` those of one structure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from suite.data.dataset import Dataset
from suite.data.preprocessing import Prepared
from suite.study.config import Config
from suite.study.identity import structure
from suite.training.cache import feed_for, lanes_in_memory, program_for
from suite.training.checkpoint import PRETRAINING_SUFFIX
from suite.training.compiled import compiled
from suite.training.fallback import fit
from suite.training.gradient_steps import State
from suite.training.halving import Halving
from suite.training.lane import OnEvaluation
from suite.training.load import prepared as prepare
from suite.training.pretraining import masked_tokens, pretraining_of, start_from_pretrained
from suite.training.result import Result

KEPT_PRETRAININGS = 16
"""Pretrainings that are kept for further trainings that begin with the same."""


def train(
    config: Config, *, dataset: Dataset | None = None, test: bool = False, weights: bool = False
) -> Result:
    """Trains one configuration.

    Args:
        config: what to train.
        dataset: to train on; None: the one that `config` names.
        test: whether to evaluate the kept weights on the test split.
        weights: whether the result carries the kept weights.

    Raises:
        ValueError: the data set cannot be split as asked, the batch is larger than it, or the model refuses
            its shape.
    """
    ((_, result),) = train_many([config], dataset=dataset, test=test, weights=weights)
    return result


def train_many(
    configs: Sequence[Config],
    *,
    dataset: Dataset | Prepared | None = None,
    lanes: int = 1,
    xla: bool = False,
    test: bool = False,
    weights: bool = False,
    on_evaluation: OnEvaluation = lambda index, values: False,
    halving: Halving | None = None,
    checkpoints: Sequence[Path | None] | None = None,
    parts: Sequence[np.ndarray | None] | None = None,
) -> Iterator[tuple[int, Result]]:
    """Trains configurations of one structure in one compiled program.

    A model that cannot be compiled so is trained with Keras's `fit`, one configuration after the other. Those
    with `pretraining_epochs` are first trained on the masked tokens of the same data in the same way.

    Args:
        configs: what to train.
        dataset: to train on, raw or preprocessed; None: the one that the first of `configs` names.
        lanes: trainings at once, see `suite.training.plan.Plan`.
        xla: whether XLA compiles the program.
        test: whether to evaluate kept weights on the test split.
        weights: whether results carry the kept weights.
        on_evaluation: tells after an evaluation whether to prune that training.
        halving: ends trainings early, where they are compiled and small enough to be paused; None: none.
        checkpoints: file of each training that says how far it is, if it is long and compiled, and from which
            it goes on. They are left to who writes the results: `suite.training.checkpoint.remove`.
        parts: for each training the indices of the training examples that it sees, a batch at least; None:
            all. An epoch has as many steps as one of all of them; inputs are scaled, weights pretrained and
            the training loss is measured on all.

    Yields:
        (index in `configs`, Result) as each ends.

    Raises:
        ValueError: as `train`, or configurations that differ in more than a program takes as input.
    """
    structures = {structure(config) for config in configs}
    if len(structures) > 1:
        raise ValueError(f"`configs` expects one structure. Received: {len(structures)} structures.")
    prepared = dataset if isinstance(dataset, Prepared) else prepare(configs[0], dataset)
    lanes = lanes if _evaluated_together(configs, prepared) else 1
    program = program_for(structures.pop(), prepared, lanes, xla)
    files, parts = checkpoints or [None] * len(configs), parts or [None] * len(configs)

    @cache
    def pretrained(index: int) -> Result | None:
        asked = configs[index].pretraining_epochs
        return _pretrained(configs[index:], files[index:], prepared, lanes, xla) if asked else None

    def start(index: int) -> State:
        trainable, non_trainable, optimizer_variables = program.start(configs[index])
        if first := pretrained(index):
            trainable = start_from_pretrained(trainable, first.weights)
            optimizer_variables = program.optimizer_start(trainable)
        return trainable, non_trainable, optimizer_variables

    trained: Iterator[tuple[int, Result]]
    if reason := program.fallback_reason(feed_for(program.prepared)):
        how = {"test": test, "weights": weights}
        trained = (
            (index, fit(index, config, program, start(index), reason, on_evaluation, parts[index], **how))
            for index, config in enumerate(configs)
        )
    else:
        trained = compiled(program, configs, start, files, test, weights, on_evaluation, halving, parts)
    for index, result in trained:
        if first := pretrained(index):
            seconds = result.seconds + first.seconds
            result = replace(result, pretraining=replace(first, weights=None), seconds=seconds)
        yield index, result


_pretrainings: dict[tuple[Config, Prepared], Result] = {}


def _pretrained(
    configs: Sequence[Config], files: Sequence[Path | None], prepared: Prepared, lanes: int, xla: bool
) -> Result:
    """Gives what the pretraining of the first of `configs` gave, with weights.

    Others of them are stacked with it. Checkpoints stay until the whole trainings are over: what follows a
    pretraining may be interrupted too.
    """
    texts = masked_tokens(prepared)
    wanted: dict[Config, Path | None] = {}
    for config, file in zip(configs, files, strict=True):
        if config.pretraining_epochs:
            wanted.setdefault(pretraining_of(config), file and file.with_suffix(PRETRAINING_SUFFIX))
    first = next(iter(wanted))
    if (first, texts) not in _pretrainings:
        lanes = min(lanes, lanes_in_memory(first, texts)) if lanes > 1 else 1
        missing = [config for config in wanted if (config, texts) not in _pretrainings][:lanes]
        files = [wanted[config] for config in missing]
        trainings = train_many(missing, dataset=texts, lanes=lanes, xla=xla, weights=True, checkpoints=files)
        for index, result in trainings:
            _pretrainings[missing[index], texts] = result
        for old in list(_pretrainings)[: -max(KEPT_PRETRAININGS, lanes)]:
            del _pretrainings[old]
    return _pretrainings[first, texts]


def _evaluated_together(configs: Sequence[Config], prepared: Prepared) -> bool:
    """Tells whether evaluations divide every training evenly, so that lanes can share them."""
    per_epoch = prepared.examples // configs[0].batch_size
    return all(config.epochs * per_epoch % (config.evaluate_every or per_epoch) == 0 for config in configs)
