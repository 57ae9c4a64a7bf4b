"""Keeps what is costly to make in a process: the last data set on the device, and compiled programs."""

import keras
import numpy as np
import tensorflow as tf

from suite import models
from suite.data.preprocessing import Prepared
from suite.study.config import Config
from suite.study.identity import structure
from suite.training.feed import Feed
from suite.training.program import Program
from suite.training.program_inputs import nested_layers

STACK_BYTES = 2**30
"""Bytes that the states and activations of stacked trainings may take."""

KEPT_PROGRAMS = 32
"""Programs that are kept, the last used ones: each takes megabytes, and a search over widths makes many."""

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

    It is compiled again if the file of a model of one's own changed.

    Args:
        structure: as `structure` gives it.
        prepared: the data.
        lanes: trainings at once.
        xla: whether XLA compiles it.
    """
    key = structure, models.version(structure.model), lanes, xla, id(prepared)
    program = _programs.pop(key, None) or Program(structure, prepared, lanes=lanes, xla=xla)
    _programs[key] = program  # the last one is the last used
    while len(_programs) > KEPT_PROGRAMS:
        del _programs[next(iter(_programs))]
    return program


def lanes_in_memory(config: Config, prepared: Prepared) -> int:
    """Gives the number of stacked trainings that STACK_BYTES hold, at least 1.

    Each takes weights, gradients and optimizer variables, and a batch of activations as large as those.
    """
    model = program_for(structure(config), prepared, 1, False).model
    weights = sum(int(np.prod(variable.shape)) for variable in model.variables)
    example = _activations(model, prepared)
    return max(1, STACK_BYTES // (4 * (8 * weights + 4 * config.batch_size * example)))


def _activations(model: keras.Model, prepared: Prepared) -> int:
    """Numbers that the layers of a model give for one example."""
    try:
        outputs = tf.nest.flatten([layer.output for layer in nested_layers(model)])
    except (AttributeError, ValueError):  # layers of a subclass, or called more than once: what its graph has
        dtype = "int32" if prepared.vocabulary_size else "float32"
        example = tf.TensorSpec([1, *prepared.input_shape], dtype)
        forward = tf.function(lambda x: model(x, training=False), autograph=False)
        steps = forward.get_concrete_function(example).graph.get_operations()
        outputs = [output for step in steps for output in step.outputs if output.shape.rank]
    return sum(int(np.prod([size or 1 for size in output.shape[1:]])) for output in outputs)
