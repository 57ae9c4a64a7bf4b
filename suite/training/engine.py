"""train(config) -> Result. Lanes are filled from a queue of configurations of one structure: when a training ends, in time or
not, the next one takes its lane."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np
import tensorflow as tf

from suite.data.dataset import Dataset
from suite.data.preprocessing import Prepared
from suite.study.config import Config
from suite.training.fallback import fit
from suite.training.feed import Feed, Piece, chunked, evaluation_chunk
from suite.training.lane import Lane, OnEvaluation
from suite.training.load import prepared as prepare
from suite.training.pretraining import from_pretrained, masked_tokens, pretraining_of
from suite.training.program import Program, structure_of
from suite.training.result import Result

MEMORY = 2**30
"""Bytes that the states and activations of stacked trainings may take."""

PRETRAININGS = 16
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
        ValueError: the data set cannot be split as asked, the batch is larger than it, or the model refuses its shape.
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
) -> Iterator[tuple[int, Result]]:
    """Trains configurations of one structure in one compiled program, up to `lanes` at once; with Keras's `fit`, one after
    the other, if their model cannot be compiled so. Those with `pretraining_epochs` are first trained on the masked tokens of
    the same data in the same way.

    Args:
        dataset: raw or preprocessed; the others are as in `train`. lanes, xla: as in `suite.training.plan.Plan`.

    Yields:
        (index in `configs`, Result) as each ends.

    Raises:
        ValueError: as `train`, or configurations that differ in more than a program takes as input.
    """
    structures = {structure_of(config) for config in configs}
    if len(structures) > 1:
        raise ValueError(f"`configs` expects one structure. Received: {len(structures)} structures.")
    prepared = dataset if isinstance(dataset, Prepared) else prepare(configs[0], dataset)
    lanes = lanes if _in_step(configs, prepared) else 1
    program = program_for(structures.pop(), prepared, lanes, xla)

    @cache
    def pretrained(index: int) -> Result | None:
        return (
            _pretrained(configs[index:], prepared, lanes, xla) if configs[index].pretraining_epochs else None
        )

    def start(index: int):
        trainable, *others = program.start(configs[index])
        first = pretrained(index)
        return from_pretrained(trainable, first.weights) if first else trainable, *others

    if reason := program.fallback_reason(feed_for(prepared)):
        each = enumerate(configs)
        trainings = (
            (i, fit(i, c, program, start(i), reason, on_evaluation, test=test, weights=weights))
            for i, c in each
        )
    else:
        trainings = _train(program, configs, start, test, weights, on_evaluation)
    for index, result in trainings:
        if first := pretrained(index):
            result = replace(
                result, pretraining=replace(first, weights=None), seconds=result.seconds + first.seconds
            )
        yield index, result


_pretrainings: dict[tuple[Config, Prepared], Result] = {}


def _pretrained(configs: Sequence[Config], prepared: Prepared, lanes: int, xla: bool) -> Result:
    """What the pretraining of the first of `configs` gave, with weights. Others of them are stacked with it."""
    texts = masked_tokens(prepared)
    wanted = list(dict.fromkeys(pretraining_of(config) for config in configs if config.pretraining_epochs))
    if (wanted[0], texts) not in _pretrainings:
        lanes = min(lanes, lanes_in_memory(wanted[0], texts)) if lanes > 1 else 1
        missing = [config for config in wanted if (config, texts) not in _pretrainings][:lanes]
        for index, result in train_many(missing, dataset=texts, lanes=lanes, xla=xla, weights=True):
            _pretrainings[missing[index], texts] = result
        for old in list(_pretrainings)[: -max(PRETRAININGS, lanes)]:
            del _pretrainings[old]
    return _pretrainings[wanted[0], texts]


def _train(
    program: Program,
    configs: Sequence[Config],
    start: Callable,
    test: bool,
    weights: bool,
    on_evaluation: OnEvaluation,
) -> Iterator[tuple[int, Result]]:
    """`train_many` by the compiled program. `start`: index -> initial state."""
    feed, lanes, prepared = feed_for(program.prepared), program.lanes, program.prepared
    waiting, curves = iter(enumerate(configs)), program.objective.task.curves
    running = [Lane.begin(*job, prepared, curves) for job in islice(waiting, lanes)]
    idle = [
        replace(Lane.begin(0, configs[0], prepared, curves), running=False)
        for _ in range(lanes - len(running))
    ]
    running += idle  # so that a training's arithmetic does not depend on how many others there are
    state = _stack([start(lane.index) for lane in running])
    values = _stack([program.inputs(lane.config) for lane in running])
    while any(lane.running for lane in running):
        started = time.perf_counter()
        steps = max(lane.next_steps for lane in running)
        order, rates = (
            _stack([lane.order() for lane in running], 1),
            _stack([lane.rates() for lane in running], 1),
        )
        state, losses, alive, metrics = _advance(program, state, values, feed.pieces(order, rates, steps))
        numbers = np.column_stack([np.atleast_2d(metrics), np.atleast_1d(losses)]).astype(float)
        seconds = (time.perf_counter() - started) / sum(lane.running for lane in running)
        for place, (lane, fine, row) in enumerate(zip(running, np.atleast_1d(alive), numbers, strict=True)):
            if not lane.running:
                continue
            if lane.record(dict(zip(curves, row, strict=True)), bool(fine), steps, seconds) and (
                test or weights
            ):
                lane.kept = [
                    np.array(variable[place if lanes > 1 else ...]) for variable in [*state[0], *state[1]]
                ]
            if lane.ended(on_evaluation):
                yield lane.index, lane.result(program.facts, _tester(program) if test else None, weights)
                if job := next(waiting, None):
                    running[place] = Lane.begin(*job, prepared, curves)
                    state = _put(state, start(job[0]), place, lanes)
                    values = _put(values, program.inputs(job[1]), place, lanes)


def _advance(program: Program, state, values, pieces: Iterable[Piece]):
    """Runs a program over pieces. Returns as `Program.run`, with the mean loss over all steps."""
    total, taken, fine, metrics = 0.0, 0, True, None
    for piece in pieces:
        state, loss, alive, metrics = program.run(state, values, *piece)
        total, taken, fine = total + loss.numpy() * piece.steps, taken + piece.steps, fine & alive.numpy()
        if not np.any(fine):
            break
    return state, total / max(taken, 1), fine, metrics


def _tester(program: Program) -> Callable[[list[np.ndarray]], dict[str, float]]:
    """A function that measures weights on the test split."""
    test, objective, size = program.prepared.test, program.objective, evaluation_chunk(program.prepared)

    def measure(kept: list[np.ndarray]) -> dict[str, float]:
        x, y, weight = chunked(test.x, test.y, objective.weights(test.y), len(test), size)
        sums = sum(program.sums(kept, *chunk).numpy() for chunk in zip(x, y, weight, strict=True))
        return objective.tested(sums / weight.sum())

    return measure


_feeds: dict[int, tuple[Prepared, Feed]] = {}
_programs: dict[tuple, Program] = {}


def feed_for(prepared: Prepared) -> Feed:
    """`prepared` on the device, or streamed to it; only the last one stays there."""
    if id(prepared) not in _feeds:
        _feeds.clear()
        _feeds[id(prepared)] = prepared, Feed(prepared)
    return _feeds[id(prepared)][1]


def program_for(structure: Config, prepared: Prepared, lanes: int, xla: bool) -> Program:
    """The program of a structure, compiled at most once in this process."""
    key = structure, lanes, xla, id(prepared)
    if key not in _programs:
        _programs[key] = Program(structure, prepared, lanes=lanes, xla=xla)
    return _programs[key]


def lanes_in_memory(config: Config, prepared: Prepared) -> int:
    """Stacked trainings that MEMORY holds: weights, gradients and slots, and a batch of activations as large as those."""
    model = program_for(structure_of(config), prepared, 1, False).model
    weights = sum(int(np.prod(v.shape)) for v in model.variables)
    outputs = tf.nest.flatten([layer.output for layer in model.layers])
    example = sum(int(np.prod([size or 1 for size in output.shape[1:]])) for output in outputs)
    return max(1, MEMORY // (4 * (8 * weights + 4 * config.batch_size * example)))


def _in_step(configs: Sequence[Config], prepared: Prepared) -> bool:
    """Whether evaluations divide every training evenly, so that lanes can share them."""
    per_epoch = prepared.examples // configs[0].batch_size
    return all(config.epochs * per_epoch % (config.evaluate_every or per_epoch) == 0 for config in configs)


def _stack(trees, axis: int = 0):
    """Arrays of all lanes stacked along a new axis; a single lane has none."""
    return tf.nest.map_structure(
        lambda *leaves: leaves[0] if len(leaves) == 1 else np.stack(leaves, axis), *trees
    )


def _put(tree, leaf_tree, place: int, lanes: int):
    """`tree` with one lane replaced."""
    if lanes == 1:
        return leaf_tree
    return tf.nest.map_structure(
        lambda all_, one: tf.tensor_scatter_nd_update(all_, [[place]], [one]), tree, leaf_tree
    )
