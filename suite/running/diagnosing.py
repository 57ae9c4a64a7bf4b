"""Has the workers find out by experiments what limits the winner of a study."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from suite.analysis.limits import Experiment, Limits
from suite.data import is_own
from suite.data.dataset import Dataset
from suite.data.inspect.baseline import takes_long
from suite.diagnosis.experiments import AS_IT_IS, Group, cheap_groups
from suite.diagnosis.trained import Trained, decided
from suite.running import findings_file, kept_diagnosis
from suite.running.cases import CaseRun
from suite.running.estimate import in_words
from suite.running.pool import work
from suite.running.session import Session
from suite.study.config import Config
from suite.study.study import Study

SHARE = 1 / 3
"""Most that the experiments may take, as a share of what the study's trainings took."""


def diagnosed(
    session: Session[Study], case: CaseRun, number: int, dataset: Dataset, spent: float
) -> Limits | str:
    """Finds out what limits the winner; its replicates are the training as it is.

    Args:
        session: that trained. case: of the winner. number: of the replicate that won.
        dataset: what it was trained on.
        spent: seconds of all trainings of the study, as one after the other.

    Returns:
        What limits it; why nothing was tried, if so.
    """
    config, count = case.replicates[number].config, session.study.diagnosis_replicates
    if not count:
        return "`diagnosis_replicates` is 0."
    numbers = [n for n, each in case.replicates.items() if each.config.replace(seed=config.seed) == config]
    unit = float(np.mean([case.replicates[n].seconds for n in numbers]))
    simple = is_own(config.dataset) or not takes_long(dataset)
    groups = cheap_groups(config, len(dataset.train), case.case.space, simple)
    takes = count * unit * sum(group.cost for group in groups)
    if takes > SHARE * spent:
        return (
            f"experiments on it would take {in_words(takes / session.pool.count)}, more than a third of what"
            " the trainings took."
        )
    seeds = range(config.seed, config.seed + count)
    lab = _Workers(session, config, seeds)
    if len(numbers) >= 2:
        paths = [case.path("replicate", n) for n in sorted(numbers)]
        as_it_is = session.pool.submit(session.pool.count - 1, work.as_it_is, config, paths).result()
        found = [as_it_is, *lab.perform(groups)]
    else:
        found = lab.perform([AS_IT_IS, *groups])
    limits = decided(found, dataset.guessing)
    limits = replace(limits, evidence=(*limits.evidence, *lab.lost))
    kept_diagnosis.keep(session.name, config, limits)
    return limits


class _Workers:
    """Trains groups of experiments, the longest first, a worker each.

    Args:
        session: that has the workers, and keeps what they trained. config: that is changed.
        seeds: of each experiment.

    Attributes:
        lost: what could not be tried and why, a sentence each.
    """

    def __init__(self, session: Session[Study], config: Config, seeds: Sequence[int]):
        self.session, self.config, self.seeds = session, config, seeds
        self.lost: list[str] = []

    def perform(self, groups: Sequence[Group]) -> list[Trained]:
        """Gives what each group gave, in their order."""
        found = {at: kept for at, group in enumerate(groups) if (kept := _read(self._file(group)))}
        waiting = sorted({*range(len(groups))} - {*found}, key=lambda at: (groups[at].cost, at))
        free, running = list(range(self.session.pool.count)), dict[Future[Trained], tuple[int, int]]()
        while waiting or running:
            while waiting and free:
                at, worker = waiting.pop(), free.pop()
                self.session.say(f"diagnosing: {groups[at].what}")
                future = self.session.pool.submit(
                    worker, work.experiment, self.config, groups[at], self.seeds
                )
                running[future] = at, worker
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                at, worker = running.pop(future)
                found[at] = self._taken(future, groups[at], worker)
                free.append(worker)
        return [found[at] for at in range(len(groups))]

    def _taken(self, future: Future[Trained], group: Group, worker: int) -> Trained:
        """What a worker gave; nothing, where it died or the experiment cannot be trained."""
        try:
            trained = future.result()
        except BrokenExecutor:
            self.session.pool.replace(worker)
            self.lost.append(f"{group.what}: could not be tried, a worker process died.")
        except (ValueError, RuntimeError) as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            self.lost.append(f"{group.what}: could not be tried: {said[-1]}")
        else:
            path = self._file(group)
            path.parent.mkdir(exist_ok=True)
            findings_file.write(path, {"trained": trained})
            return trained
        return Trained(())

    def _file(self, group: Group) -> Path:
        facts = [self.config.model_dump(mode="json"), asdict(group), list(self.seeds)]
        name = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
        return self.session.folder / "experiments" / f"{name}.json"


def _read(path: Path) -> Trained | None:
    """What was kept of a group; None if there is nothing, or nothing whole."""
    try:
        trained = findings_file.read(path, (Trained, Experiment))["trained"]
        experiments = [kept_diagnosis.whole(each) for each in trained.experiments]
        curves = {name: np.array(curve, float) for name, curve in trained.curves.items()}
        settled = None if trained.settled is None else np.array(trained.settled, float)
        return Trained(experiments, curves, settled)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
