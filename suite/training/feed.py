"""Brings a data set to a program: resident on the device, or streamed through tf.data where it is too large for that."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from suite.data.dataset import resident_limit
from suite.data.preprocessing import Prepared
from suite.training.objective import Objective

EVALUATION_CHUNK = 500
"""Most examples of each split that are evaluated at once: bounds the memory of activations."""

EVALUATION_OUTPUTS = 2**24
"""Most numbers that a model gives for those."""

STREAM_BYTES = 2**23
"""Bytes of examples in a streamed piece; two more are being read while one is trained on."""


class Piece(NamedTuple):
    """What a program takes in one call: tensors by name, and as in `Program.run`."""

    data: dict[str, tf.Tensor]
    order: np.ndarray
    rates: np.ndarray
    steps: int
    evaluate: bool


class Feed:
    """A data set for programs, in its own dtype.

    Holds evaluation chunks [2, chunks, chunk, ...] of training and validation examples with their weights (0 for padding).
    """

    def __init__(self, prepared: Prepared):
        self._train, size = prepared.train, len(prepared.validation)
        count = Objective(prepared).weights
        seen, validation = prepared.train.take(probe(prepared)), prepared.validation
        chunk = evaluation_chunk(prepared)
        sides = [chunked(part.x[:], part.y, count(part.y), size, chunk) for part in (seen, validation)]
        names = ("chunks_x", "chunks_y", "chunks_weight")
        self._data = {
            name: tf.constant(np.stack(part))
            for name, part in zip(names, zip(*sides, strict=True), strict=True)
        }
        self.resident = prepared.train.x.nbytes <= resident_limit()
        if self.resident:
            self._data |= {"x": tf.constant(prepared.train.x), "y": tf.constant(prepared.train.y)}

    def pieces(
        self, order: np.ndarray, rates: np.ndarray, steps: int, *, evaluate: bool = True
    ) -> Iterator[Piece]:
        """The pieces of `steps` gradient steps; the last one evaluates.

        Args:
            order: [length, ..., batch] indices of training examples, of which the first `steps` count.
            rates: [length, ...] learning rates.
        """
        if self.resident:
            yield Piece(self._data, order, rates, steps, evaluate)
            return
        step_bytes = order[0].size * self._train.x[:1].nbytes
        length = int(min(len(order), max(1, STREAM_BYTES // step_bytes)))
        starts = range(0, max(steps, 1), length)
        for start, (x, y) in zip(starts, self._stream(order, starts, length), strict=True):
            taken = min(length, steps - start)
            places = np.arange(length * order[0].size, dtype=np.int32).reshape(length, *order.shape[1:])
            part = rates[start : start + length]
            part = np.concatenate([part, np.repeat(part[-1:], length - len(part), 0)])
            yield Piece(
                self._data | {"x": x, "y": y}, places, part, taken, evaluate and start + length >= steps
            )

    def _stream(self, order: np.ndarray, starts: range, length: int) -> tf.data.Dataset:
        """Examples of `length` steps at a time, read ahead by tf.data; the last ones are padded by repetition."""

        def read():
            for start in starts:
                index = order[start : start + length].reshape(-1)
                index = np.resize(index, length * order[0].size)
                yield self._train.x[index], self._train.y[index]

        shape = (length * order[0].size,)
        specs = tuple(
            tf.TensorSpec(shape + part.shape[1:], part.dtype) for part in (self._train.x, self._train.y)
        )
        return tf.data.Dataset.from_generator(read, output_signature=specs).prefetch(2)


def probe(prepared: Prepared) -> np.ndarray:
    """Indices of the training examples that are evaluated: always the same, as many as there are for validation."""
    return np.sort(np.random.default_rng(0).permutation(len(prepared.train))[: len(prepared.validation)])


def evaluation_chunk(prepared: Prepared) -> int:
    """Examples of each split that are evaluated at once."""
    outputs = prepared.num_outputs * (prepared.places or prepared.output_length or 1)
    return max(1, min(EVALUATION_CHUNK, EVALUATION_OUTPUTS // outputs))


def chunked(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray, size: int, chunk: int
) -> tuple[np.ndarray, ...]:
    """Examples and what each counts as [chunks, chunk, ...], padded by repetition to `size` examples; padding counts 0."""
    chunk = min(chunk, size)
    places = np.arange(-(-size // chunk) * chunk)
    parts = (x[places % len(y)], y[places % len(y)], np.where(places < len(y), weight[places % len(y)], 0))
    return tuple(part.reshape(-1, chunk, *part.shape[1:]) for part in parts)
