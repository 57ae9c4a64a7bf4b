"""Trains in a process on a node of a Ray cluster: configurations and data come in, results go out."""

import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from suite import paths
from suite.data.user.recognition import folder_and_size
from suite.running.cluster.bundles import Bundle, Files, unpack
from suite.running.pool import workers
from suite.running.pool.work import Job, Rule, plain, trained
from suite.study.config import Config
from suite.study.identity import timing_key
from suite.training import checkpoint
from suite.training.result import Result

if TYPE_CHECKING:
    from suite.diagnosis.experiments import Group
    from suite.diagnosis.trained import Trained

HOME = "~/.cache/keras-experiment-suite"
"""Where a node keeps data and plans, unless SUITE_HOME said otherwise when Ray was started there."""

LEFT = f"suite-{platform.node()}-"
"""How the temporary folder of a worker begins, in which it trains; the number of its process follows."""

SHORT, TOGETHER = 0.1, 0.5
"""Seconds that a training takes whose result may go along with later ones, and after which those go that
wait, with the next that comes."""

VERSIONS = ("keras-experiment-suite", "tensorflow", "keras", "numpy")
"""Packages that must be the same on all machines of a study."""


def versions() -> dict[str, str]:
    """Returns the versions of what computes."""
    return {package: version(package) for package in VERSIONS}


Numbered = list[tuple[int, Result]]
"""Results, each with the index of its job."""


class Trainer:
    """A worker on a node, an actor of Ray: it keeps its programs from one stack of trainings to the next.

    No error is raised, for Ray would wrap it: errors are given back.
    """

    def __init__(self) -> None:
        self.own: dict[str, str] = {}
        self.trains: dict[str, Path] = {}
        self.seen: dict[Path, int] = {}

    def node(self) -> str:
        """Names the node, as soon as this worker has its place."""
        import ray

        return str(ray.get_runtime_context().get_node_id())

    def start(
        self, expected: Mapping[str, str], threads: int, gpus: float, bundles: Sequence[Bundle]
    ) -> Exception | None:
        """Prepares the process, and what it reads.

        Args:
            expected: `versions` of the machine that conducts the study.
            threads: of TensorFlow for one operation.
            gpus: what Ray gave this worker; 0: it sees none.
            bundles: what trainings read; their contents are references to Ray's objects.
        """
        try:
            if (here := versions()) != expected:
                raise ValueError(
                    f"every node expects the versions of the machine that conducts: {_said(expected)}."
                    f" Received: {_said(here)} on {platform.node()}."
                )
            home = Path(os.environ.get("SUITE_HOME") or HOME).expanduser().absolute()
            os.environ["SUITE_HOME"] = str(home)
            if not gpus:
                os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
            places = {bundle.name: placed(bundle, _fetch) for bundle in bundles}
            self.own = {bundle.name: places[bundle.name] for bundle in bundles if bundle.own}
            sweep()
            workers.start_tensorflow(threads)
        except Exception as error:
            return plain(error)
        return None

    def train(
        self, jobs: Sequence[Job], gradient_steps: Mapping[str, int], rule: Rule | None, begun: Files
    ) -> Iterator[Numbered | Exception]:
        """Trains jobs of one role; gives each one's index among them with its result, soon after it is
        finished.

        Args:
            jobs, gradient_steps, rule: as for `suite.running.pool.work.run`.
            begun: name -> checkpoint of a job that goes on.
        """
        try:
            prefix = f"{LEFT}{os.getpid()}-"
            with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
                for name, content in begun.items():
                    content.tofile(Path(folder, name))
                self.trains = {job.path.stem: Path(folder, job.path.name) for job in jobs}
                yield from gathered(self._trained(jobs, gradient_steps, rule))
        except Exception as error:
            yield plain(error)
        finally:
            self.trains = {}

    def _trained(
        self, jobs: Sequence[Job], gradient_steps: Mapping[str, int], rule: Rule | None
    ) -> Iterator[tuple[int, Result]]:
        here = [replace(job, config=self.here(job.config), path=self.trains[job.path.stem]) for job in jobs]
        steps = {
            timing_key(mine.config): gradient_steps.get(timing_key(job.config), 0)
            for mine, job in zip(here, jobs, strict=True)
        }
        index = {job.number: index for index, job in enumerate(jobs)}
        for job, result in trained(here, steps, rule):
            place = index[job.number]
            checkpoint.remove(job.path)
            yield place, as_asked(result, jobs[place].config)

    def experiment(self, config: Config, group: "Group", seeds: Sequence[int]) -> "Trained | Exception":
        """Trains a group of experiments on a configuration with every seed; gives what they gave."""
        from suite.diagnosis.lab import Lab

        try:
            return Lab(self.here(config)).perform(group, seeds)
        except Exception as error:
            return plain(error)

    def look(self, stems: Set[str]) -> tuple[float, Files]:
        """Gives the GiB of memory that this worker holds while it trains some of these jobs, and by name the
        checkpoints of them that it wrote since the last look. Runs beside the training.

        Args:
            stems: of the names of the jobs' results.
        """
        new: dict[str, np.ndarray] = {}
        trains = {stem: path for stem, path in self.trains.items() if stem in stems}
        if not trains:
            return 0.0, new
        with suppress(OSError):  # the training has ended
            for file in chain.from_iterable(map(checkpoint.files_of, trains.values())):
                if self.seen.get(file) != (written := file.stat().st_mtime_ns):
                    new[file.name] = np.fromfile(file, np.uint8)
                    self.seen[file] = written
        return psutil.Process().memory_info().rss / 2**30, new

    def here(self, config: Config) -> Config:
        """Gives a configuration with the paths that the user's own files have on this machine."""
        changes = {
            field: self.own[name]
            for field in ("dataset", "model")
            if (name := getattr(config, field)) in self.own
        }
        return config.replace(**changes) if changes else config


