"""Keeps what is costly to make in a process: the last data set on the device, and compiled programs."""

import numpy as np
import tensorflow as tf

from suite.data.preprocessing import Prepared
from suite.study.config import Config
from suite.study.identity import structure
from suite.training.feed import Feed
from suite.training.program import Program

STACK_BYTES = 2**30
"""Bytes that the states and activations of stacked trainings may take."""

_feeds: dict[int, tuple[Prepared, Feed]] = {}
_programs: dict[tuple, Program] = {}


def feed_for(prepared: Prepared) -> Feed:
    """Gives `prepared` on the device, or streamed to it; only the last one stays there."""
    if id(prepared) not in _feeds:
        _feeds.clear()
        _feeds[id(prepared)] = prepared, Feed(prepared)
    return _feeds[id(prepared)][1]


def program_for(structure: Config, prepared: Prepared, lanes: int, xla: bool) -> Program:
    """Gives the program of a structure, compiled at most once in this process.

    Args:
        structure: as `structure` gives it.
        prepared: the data.
        lanes: trainings at once.
        xla: whether XLA compiles it.
    """
    key = structure, lanes, xla, id(prepared)
    if key not in _programs:
        _programs[key] = Program(structure, prepared, lanes=lanes, xla=xla)
    return _programs[key]


def lanes_in_memory(config: Config, prepared: Prepared) -> int:
    """Gives the number of stacked trainings that STACK_BYTES hold, at least 1.

    Each takes weights, gradients and optimizer variables, and a batch of activations as large as those.
    """
    model = program_for(structure(config), prepared, 1, False).model
    weights = sum(int(np.prod(v.shape)) for v in model.variables)
    outputs = tf.nest.flatten([layer.output for layer in model.layers])
    example = sum(int(np.prod([size or 1 for size in output.shape[1:]])) for output in outputs)
    return max(1, STACK_BYTES // (4 * (8 * weights + 4 * config.batch_size * example)))
