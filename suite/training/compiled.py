"""Trains by a compiled program: as many at once as it has lanes.

When a training ends, in time or not, the next one takes its lane.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from suite.study.config import Config
from suite.training.bracket import Bracket
from suite.training.cache import feed_for
from suite.training.checkpoint import Checkpoints
from suite.training.feed import Piece, chunked, evaluation_chunk
from suite.training.gradient_steps import State
from suite.training.halving import Halving
from suite.training.lane import Lane, OnEvaluation
from suite.training.program import Program
from suite.training.result import Result
from suite.training.stacking import put, stack, take

Start = Callable[[int], State]
"""Index of a training among those asked for -> its initial state."""


def compiled(
    program: Program,
    configs: Sequence[Config],
    start: Start,
    files: Sequence[Path | None],
    test: bool,
    weights: bool,
    on_evaluation: OnEvaluation,
    halving: Halving | None,
    parts: Sequence[np.ndarray | None],
) -> Iterator[tuple[int, Result]]:
    """Trains configurations of one structure.

    Args:
        program: of their structure.
        configs: what to train.
        start: gives their initial states.
        files: of their checkpoints.
        test, weights, on_evaluation, halving, parts: as in `suite.training.engine.train_many`.

    Yields:
        (index in `configs`, Result) as each ends.
    """
    keeps, measure, facts = test or weights, _tester(program) if test else None, program.facts
    lanes = [
        Lane.begin(*job, program.prepared, program.task_loss.task, part)
        for job, part in zip(enumerate(configs), parts, strict=True)
    ]
    checkpoints = Checkpoints(files, program, keeps)
    bracket = Bracket(halving, lanes, program.state_bytes, program.lanes)
    waiting: deque[tuple[Lane, State | None]] = deque()
    for lane in lanes:
        state = checkpoints.resume(lane)
        if state is not None and bracket.pauses(lane):
            bracket.pause(lane, state)
        else:
            waiting.append((lane, state))
    side_by_side = _SideBySide(program, start, waiting, configs[0])

    def ended(lane: Lane) -> tuple[int, Result]:
        return lane.index, lane.result(facts, measure and partial(measure, lane.config), weights)

    while side_by_side.busy or bracket.paused:
        if not side_by_side.busy:
            going_on, out = bracket.decide()
            waiting.extend(going_on)
            yield from map(ended, out)
        side_by_side.fill()
        for place, lane in side_by_side.evaluations(keeps):
            if lane.ended(on_evaluation):
                yield ended(lane)
                lane.kept = None
            elif bracket.pauses(lane):
                bracket.pause(lane, side_by_side.leave(place))
        checkpoints.write(chain(side_by_side.under_way(), bracket.paused))


class _SideBySide:
    """Holds the trainings that a program takes at once, and their state.

    Args:
        program: takes their steps.
        start: gives initial states.
        waiting: trainings that are still to be taken in, with their states; None: they begin.
        config: of any of them, for lanes that are idle. Those are there so that a training's arithmetic does
            not depend on how many others there are.
    """

    def __init__(
        self, program: Program, start: Start, waiting: deque[tuple[Lane, State | None]], config: Config
    ):
        self._program, self._start, self._waiting = program, start, waiting
        self._idle = replace(Lane.begin(0, config, program.prepared, program.task_loss.task), running=False)
        taken = [self._next(place) for place in range(program.lanes)]
        self._lanes = [lane for lane, _ in taken]
        self._state: State = stack([before or self._begin(lane) for lane, before in taken])
        self._hyperparameters = stack([program.inputs(lane.config) for lane in self._lanes])

    @property
    def busy(self) -> bool:
        """Whether steps are to be taken."""
        return bool(self._waiting) or any(lane.running for lane in self._lanes)

    def fill(self) -> None:
        """Gives the lanes that are free to trainings that wait."""
        for place, lane in enumerate(self._lanes):
            if lane.running:
                continue
            self._lanes[place], before = self._next(place)
            if self._lanes[place].running:
                inputs = self._program.inputs(self._lanes[place].config)
                before = before or self._start(self._lanes[place].index)
                self._state = put(self._state, before, place, self._program.lanes)
                self._hyperparameters = put(self._hyperparameters, inputs, place, self._program.lanes)

    def _next(self, place: int) -> tuple[Lane, State | None]:
        """Takes the first training that waits for a place, with its state; the idle one if none does."""
        for number, (lane, state) in enumerate(self._waiting):
            if lane.place in (None, place):
                del self._waiting[number]
                lane.place = place
                return lane, state
        return self._idle, None

    def _begin(self, lane: Lane) -> State:
        """The state of a training before its first step; of an idle one, any."""
        return self._start(lane.index) if lane.running else self._program.start(lane.config)

    def leave(self, place: int) -> State:
        """Takes a training out of its lane; gives its state."""
        self._lanes[place] = self._idle
        return self._of(place)

    def under_way(self) -> Iterator[tuple[Lane, State]]:
        """Gives the trainings that have taken steps and go on, with their states."""
        for place, lane in enumerate(self._lanes):
            if lane.running:
                yield lane, self._of(place)
        yield from ((lane, state) for lane, state in self._waiting if state is not None)

    def evaluations(self, keeps: bool) -> Iterator[tuple[int, Lane]]:
        """Trains until the next evaluation, and gives each lane that took part, with its training.

        Args:
            keeps: whether to keep the weights of the best evaluation.
        """
        if not any(lane.running for lane in self._lanes):
            return
        steps = max(lane.next_steps for lane in self._lanes)
        finite, metrics, seconds = self._stretch(steps)
        for place, lane in enumerate(self._lanes):
            if not lane.running:
                continue
            at = place if self._program.lanes > 1 else ...
            values = [*metrics[place]]
            if by_split := self._program.task_loss.task.by_split_of(lane.config.monitor):
                infer = self._program.infer(_weights(self._state, at))
                values += self._program.split_metrics.evaluated(by_split, infer)
            row = dict(zip(lane.curves, values, strict=True))
            if lane.record(row, bool(finite[place]), steps, seconds) and keeps:
                lane.kept = _weights(self._state, at)
            yield place, lane

    def _of(self, place: int) -> State:
        one: State = take(self._state, place, self._program.lanes)
        return one

    def _stretch(self, steps: int) -> tuple[np.ndarray, np.ndarray, float]:
        """Trains until the next evaluation.

        Returns:
            Whether each lane's numbers stayed finite [lanes]; its curves' values [lanes, 5]; and the seconds
            of each running lane.
        """
        started = time.perf_counter()
        order = stack([lane.order() for lane in self._lanes], 1)
        rates = stack([lane.rates() for lane in self._lanes], 1)
        pieces = feed_for(self._program.prepared).pieces(order, rates, steps)
        self._state, losses, finite, metrics = _advance(
            self._program, self._state, self._hyperparameters, pieces
        )
        numbers = np.column_stack([np.atleast_2d(metrics), np.atleast_1d(losses)]).astype(float)
        seconds = (time.perf_counter() - started) / sum(lane.running for lane in self._lanes)
        return np.atleast_1d(finite), numbers, seconds


def _weights(state: State, at: Any) -> list[np.ndarray]:
    """Copies a lane's trainable and other variables."""
    return [np.array(variable[at]) for variable in [*state[0], *state[1]]]


