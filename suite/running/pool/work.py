"""What a worker does: trains, checks, exports. Only plain data crosses, jobs and results, never a model.

A worker writes each training's result before it goes on to the next.
"""

import functools
import importlib
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, ParamSpec, TypeVar

import numpy as np

from suite import paths
from suite.running.pruning import MedianRule
from suite.study.config import Config
from suite.study.identity import shape_key, timing_key
from suite.study.prediction import Scalar
from suite.training import checkpoint
from suite.training.halving import Halving
from suite.training.result import Result

if TYPE_CHECKING:
    from suite.analysis.records import Demonstrated
    from suite.diagnosis.experiments import Group
    from suite.diagnosis.trained import Trained
    from suite.export.records import Exported

Role = Literal["trial", "replicate"]

Rule = MedianRule | Halving
"""What ends trials early."""

P = ParamSpec("P")
R = TypeVar("R")

announce: Callable[[tuple[str, str, int]], None] | None = None
"""In a worker: is told the place of each training that is finished."""


@dataclass(frozen=True)
class Job:
    """One training to run.

    Attributes:
        label: of its case.
        role: whether it is a trial of a search or a replicate of its winner.
        number: of the trial or replicate, from 0.
        config: what to train.
        path: the file that its result goes to.
        alone: whether it is trained by itself and in a plain program: what it was trained with was lost.
    """

    label: str
    role: Role
    number: int
    config: Config
    path: Path
    alone: bool = False

    @cached_property
    def shape(self) -> str:
        """Names the shape of the work: jobs of one shape can share a program."""
        return shape_key(self.config)

    @property
    def place(self) -> tuple[str, str, int]:
        """What tells a training from all others of a study."""
        return self.label, self.role, self.number


