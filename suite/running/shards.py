"""Cuts a study into shards for machines that share nothing but files, and gathers what they trained.

A shard is trained from the declaration alone: points of a quasi-random search and seeds depend on their
number only, and trials that compete under successive halving are in one shard. It writes the result files
that the study itself would write, and neither tracks nor concludes.
"""

import math
import re
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from suite import paths
from suite.running import estimate, results, tracked, unfinished
from suite.running.cases import DAMAGED, CaseRun
from suite.running.dispatch import Dispatcher
from suite.running.outcome import Progress
from suite.running.pool.work import STACK, Job
from suite.running.pool.workers import Workers
from suite.study.demonstration import Demonstration
from suite.study.resolve import resolve
from suite.study.study import Case, Study
from suite.training.result import Result

Place = tuple[str, str, int]


@dataclass(frozen=True)
class Shard:
    """One of several parts of a study.

    Attributes:
        number: of the part, from 1.
        count: of all parts.
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `3/100`.

        Raises:
            ValueError: the text is none of that form, or there is no such part.
        """
        found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise ValueError(f"`--shard` expects NUMBER/COUNT, as 3/100, from 1/100 on. Received: {text!r}.")
        return cls(int(found[1]), int(found[2]))

    def of(self, stacks: Iterable[list[Job]]) -> list[Job]:
        """Returns the jobs of this part of `stacks`: the longest first, each is dealt whole to the part that
        has fewest jobs."""
        dealt: list[list[Job]] = [[] for _ in range(self.count)]
        for stack in sorted(stacks, key=len, reverse=True):
            min(dealt, key=len).extend(stack)
        return dealt[self.number - 1]


def _stacks(case: CaseRun, jobs: Sequence[Job], most: int) -> list[list[Job]]:
    """Parts jobs of one role: trials that compete are one stack, others of one shape are in stacks of up to
    `most`, which one program runs side by side."""
    groups: dict[object, list[Job]] = {}
    for job in jobs:
        groups.setdefault(case.bracket(job) or job.shape, []).append(job)
    counts = {
        key: 1 if case.bracket(alike[0]) else math.ceil(len(alike) / most) for key, alike in groups.items()
    }
    return [alike[first :: counts[key]] for key, alike in groups.items() for first in range(counts[key])]


class Part(CaseRun):
    """Follows what a shard trains of one case: its trials; then its replicates, once their winners are known.

    Args:
        study, case, folder: as for CaseRun.
        mine: places of the trainings that are the shard's.
    """

    def __init__(self, study: Study, case: Case, folder: Path, mine: set[Place]):
        super().__init__(study, case, folder)
        self._mine = mine
        self._declared = self.declared()
        for job in self._declared:  # what other shards trained, if it was gathered
            if job.place not in mine and (result := self.finished(job)) is not None:
                self.take(job, result)

    def _next_jobs(self) -> list[Job]:
        if self.phase == "trial":
            if jobs := [job for job in self._untrained if job.place in self._mine]:
                return jobs
            self.phase = "replicate"
            return self._my_replicates() if self._knows_winners else []
        self.phase = "done"
        return []

    @property
    def _untrained(self) -> list[Job]:
        """The trials of all shards whose results are not here."""
        return [job for job in self._declared if job.number not in self.trials]

    @property
    def _knows_winners(self) -> bool:
        """Whether the replicates can be trained: without all trials only where nothing is tuned."""
        return not self.case.space or not self._untrained

    def _my_replicates(self) -> list[Job]:
        if self.case.space:
            jobs = self._replicate_jobs()
        else:
            jobs = [self.job("replicate", number, {}) for number in range(self.study.replicates)]
        return [job for job in jobs if job.place in self._mine]

    @property
    def trainings(self) -> int:
        """Number of trainings that are the shard's and can be trained now."""
        if self.phase == "done":
            taken = [(self.case.label, "trial", n) for n in self.trials]
            taken += [(self.case.label, "replicate", n) for n in self.replicates]
            return len(self._mine.intersection(taken))
        can = ("trial", "replicate") if self._knows_winners else ("trial",)
        return sum(label == self.case.label and role in can for label, role, _ in self._mine)


def parts(study: Study, folder: Path, shard: Shard) -> list[Part]:
    """Returns what a shard has of every case.

    Args:
        study: resolved with its data.
        folder: of the results.
        shard: whose part it is.
    """
    cases = [CaseRun(study, case, folder) for case in study.cases]
    trials = [case.declared() for case in cases]
    replicates = [[case.job("replicate", n, {}) for n in range(study.replicates)] for case in cases]
    mine: set[Place] = set()
    for jobs in (trials, replicates):
        share = max(1, math.ceil(sum(map(len, jobs)) / shard.count))
        most = math.ceil(share / math.ceil(share / STACK))
        stacks = [
            stack for case, each in zip(cases, jobs, strict=True) for stack in _stacks(case, each, most)
        ]
        mine.update(job.place for job in shard.of(stacks))
    return [Part(study, case, folder, mine) for case in study.cases]