def gathered(results: Iterable[tuple[int, Result]]) -> Iterator[Numbered]:
    """Gives results by the dozen where they come fast, for each message costs more than a short training."""
    held: Numbered = []
    sent, failure = time.monotonic(), None
    try:
        for index, result in results:
            held.append((index, result))
            if result.seconds > SHORT or time.monotonic() > sent + TOGETHER:
                yield held
                held, sent = [], time.monotonic()
    except Exception as error:
        failure = error
    if held:
        yield held
    if failure:
        raise failure


def sweep() -> None:
    """Removes the folders of workers of this machine that were killed within a training: an hour ago, for
    those of other containers may have numbers that are unknown here."""
    ours = re.compile(rf"{re.escape(LEFT)}(\d+)-[^-]+")
    with suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{LEFT}*"):
            owner = ours.fullmatch(folder.name)
            if owner and not psutil.pid_exists(int(owner[1])) and folder.stat().st_mtime < time.time() - 3600:
                shutil.rmtree(folder, ignore_errors=True)


def placed(bundle: Bundle, fetch: Callable[[Any], Mapping[str, Any]]) -> str:
    """Sees to it that a bundle is in its place on this machine, got once; returns the path.

    Args:
        bundle: what is wanted.
        fetch: gives the files of a bundle's content.

    Raises:
        OSError: it was damaged on its way, or cannot be written.
    """
    path = paths.home() / bundle.place
    stored = folder_and_size(path)[0]
    stored.parent.mkdir(parents=True, exist_ok=True)
    with paths.locked(stored.with_name(f"{stored.name}.lock")):
        if not stored.exists():
            unpack(bundle, fetch(bundle.content))
    return str(path)


def as_asked(result: Result, config: Config) -> Result:
    """Gives a result with the configuration that was asked for, in which paths are of the other machine."""
    names = {"dataset": config.dataset, "model": config.model}
    before = result.pretraining
    if before is not None:
        before = replace(before, config=before.config.model_copy(update=names))
    return replace(result, config=config, pretraining=before)


def _fetch(content: Any) -> Mapping[str, Any]:
    import ray

    files: Mapping[str, Any] = ray.get(content)
    return files


def _said(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{package} {number}" for package, number in versions.items())