def plain_errors(function: Callable[P, R]) -> Callable[P, R]:
    """Lets errors reach the parent as text: unpickling one of TensorFlow's would import TensorFlow there."""

    @functools.wraps(function)
    def wrapped(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return function(*arguments, **named)
        except Exception as error:
            raise plain(error) from None

    return wrapped


def plain(error: Exception) -> Exception:
    """Gives the error that a caught one is for other processes: of a built-in class, for its own may take
    other arguments; other than of input or of the system with its traceback as text."""
    if not isinstance(error, ValueError | OSError):
        return RuntimeError("".join(traceback.format_exception(error)))
    if type(error).__module__ == "builtins":
        return error
    return OSError(*error.args) if isinstance(error, OSError) else ValueError(str(error))


STACK = 8
"""Most trainings that are stacked, unless they compete. So the place of each does not depend on how many
are given at once."""


@plain_errors
def run(jobs: Sequence[Job], gradient_steps: Mapping[str, int], rule: Rule | None = None) -> list[Result]:
    """In a worker: trains `jobs` and writes each result, a replicate's weights before it and beside it.

    Args:
        jobs: of one role.
        gradient_steps: how many are to be taken with each shape of work, by `timing_key`: what
            measuring it is worth.
        rule: says which trials end early; None: none does.

    Returns:
        The results in the order of `jobs`.
    """
    results: dict[Path, Result] = {}
    for job, result in trained(jobs, gradient_steps, rule):
        write(job.path, result)
        if announce is not None:
            announce(job.place)
        results[job.path] = result
    return [results[job.path] for job in jobs]


def trained(
    jobs: Sequence[Job], gradient_steps: Mapping[str, int], rule: Rule | None
) -> Iterator[tuple[Job, Result]]:
    """Trains as `run` does, and writes nothing: gives each job with its result, as it is finished."""
    for shape in dict.fromkeys(job.shape for job in jobs):
        alike = [job for job in jobs if job.shape == shape]
        each = len(alike) if isinstance(rule, Halving) else STACK
        for at in range(0, len(alike), each):
            yield from _trained(alike[at : at + each], gradient_steps, rule)


def _trained(
    jobs: Sequence[Job], gradient_steps: Mapping[str, int], rule: Rule | None
) -> Iterator[tuple[Job, Result]]:
    """Trains jobs of one shape; gives each with its result."""
    from suite.training.engine import train_many
    from suite.training.plan import PLAIN, plan_for

    configs, replicate = [job.config for job in jobs], jobs[0].role == "replicate"
    steps = gradient_steps.get(timing_key(configs[0]), 0)
    plan = PLAIN if jobs[0].alone else plan_for(configs[0], steps)

    def on_evaluation(index: int, values: list[float]) -> bool:
        return isinstance(rule, MedianRule) and rule(values)

    trainings = train_many(
        configs,
        lanes=plan.lanes,
        xla=plan.xla,
        test=replicate,
        weights=replicate,
        on_evaluation=on_evaluation,
        halving=rule if isinstance(rule, Halving) else None,
        checkpoints=[job.path.with_suffix(checkpoint.SUFFIX) for job in jobs],
    )
    for index, result in trainings:
        yield jobs[index], result


@plain_errors
def again(
    config: Config, *, lanes: int, xla: bool, test: bool, evaluations: int | None
) -> tuple[Result, str]:
    """In a worker: trains a configuration that was trained before.

    Args:
        config: what to train.
        lanes, xla, test: as in `train_many`.
        evaluations: after which it was ended; None: it was not.

    Returns:
        The result, and the checksum of the data.
    """
    from suite.training.engine import train_many
    from suite.training.load import load

    def ends(index: int, values: list[float]) -> bool:
        return len(values) == evaluations

    ((_, result),) = train_many([config], lanes=lanes, xla=xla, test=test, on_evaluation=ends)
    return result, load(config).sha256


def write(path: Path, result: Result) -> None:
    """Writes a result and its weights; while the two do not belong together, there is no result.

    No checkpoint of the training is left.
    """
    path.unlink(missing_ok=True)
    if (weights := result.weights) is None:
        path.with_suffix(".npz").unlink(missing_ok=True)
    else:
        paths.replace(path.with_suffix(".npz"), lambda file: np.savez(file, *weights))
    result.save(path)
    checkpoint.remove(path)


def read(path: Path) -> Result:
    """Reads what `write` wrote: a result with its weights, if it has any."""
    result = Result.load(path)
    if result.best is None:
        return result
    with np.load(path.with_suffix(".npz")) as file:
        return replace(result, weights=list(file.values()))


def start() -> None:
    """In a worker: does nothing, which tells that it has started."""


@plain_errors
def preflight(configs: Sequence[Config]) -> None:
    """In a worker: builds each model once on its data.

    Raises:
        ValueError: one of `configs` cannot be trained.
    """
    from suite.training.build import build_model
    from suite.training.load import prepared

    shapes = {Job("", "trial", 0, config, Path()).shape: config for config in configs}
    for config in shapes.values():
        examples = prepared(config)
        try:
            build_model(config, examples)
        except ValueError:
            raise
        except Exception as error:
            raise ValueError(f"{config.model}: {type(error).__name__}: {error}") from None


@plain_errors
def export(record: Path, folder: Path, calibrate: bool = False) -> "Exported":
    """In a worker: `suite.export.saved_model.export_winner`."""
    from suite.export.saved_model import export_winner

    return export_winner(record, folder, calibrate=calibrate)


@plain_errors
def measure(probe: str, config: Config, weights: Path | None) -> dict[str, np.ndarray]:
    """In a worker: `suite.probes.run.measure_replicate`."""
    from suite.probes.run import measure_replicate

    return measure_replicate(probe, config, weights)


@plain_errors
def experiment(config: Config, group: "Group", seeds: Sequence[int], path: Path) -> "Trained":
    """In a worker: trains a group of experiments on a configuration, with every seed, and keeps what they
    gave in a file."""
    from suite.diagnosis.lab import Lab
    from suite.running import kept_diagnosis

    trained = Lab(config).perform(group, seeds)
    kept_diagnosis.keep_trained(path, trained)
    return trained


@plain_errors
def settled(config: Config, results: Sequence[Path]) -> np.ndarray | None:
    """In a worker: `suite.training.settled.settled_losses` of finished trainings of a configuration, by the
    files of their results."""
    from suite.training.load import load
    from suite.training.settled import settled_losses

    return settled_losses([read(path) for path in results], load(config))


@plain_errors
def demonstrate(name: str, settings: dict[str, Scalar]) -> "Demonstrated":
    """In a worker: the function `demonstrate` of a demonstration, a key of DEMONSTRATIONS."""
    from suite.demonstrations import DEMONSTRATIONS

    shown: Demonstrated = importlib.import_module(DEMONSTRATIONS[name]).demonstrate(**settings)
    return shown