def check(study: Study | Demonstration) -> Study:
    """Returns a study that can be cut into shards.

    Raises:
        ValueError: its trainings depend on each other's results.
    """
    expects = "`--shard` expects a study whose trials are known before any is trained."
    if isinstance(study, Demonstration):
        raise ValueError(f"{expects} Received: a demonstration, which trains nothing.")
    if study.sampler != "quasirandom":
        raise ValueError(
            f"{expects} Received: sampler={study.sampler}, which learns from the trials before. Use"
            " --set sampler=quasirandom, or run the study without --shard."
        )
    if study.prunes == "median":
        raise ValueError(
            f"{expects} Received: pruner=median, which compares each with all before. Use"
            " --set pruner=successive_halving or pruner=null, or run the study without --shard."
        )
    return study


def run(
    study: Study, name: str, shard: Shard, *, worker_count: int, show: Callable[[Progress], None]
) -> Progress:
    """Trains a shard of a study, going on from whatever of it is finished.

    Args:
        study: as `check` returns it.
        name: what its results go by.
        shard: which part.
        worker_count: processes that train.
        show: called with the state of affairs some ten times a second.

    Returns:
        How many trainings the shard has, and how many of them were finished before.

    Raises:
        ValueError, OSError, DataUnavailable: as `suite.running.conductor.run`.
    """
    paths.check_writable()
    study = resolve(study)
    folder = results.folder_of(study, name)
    started, progress = time.perf_counter(), Progress(0)
    kept = unfinished.says_what_is_kept(progress, folder)
    with results.alone(folder), kept, Workers(worker_count) as pool:
        datasets = tracked.load_all(study)
        examples = {condition: len(dataset.train) for condition, dataset in datasets.items()}
        study = resolve(study, examples)
        unfinished.preflight(pool, study)
        unfinished.make(folder / "trainings")
        all_steps = estimate.gradient_steps_by_shape(study, examples)
        steps = {shape: count // shard.count for shape, count in all_steps.items()}
        mine = parts(study, folder / "trainings", shard)
        try:
            Dispatcher(mine, pool, None, None, steps, progress, show).run()
        finally:
            if progress.done > progress.reused:
                spent = time.perf_counter() - started
                results.add_seconds(folder, spent, of=f"-{shard.number}-of-{shard.count}")
    return progress


@dataclass(frozen=True)
class Gathered:
    """What was found in the folders of other machines.

    Attributes:
        homes: folders in which trainings of the study were.
        copied: number of results that were copied.
        known: number of results that were here already.
        damaged: files that are no whole results: what they should hold is trained again.
    """

    homes: tuple[Path, ...]
    copied: int
    known: int
    damaged: tuple[Path, ...]


def gather(study: Study, name: str, folders: Sequence[Path]) -> Gathered:
    """Copies the trainings of a study from the homes of other machines, as far as they are missing here.

    What is of another configuration than the study asks for is left unused by the study, as always.

    Args:
        study: any.
        name: what its results go by here.
        folders: homes of the suite, or folders of homes.

    Raises:
        ValueError: a folder that is none, or there is no training of this study in any; or the study is
            running in another process.
        OSError: nothing can be written.
    """
    paths.check_writable()
    study = resolve(study)
    folder = results.folder_of(study, name)
    found = list(_studies(study, folders))
    copied, known, damaged = 0, 0, []
    with results.alone(folder):
        unfinished.make(folder / "trainings")
        for place in found:
            for source in sorted((place / "trainings").glob("[!.]*.json")):
                target = folder / "trainings" / source.name
                if _is_settled(target):
                    known += 1
                elif (files := _whole(source)) is not None:
                    _copy(files, target)
                    copied += 1
                else:
                    damaged.append(source)
            for source in place.glob(f"{results.SECONDS}-*"):
                _copy([source], folder / source.name)
    return Gathered(tuple(place.parents[1] for place in found), copied, known, tuple(damaged))


def _studies(study: Study, folders: Sequence[Path]) -> Iterator[Path]:
    """The folders of this study in homes, which may call it otherwise: a file elsewhere has another name."""
    there: set[str] = set()
    any_found = False
    for folder in folders:
        if not folder.is_dir():
            raise ValueError(
                f"`--from` expects a folder that another machine wrote. Received: {str(folder)!r}."
            )
        for place in sorted([*folder.glob("studies/*"), *folder.glob("*/studies/*")]):
            if place.name.endswith(f"-{study.key}") and (place / "trainings").is_dir():
                any_found = True
                yield place
            elif place.is_dir():
                there.add(place.name)
    if not any_found:
        received = ", ".join(sorted(there)[:5]) or "none"
        raise ValueError(
            f"`--from` expects folders with trainings of this very study, whose key is {study.key}: the same"
            f" declaration and settings. Received folders with: {received}."
        )


def _is_settled(path: Path) -> bool:
    """Says whether a result is whole and did not fail: of one that failed another machine may have better."""
    return _whole(path) is not None and Result.load(path).status != "failed"


def _whole(path: Path) -> list[Path] | None:
    """The files of a result, weights first, if it is whole to the last byte; None if not."""
    weights = path.with_suffix(".npz")
    try:
        if not path.is_file():
            return None
        result = Result.load(path)
        if not path.stem.rpartition("-")[0].endswith("-replicate") or result.best is None:
            return [path]
        with zipfile.ZipFile(weights) as archive:
            return [weights, path] if archive.testzip() is None else None
    except DAMAGED:
        return None


def _copy(files: Sequence[Path], target: Path) -> None:
    for file in files:
        _put(target.with_suffix(file.suffix), file.read_bytes())


def _put(path: Path, content: bytes) -> None:
    paths.replace(path, lambda file: file.write(content))
