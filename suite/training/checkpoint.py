"""Keeps how far long trainings are, so that one which was interrupted goes on from there, to the same bits.

A training has a file of its own: which others run beside it changes none of its numbers, only its place does.
Free of TensorFlow.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import count, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite import models, paths
from suite.data import is_own as data_is_own
from suite.study.identity import code_key

if TYPE_CHECKING:
    from suite.training.lane import Lane
    from suite.training.program import Program

CHECKPOINT_SECONDS = 60.0
"""Least time between two checkpoints of a process: a short training never writes one."""

SUFFIXES = SUFFIX, PRETRAINING_SUFFIX = ".checkpoint", ".pretraining"
"""What the names of the files end in that lie beside a result, of a training and of its pretraining."""

PAST = ("steps", "curves", "seconds", "place")
"""Attributes of a training that are kept next to its arrays."""

Arrays = tuple[Sequence[Any], Sequence[Any], Sequence[Any]]
"""Trainable, non-trainable and optimizer variables of one training."""


def remove(path: Path) -> None:
    """Removes the checkpoints of a training.

    Args:
        path: of its result.
    """
    for suffix in SUFFIXES:
        path.with_suffix(suffix).unlink(missing_ok=True)


def files_of(path: Path) -> list[Path]:
    """Returns the checkpoints that there are of a training.

    Args:
        path: of its result.
    """
    return [file for suffix in SUFFIXES if (file := path.with_suffix(suffix)).exists()]


class Checkpoints:
    """Writes and reads the checkpoints of trainings that one program takes.

    Args:
        files: of each training; None: it has none.
        program: that takes their steps.
        keeps: whether the weights of the best evaluation are kept.
    """

    def __init__(self, files: Sequence[Path | None], program: "Program", keeps: bool):
        self._files, self._program, self._keeps = files, program, keeps
        self._written_at = time.monotonic()
        self._written: dict[int, int] = {}

    def resume(self, lane: "Lane") -> Arrays | None:
        """Brings a training to where its checkpoint left it, and gives its state.

        A file that is damaged, or of a training that would have other numbers, is removed.

        Args:
            lane: that has not taken a step.

        Returns:
            None if there is no checkpoint.
        """
        file = self._files[lane.index]
        if file is None or not file.exists():
            return None
        try:
            with np.load(file) as saved:
                known = str(saved["of"]) == self._of(lane)
                *state, kept = (_group(saved, place) for place in range(4))
                steps, curves, seconds, place = (saved[name].tolist() for name in PAST)
        except Exception:  # whatever reading a damaged file raises
            known = False
        if known:
            lane.resume(steps, curves, seconds, place, kept)
            self._written[lane.index] = lane.done
            trainable, non_trainable, optimizer_variables = state
            return trainable, non_trainable, optimizer_variables
        file.unlink(missing_ok=True)
        return None

    def write(self, trainings: "Iterable[tuple[Lane, Arrays]]") -> None:
        """Writes how far trainings are that went on since they were written, if the last time is long ago.

        Args:
            trainings: with their states, each after an evaluation; read only if it is time.
        """
        if not any(self._files) or time.monotonic() - self._written_at < CHECKPOINT_SECONDS:
            return
        for lane, state in trainings:
            if self._written.get(lane.index, 0) < lane.done:
                self._write(self._files[lane.index], lane, state)
                self._written[lane.index] = lane.done
        self._written_at = time.monotonic()

    def _write(self, file: Path | None, lane: "Lane", state: Arrays) -> None:
        if file is None:
            return
        arrays: dict[str, Any] = {
            "of": self._of(lane),
            "steps": lane.steps,
            "curves": [*lane.curves.values()],
            "seconds": lane.seconds,
            "place": lane.place,
        }
        for place, group in enumerate((*state, lane.kept or ())):
            arrays |= {f"{place}.{number}": value for number, value in enumerate(group)}
        with suppress(OSError):  # a disk that is full: the result will say so, if it still is
            paths.replace(file, lambda opened: np.savez(opened, **arrays))

    def _of(self, lane: "Lane") -> str:
        """All that the numbers of a training depend on."""
        facts = {name: fact for name, fact in self._program.facts.items() if name != "traces"}
        data, own = self._program.prepared.dataset.sha256, models.version(lane.config.model)
        config = lane.config.model_dump(mode="json")
        for name, is_own in (("dataset", data_is_own), ("model", models.is_own)):
            if is_own(config[name]):  # it lies elsewhere on another machine
                config[name] = Path(config[name]).name
        return json.dumps([config, facts, data, own, code_key(), self._keeps], sort_keys=True)


def _group(saved: Mapping[str, np.ndarray], place: int) -> list[np.ndarray]:
    """The arrays of one group, in their order."""
    names = (f"{place}.{number}" for number in count())
    return [saved[name] for name in takewhile(saved.__contains__, names)]
