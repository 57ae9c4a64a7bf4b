"""Stacks the tensors of several trainings along an axis, so that one program takes their steps at once.

A single training has no such axis.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf


def stack(trees: Sequence[Any], axis: int = 0) -> Any:
    """Stacks the arrays of trainings along a new axis.

    Args:
        trees: one a training: arrays in lists, tuples and dictionaries of one structure.
        axis: of the new axis.

    Returns:
        The structure with stacked arrays; a single tree as it is.
    """
    if len(trees) == 1:
        return trees[0]
    return tf.nest.map_structure(lambda *leaves: np.stack(leaves, axis), *trees)


def put(tree: Any, one: Any, place: int, lanes: int) -> Any:
    """Replaces one training in a stack.

    Args:
        tree: of `lanes` trainings, as `stack` gives it for axis 0.
        one: the new training's.
        place: of the training that is replaced.
        lanes: trainings in `tree`.
    """
    if lanes == 1:
        return one
    return tf.nest.map_structure(
        lambda stacked, new: tf.tensor_scatter_nd_update(stacked, [[place]], [new]), tree, one
    )


def take(tree: Any, place: int, lanes: int) -> Any:
    """Takes one training out of a stack.

    Args:
        tree: of `lanes` trainings, as `stack` gives it for axis 0.
        place: of the training.
        lanes: trainings in `tree`.
    """
    return tree if lanes == 1 else tf.nest.map_structure(lambda stacked: stacked[place], tree)
