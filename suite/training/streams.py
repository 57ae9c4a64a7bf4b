"""Randomness: one seed gives initial weights, data order, dropout and masking a stream each."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras
import numpy as np


@dataclass(frozen=True)
class Streams:
    """Holds the independent streams of one training.

    Attributes:
        weights: a seed for Keras's initializers.
        order: of the data.
        dropout: of the states of a model's seed generators.
        masks: which masking of an example an epoch takes.
    """

    weights: int
    order: np.random.SeedSequence
    dropout: np.random.SeedSequence
    masks: np.random.SeedSequence

    @classmethod
    def of(cls, seed: int) -> "Streams":
        """Derives the streams of a training from its seed."""
        weights, *others = np.random.SeedSequence(seed).spawn(4)
        return cls(int(weights.generate_state(1)[0]), *others)


@contextmanager
def keras_seed(seed: int, *, tensorflow: bool) -> Iterator[None]:
    """Lets Keras draw from `seed`; Python's and NumPy's own states are as before when the context ends.

    Keras's initializers and layers take their seeds from Python's `random`. With `tensorflow`, NumPy,
    `keras.random` and TensorFlow start from `seed` too. That makes TensorFlow forget what it prepared for
    every function: the next call of a compiled program takes a tenth of a second longer.

    Args:
        seed: what to draw from.
        tensorflow: whether what is built may draw otherwise than Keras's initializers and layers do.
    """
    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - keras.utils.set_random_seed sets it
    (keras.utils.set_random_seed if tensorflow else random.seed)(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002


def batches(
    order: np.random.SeedSequence,
    examples: int,
    batch_size: int,
    copies: int = 1,
    masks: np.random.SeedSequence | None = None,
    *,
    reshuffle: bool = True,
    part: np.ndarray | None = None,
) -> Iterator[np.ndarray]:
    """Gives [batch_size] int32 indices without end: a permutation each epoch.

    What does not fill a batch is left out of its epoch.

    Args:
        order: decides the permutations.
        examples: different ones.
        batch_size: at most `examples`.
        copies: of each example; copy c of example i has the index c * examples + i.
        masks: decides which copy of an example an epoch takes.
        reshuffle: whether the permutation is a new one each epoch.
        part: those of the examples that are used, at least `batch_size` of them; None: all.
    """
    rng, chooser = np.random.default_rng(order), np.random.default_rng(masks)
    used = np.arange(examples, dtype=np.int32) if part is None else part.astype(np.int32)
    shuffled = rng.permutation(used)
    while True:
        places = shuffled
        if copies > 1:
            places = shuffled + examples * chooser.integers(copies, size=len(used), dtype=np.int32)
        for start in range(0, len(used) - batch_size + 1, batch_size):
            yield places[start : start + batch_size]
        if reshuffle:
            shuffled = rng.permutation(used)
