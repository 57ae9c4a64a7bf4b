"""Has the workers find out by experiments what limits the winner of a study.

The experiments run while the winner is exported and the figures are drawn.
"""

import hashlib
import json
from collections import deque
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from suite.analysis.limits import Limits
from suite.data import is_own
from suite.data.inspect.baseline import takes_long
from suite.diagnosis.experiments import AS_IT_IS, cheap_groups
from suite.diagnosis.trained import Trained, as_it_is, decided
from suite.running import kept_diagnosis
from suite.running.cases import CaseRun
from suite.running.estimate import in_words
from suite.running.pool import work
from suite.running.session import Session, last_line
from suite.study.study import Study
from suite.training.load import load
from suite.training.result import Result

SHARE = 1 / 3
"""Most that the experiments may cost, as a share of what the study's trainings did: counted in examples, not
timed, so that a study that is repeated is diagnosed again."""


class Diagnosis:
    """Experiments on the winner of a study; its replicates are the training as it is.

    The workers begin when it is made.

    Args:
        session: that trained. case: of the winner. number: of the replicate that won.
        trained: all trainings of the study.
    """

    def __init__(self, session: Session[Study], case: CaseRun, number: int, trained: Sequence[Result]):
        self._session, count = session, session.study.diagnosis_replicates
        self._config = case.replicates[number].config
        dataset = load(self._config)
        self._guessing = dataset.guessing
        self._seeds = range(self._config.seed, self._config.seed + count)
        self._lost: list[str] = []
        self._found: dict[int, Trained] = {}
        self._queues: dict[int, deque[tuple[int, Future[Trained]]]] = {}
        alike = {n: each for n, each in sorted(case.replicates.items()) if self._is_winner(each)}
        simple = is_own(self._config.dataset) or not takes_long(dataset)
        groups = cheap_groups(self._config, len(dataset.train), case.case.space, simple)
        self._groups = [AS_IT_IS, *groups]
        self._why_not = self._too_much(count, [*alike.values()], trained)
        if self._why_not:
            return
        if len(alike) > 1:
            self._found[0] = as_it_is([*alike.values()], len(dataset.train), self._settled(case, [*alike]))
            told = {at: self._found[0].foretold(group, self._config) for at, group in enumerate(groups, 1)}
            self._found |= {at: foretold for at, foretold in told.items() if foretold}
        missing = [at for at in range(len(self._groups)) if at not in self._found and not self._kept(at)]
        self._submit(sorted(missing, key=lambda at: -self._groups[at].cost))

    def limits(self) -> Limits | str:
        """Waits for the workers, and says what limits the winner; why nothing was tried, if so."""
        if self._why_not:
            return self._why_not
        for worker, queue in self._queues.items():
            while queue:
                self._take(worker, queue)
        found = [self._found[at] for at in range(len(self._groups))]
        if not found[0].experiments:
            return self._lost[0]
        limits = decided(found, self._config, self._guessing)
        limits = replace(limits, evidence=(*limits.evidence, *self._lost))
        kept_diagnosis.keep(self._session.name, self._config, limits)
        return limits

    def _is_winner(self, result: Result) -> bool:
        same: bool = result.config.replace(seed=self._config.seed) == self._config
        return same and result.status != "failed"

    def _too_much(self, count: int, alike: Sequence[Result], trained: Sequence[Result]) -> str:
        """Why nothing is tried; empty, where it is."""
        if not count:
            return "`diagnosis_replicates` is 0."
        times = count * sum(group.cost for group in self._groups[1:]) / len(alike)
        if times * sum(map(_examples_seen, alike)) <= SHARE * sum(map(_examples_seen, trained)):
            return ""
        long = in_words(times * sum(each.seconds for each in alike) / self._session.trainers.count)
        return (
            f"experiments on it would take about {long}, and cost more than a third of what the study's"
            " trainings did, counted in examples."
        )

    def _settled(self, case: CaseRun, numbers: Sequence[int]) -> np.ndarray | None:
        """See `Trained`."""
        if self._config.normalization != "batch":
            return None
        paths = [case.path("replicate", number) for number in numbers]
        worker = self._session.pool.count - 1
        return self._session.pool.submit(worker, work.settled, self._config, paths).result()

    def _submit(self, places: Sequence[int]) -> None:
        """Gives groups to the workers, each to that which has least to do; the first of this machine exports
        the winner."""
        trainers = self._session.trainers
        exports = float(trainers is self._session.pool)
        load = {worker: exports * (worker == 0) for worker in range(trainers.count)}
        for at in places:
            worker = min(load, key=lambda each: load[each])
            load[worker] += self._groups[at].cost
            self._queues.setdefault(worker, deque()).append((at, self._begun(worker, at)))

    def _begun(self, worker: int, at: int) -> Future[Trained]:
        arguments = self._config, self._groups[at], self._seeds, self._path(at)
        return self._session.trainers.experiment(worker, *arguments)

    def _kept(self, at: int) -> bool:
        """Whether a group was trained before: then it is found."""
        if (known := kept_diagnosis.read_trained(self._path(at))) is not None:
            self._found[at] = known
        return known is not None

    def _path(self, at: int) -> Path:
        """The file that keeps what a group gave."""
        facts = [self._config.model_dump(mode="json"), asdict(self._groups[at]), [*self._seeds]]
        name = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
        return self._session.folder / "experiments" / f"{name}.json"

    def _take(self, worker: int, queue: deque[tuple[int, Future[Trained]]]) -> None:
        """Waits for the first of a worker's groups; nothing comes of it, where the worker died or took too
        long, or the group cannot be trained."""
        at, future = queue.popleft()
        group, limit = self._groups[at], self._session.study.time_limit
        self._session.say(f"diagnosing: {group.what}")
        self._found[at] = Trained(())
        try:
            self._found[at] = future.result(limit and limit * len(self._seeds) * max(group.cost, 1))
        except (BrokenExecutor, TimeoutError) as error:
            why = "a worker process died" if isinstance(error, BrokenExecutor) else "it took too long"
            self._lost.append(f"{group.what}: could not be tried, {why}.")
            self._session.trainers.replace(worker)
            left = [other for other, _ in queue]
            queue.clear()
            queue.extend((other, self._begun(worker, other)) for other in left)
        except (ValueError, RuntimeError) as error:
            self._lost.append(f"{group.what}: could not be tried: {last_line(error)}")


def _examples_seen(result: Result) -> int:
    """On how many examples a training took its steps, each as often as it was seen."""
    return int(max(result.steps, default=0)) * result.config.batch_size
