"""Finds out by experiments what limits a training; `suite.analysis.limits` decides."""

from collections.abc import Callable, Sequence

from suite.analysis.limits import Limits
from suite.data.dataset import Dataset
from suite.diagnosis.experiments import (
    SIMPLE_METHODS,
    Group,
    groups,
    larger_and_best,
)
from suite.diagnosis.lab import Lab
from suite.diagnosis.trained import Trained, decided
from suite.study.config import Config

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
    lab, seeds = Lab(config, dataset), range(config.seed, config.seed + replicates)
    tried = groups(config, len(lab.dataset.train))
    found = _performed(lab, tried, seeds, say)
    more = larger_and_best(config, [each for trained in found for each in trained.experiments])
    tried, found = [*tried, *more], [*found, *_performed(lab, more, seeds, say)]
    limits = decided(found, config, lab.dataset.guessing)
    if limits.more_would_tell:
        say(f"{replicates} more trainings of each, as the parts can't be told apart")
        seeds = range(config.seed + replicates, config.seed + 2 * replicates)
        seeded = [at for at, group in enumerate(tried) if group is not SIMPLE_METHODS]
        again = _performed(lab, [tried[at] for at in seeded], seeds, lambda doing: None)
        for at, more_trained in zip(seeded, again, strict=True):
            found[at] = found[at].joined(more_trained)
        limits = decided(found, config, lab.dataset.guessing)
    return limits


def _performed(lab: Lab, tried: Sequence[Group], seeds: Sequence[int], say: Say) -> list[Trained]:
    found: list[Trained] = []
    for group in tried:
        say(group.what)
        foretold = found[0].foretold(group, lab.config) if found else None
        found.append(foretold or lab.perform(group, seeds))
    return found
