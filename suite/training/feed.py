"""Brings a data set to a program: resident on the device, or streamed where it is too large for that."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from suite.data.dataset import Rows, resident_limit
from suite.data.preprocessing import Prepared
from suite.training.task_loss import TaskLoss

EVALUATION_CHUNK = 500
"""Most examples of each split that are evaluated at once: bounds the memory of activations."""

EVALUATION_OUTPUTS = 2**24
"""Most numbers that a model gives for those."""

STREAM_BYTES = 2**23
"""Bytes of examples in a streamed piece; two more are being read while one is trained on."""

Data = dict[str, tf.Tensor]
"""Tensors of a data set by name: training examples `x`, `y`; examples to evaluate `chunks_x`, `chunks_y`,
`chunks_weight` [2, chunks, chunk, ...], of the training and of the validation split, with weight 0 for
padding."""


class Piece(NamedTuple):
    """Holds what a program takes in one call.

    Attributes:
        data: tensors by name.
        order: [length, ..., batch] int32 places in `data["x"]` of the examples of each step.
        rates: [length, ...] float32 learning rates.
        steps: to be taken, at most `length`.
        evaluate: whether an evaluation follows them.
    """

    data: Data
    order: np.ndarray
    rates: np.ndarray
    steps: int
    evaluate: bool


class Feed:
    """Gives a data set to programs piece by piece, in its own dtype.

    Attributes:
        resident: whether all training examples lie on the device.
    """

    def __init__(self, prepared: Prepared):
        self._train, size = prepared.train, len(prepared.validation)
        example_weights = TaskLoss(prepared).example_weights
        seen, validation = prepared.train.take(evaluated_training_examples(prepared)), prepared.validation
        chunk = evaluation_chunk(prepared)
        sides = [
            chunked(part.x[:], part.y, example_weights(part.y), size, chunk) for part in (seen, validation)
        ]
        names = ("chunks_x", "chunks_y", "chunks_weight")
        self._data: Data = {
            name: tf.constant(np.stack(part))
            for name, part in zip(names, zip(*sides, strict=True), strict=True)
        }
        self.resident = prepared.train.x.nbytes <= resident_limit()
        if self.resident:
            self._data |= {"x": tf.constant(prepared.train.x), "y": tf.constant(prepared.train.y)}

    def pieces(
        self, order: np.ndarray, rates: np.ndarray, steps: int, *, evaluate: bool = True
    ) -> Iterator[Piece]:
        """Gives the pieces of a stretch of training; the last one evaluates.

        Args:
            order: [length, ..., batch] int32 indices of training examples, of which the first `steps` count.
            rates: [length, ...] float32 learning rates.
            steps: gradient steps to be taken.
            evaluate: False leaves the evaluation out.
        """
        if self.resident:
            yield Piece(self._data, order, rates, steps, evaluate)
            return
        step_bytes = order[0].size * self._train.x[:1].nbytes
        length = int(min(len(order), max(1, STREAM_BYTES // step_bytes)))
        starts = range(0, max(steps, 1), length)
        places = np.arange(length * order[0].size, dtype=np.int32).reshape(length, *order.shape[1:])
        for start, (x, y) in zip(starts, self._stream(order, starts, length), strict=True):
            part = rates[start : start + length]
            part = np.concatenate([part, np.repeat(part[-1:], length - len(part), 0)])
            is_last = start + length >= steps
            taken = min(length, steps - start)
            yield Piece(self._data | {"x": x, "y": y}, places, part, taken, evaluate and is_last)

    def _stream(self, order: np.ndarray, starts: range, length: int) -> tf.data.Dataset:
        """Reads examples of `length` steps at a time, ahead; the last ones are padded by repetition."""

        def read() -> Iterator[tuple[np.ndarray, np.ndarray]]:
            for start in starts:
                index = order[start : start + length].reshape(-1)
                index = np.resize(index, length * order[0].size)
                yield self._train.x[index], self._train.y[index]

        return from_generator(read, (length * order[0].size,), self._train.x, self._train.y)


def from_generator(
    read: Callable[[], Iterator], leading: tuple[int, ...], x: np.ndarray | Rows, y: np.ndarray
) -> tf.data.Dataset:
    """Reads pairs of examples and targets ahead.

    Args:
        read: a function that gives the pairs.
        leading: axes of each pair, in place of the first axis of `x` and `y`.
        x, y: what the pairs are taken from.
    """
    specs = tuple(tf.TensorSpec(leading + part.shape[1:], part.dtype) for part in (x, y))
    return tf.data.Dataset.from_generator(read, output_signature=specs).prefetch(2)


def evaluated_training_examples(prepared: Prepared) -> np.ndarray:
    """Gives the indices of the training examples that are evaluated.

    They are always the same, and as many as validation has.
    """
    return np.sort(np.random.default_rng(0).permutation(len(prepared.train))[: len(prepared.validation)])


def evaluation_chunk(prepared: Prepared) -> int:
    """Gives the number of examples of each split that are evaluated at once."""
    outputs = prepared.num_outputs * (prepared.places or prepared.output_length or 1)
    return max(1, min(EVALUATION_CHUNK, EVALUATION_OUTPUTS // outputs))


def chunked(
    x: np.ndarray | Rows, y: np.ndarray, weight: np.ndarray, size: int, chunk: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cuts examples into chunks of one size.

    Args:
        x: [n, ...] examples.
        y: [n, ...] targets.
        weight: [n] what each example counts.
        size: examples that the chunks must hold, at least n; padding repeats examples, and counts 0.
        chunk: examples of a chunk.

    Returns:
        `x`, `y` and `weight` as [chunks, chunk, ...].
    """
    chunk = min(chunk, size)
    places = np.arange(-(-size // chunk) * chunk)
    again = places % len(y)
    parts = (x[again], y[again], np.where(places < len(y), weight[again], 0))
    in_chunks = [part.reshape(-1, chunk, *part.shape[1:]) for part in parts]
    return in_chunks[0], in_chunks[1], in_chunks[2]
