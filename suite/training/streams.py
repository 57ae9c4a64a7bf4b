"""Randomness: one seed gives initial weights, data order, dropout and masking a stream each."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np


@dataclass(frozen=True)
class Streams:
    """The independent streams of one training."""

    weights: int
    order: np.random.SeedSequence
    dropout: np.random.SeedSequence
    masks: np.random.SeedSequence

    @classmethod
    def of(cls, seed: int) -> "Streams":
        weights, *others = np.random.SeedSequence(seed).spawn(4)
        return cls(int(weights.generate_state(1)[0]), *others)


class keras_seed:
    """Context in which Keras draws from `seed`; Python's and NumPy's own states are as before when it ends."""

    def __init__(self, seed: int):
        self.seed = seed

    def __enter__(self):
        self._states = random.getstate(), np.random.get_state()  # noqa: NPY002 - keras.utils.set_random_seed sets it
        keras.utils.set_random_seed(self.seed)

    def __exit__(self, *error):
        random.setstate(self._states[0])
        np.random.set_state(self._states[1])  # noqa: NPY002


def batches(
    order: np.random.SeedSequence,
    examples: int,
    batch_size: int,
    copies: int = 1,
    masks: np.random.SeedSequence | None = None,
) -> Iterator[np.ndarray]:
    """Endless [batch_size] int32 indices: a new permutation each epoch, without the part of a batch that is left over.

    Copy c of example i has the index c * examples + i; `masks` decides which copy of an example an epoch takes.
    """
    rng, chooser = np.random.default_rng(order), np.random.default_rng(masks)
    while True:
        shuffled = rng.permutation(examples).astype(np.int32)
        if copies > 1:
            shuffled += examples * chooser.integers(copies, size=examples, dtype=np.int32)
        for start in range(0, examples - batch_size + 1, batch_size):
            yield shuffled[start : start + batch_size]