def _advance(
    program: Program, state: State, hyperparameters: dict[str, np.ndarray], pieces: Iterable[Piece]
) -> tuple[State, Any, Any, Any]:
    """Runs a program over pieces. Returns as `Program.run`, with the mean loss over all steps."""
    total: Any = 0.0
    taken, finite, metrics = 0, np.array(True), None
    for piece in pieces:
        state, loss, still_finite, metrics = program.run(state, hyperparameters, *piece)
        total, taken = total + loss.numpy() * piece.steps, taken + piece.steps
        finite = finite & still_finite.numpy()
        if not np.any(finite):
            break
    return state, total / max(taken, 1), finite, metrics


def _tester(program: Program) -> Callable[[Config, list[np.ndarray]], dict[str, float]]:
    """Gives a function that measures weights of a config on the test split."""
    test, task_loss, size = program.prepared.test, program.task_loss, evaluation_chunk(program.prepared)

    def measure(config: Config, kept: list[np.ndarray]) -> dict[str, float]:
        chunks = chunked(test.x, test.y, task_loss.example_weights(test.y), len(test), size)
        sums = sum(program.test_sums(kept, *chunk).numpy() for chunk in zip(*chunks, strict=True))
        means = task_loss.test_metrics(sums / chunks[2].sum())
        by_split = task_loss.task.by_split_of(config.monitor)
        return means | program.split_metrics.tested(by_split, program.infer(kept)) if by_split else means

    return measure
