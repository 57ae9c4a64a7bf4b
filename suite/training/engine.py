"""Trains configurations: `train(config)` gives a `Result`, `train_many` those of one structure.

Lanes are filled from a queue: when a training ends, in time or not, the next one takes its lane.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np

from suite.data.dataset import Dataset
from suite.data.preprocessing import Prepared
from suite.study.config import Config
from suite.study.identity import structure
from suite.training.cache import feed_for, lanes_in_memory, program_for
from suite.training.fallback import fit
from suite.training.feed import Piece, chunked, evaluation_chunk
from suite.training.gradient_steps import State
from suite.training.halving import PAUSED_BYTES, Halving
from suite.training.lane import Lane, OnEvaluation
from suite.training.load import prepared as prepare
from suite.training.pretraining import masked_tokens, pretraining_of, start_from_pretrained
from suite.training.program import Program
from suite.training.result import Result
from suite.training.stacking import put, stack, take

KEPT_PRETRAININGS = 16
"""Pretrainings that are kept for further trainings that begin with the same."""

Start = Callable[[int], tuple]
"""Index of a training among those asked for -> its initial state."""


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

    @cache
    def pretrained(index: int) -> Result | None:
        asked = configs[index].pretraining_epochs
        return _pretrained(configs[index:], prepared, lanes, xla) if asked else None

    def start(index: int) -> tuple:
        trainable, non_trainable, optimizer_variables = program.start(configs[index])
        if first := pretrained(index):
            trainable = start_from_pretrained(trainable, first.weights)
            optimizer_variables = program.optimizer_start(trainable)
        return trainable, non_trainable, optimizer_variables

    for index, result in _trained(program, configs, start, test, weights, on_evaluation, halving):
        if first := pretrained(index):
            seconds = result.seconds + first.seconds
            result = replace(result, pretraining=replace(first, weights=None), seconds=seconds)
        yield index, result


_pretrainings: dict[tuple[Config, Prepared], Result] = {}


def _pretrained(configs: Sequence[Config], prepared: Prepared, lanes: int, xla: bool) -> Result:
    """Gives what the pretraining of the first of `configs` gave, with weights.

    Others of them are stacked with it.
    """
    texts = masked_tokens(prepared)
    wanted = list(dict.fromkeys(pretraining_of(config) for config in configs if config.pretraining_epochs))
    if (wanted[0], texts) not in _pretrainings:
        lanes = min(lanes, lanes_in_memory(wanted[0], texts)) if lanes > 1 else 1
        missing = [config for config in wanted if (config, texts) not in _pretrainings][:lanes]
        for index, result in train_many(missing, dataset=texts, lanes=lanes, xla=xla, weights=True):
            _pretrainings[missing[index], texts] = result
        for old in list(_pretrainings)[: -max(KEPT_PRETRAININGS, lanes)]:
            del _pretrainings[old]
    return _pretrainings[wanted[0], texts]


def _trained(
    program: Program,
    configs: Sequence[Config],
    start: Start,
    test: bool,
    weights: bool,
    on_evaluation: OnEvaluation,
    halving: Halving | None,
) -> Iterator[tuple[int, Result]]:
    """Trains by the compiled program, or by `fit` where that cannot be. Arguments as in `train_many`."""
    reason = program.fallback_reason(feed_for(program.prepared))
    if not reason:
        yield from _compiled(program, configs, start, test, weights, on_evaluation, halving)
        return
    for index, config in enumerate(configs):
        how = {"test": test, "weights": weights}
        yield index, fit(index, config, program, start(index), reason, on_evaluation, **how)


def _compiled(
    program: Program,
    configs: Sequence[Config],
    start: Start,
    test: bool,
    weights: bool,
    on_evaluation: OnEvaluation,
    halving: Halving | None,
) -> Iterator[tuple[int, Result]]:
    """Trains by the compiled program. Arguments as in `train_many`."""
    lanes, task = program.lanes, program.task_loss.task
    begun = [Lane.begin(*job, program.prepared, task) for job in enumerate(configs)]
    # Idle lanes are there so that a training's arithmetic does not depend on how many others there are.
    idle = replace(Lane.begin(0, configs[0], program.prepared, task), running=False)
    running = [*begun, *[idle] * lanes][:lanes]
    state = stack([start(lane.index) for lane in running])
    bracket = _Bracket(halving, begun, sum(part.nbytes for group in state for part in group) / lanes)
    waiting: deque[tuple[Lane, tuple | None]] = deque((lane, None) for lane in begun[lanes:])
    hyperparameters = stack([program.inputs(lane.config) for lane in running])
    measure = _tester(program) if test else None
    while any(lane.running for lane in running):
        steps = max(lane.next_steps for lane in running)
        state, finite, metrics, seconds = _stretch(program, state, hyperparameters, running, steps)
        for place, lane in enumerate(running):
            if not lane.running:
                continue
            at = place if lanes > 1 else ...
            values = [*metrics[place]]
            if by_split := task.by_split_of(lane.config.monitor):
                infer = program.infer(_weights(state, at))
                values += program.split_metrics.evaluated(by_split, infer)
            row = dict(zip(lane.curves, values, strict=True))
            keep = lane.record(row, bool(finite[place]), steps, seconds)
            if keep and (test or weights):
                lane.kept = _weights(state, at)
            if lane.ended(on_evaluation):
                yield (
                    lane.index,
                    lane.result(program.facts, measure and partial(measure, lane.config), weights),
                )
                lane.kept = None
            elif bracket.pauses(lane):
                bracket.pause(lane, take(state, place, lanes))
                running[place] = idle
        if not waiting and not any(lane.running for lane in running):
            going_on, ended = bracket.decide()
            waiting.extend(going_on)
            for lane in ended:
                yield (
                    lane.index,
                    lane.result(program.facts, measure and partial(measure, lane.config), weights),
                )
        for place, lane in enumerate(running):
            if not lane.running and waiting:
                running[place], before = waiting.popleft()
                index, config = running[place].index, running[place].config
                state = put(state, before or start(index), place, lanes)
                hyperparameters = put(hyperparameters, program.inputs(config), place, lanes)


def _weights(state: State, at: Any) -> list[np.ndarray]:
    """Copies a lane's trainable and other variables."""
    return [np.array(variable[at]) for variable in [*state[0], *state[1]]]


class _Bracket:
    """Holds the paused trainings of a bracket.

    Args:
        halving: decides; None: nothing ever pauses.
        lanes: the trainings.
        each: bytes of the state of one.
    """

    def __init__(self, halving: Halving | None, lanes: Sequence[Lane], each: float):
        self._halving, self._lanes = halving, lanes
        self._paused: list[tuple[Lane, tuple]] = []
        fits = halving is not None and each * halving.size <= PAUSED_BYTES
        self._rungs = halving.rungs(lanes[0].evaluations) if halving and fits else {}

    def pauses(self, lane: Lane) -> bool:
        """Tells whether a training that goes on has come to a rung."""
        return len(lane.steps) in self._rungs

    def pause(self, lane: Lane, state: tuple) -> None:
        """Takes in a training at a rung, with its state."""
        self._paused.append((lane, state))

    def decide(self) -> tuple[list[tuple[Lane, tuple]], list[Lane]]:
        """Gives the trainings that go on from a rung that all have reached, and those that end there."""
        if not (paused := self._paused) or self._halving is None:
            return [], []
        numbers = self._halving.numbers
        now = {
            numbers[lane.index]: (lane.status if not lane.running else "", lane.monitored)
            for lane in self._lanes
        }
        rung = len(paused[0][0].steps)
        best = self._halving.best(rung, self._rungs[rung], {**self._halving.finished, **now})
        self._paused = []
        ended = [lane for lane, _ in paused if numbers[lane.index] not in best]
        for lane in ended:
            lane.status, lane.running = "pruned", False
        return [(lane, state) for lane, state in paused if lane.running], ended


def _stretch(
    program: Program,
    state: State,
    hyperparameters: dict[str, np.ndarray],
    running: Sequence[Lane],
    steps: int,
) -> tuple[State, np.ndarray, np.ndarray, float]:
    """Trains until the next evaluation.

    Returns:
        state; whether each lane's numbers stayed finite [lanes]; its curves' values [lanes, 5]; and the
        seconds of each running lane.
    """
    started = time.perf_counter()
    order, rates = stack([lane.order() for lane in running], 1), stack([lane.rates() for lane in running], 1)
    pieces = feed_for(program.prepared).pieces(order, rates, steps)
    state, losses, finite, metrics = _advance(program, state, hyperparameters, pieces)
    numbers = np.column_stack([np.atleast_2d(metrics), np.atleast_1d(losses)]).astype(float)
    seconds = (time.perf_counter() - started) / sum(lane.running for lane in running)
    return state, np.atleast_1d(finite), numbers, seconds


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


def _evaluated_together(configs: Sequence[Config], prepared: Prepared) -> bool:
    """Tells whether evaluations divide every training evenly, so that lanes can share them."""
    per_epoch = prepared.examples // configs[0].batch_size
    return all(config.epochs * per_epoch % (config.evaluate_every or per_epoch) == 0 for config in configs)
