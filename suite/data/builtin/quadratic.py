"""DeepOBS's quadratic_deep (Schneider, Balles and Hennig 2019, arXiv:1903.05499): 0.5 (theta - x)^T Q (theta
- x).

Q has the spectrum that is reported for neural networks: 90 eigenvalues in (0, 1) and 10 in (30, 60). x is
noise, so the loss cannot be 0. On the test split it is at least 86.87; it is 86.93 at theta = 0, the mean
that the noise is drawn with, and 87.05 at the mean of the training noise, where training ends.
"""

import numpy as np

from suite.data.cache import checksum
from suite.data.dataset import Split, Whole

DIMENSION, SIZE, NOISE = 100, 1_000, 0.6
BATCH = 128
TRAIN_SEED, TEST_SEED, VALIDATION_SEED = 42, 43, 44  # the first two are DeepOBS's; it has no validation split


def hessian() -> np.ndarray:
    """Q: float64 [100, 100], symmetric, the same as in DeepOBS."""
    rng = np.random.RandomState(42)
    eigenvalues = np.concatenate([rng.uniform(0, 1, 90), rng.uniform(30, 60, 10)])
    rotation = _rotation(rng)
    return rotation.T @ (eigenvalues[:, None] * rotation)


def _rotation(rng: np.random.RandomState) -> np.ndarray:
    """A rotation drawn uniformly, by the subgroup algorithm of Diaconis and Shahshahani 1987."""
    angle = 2 * np.pi * rng.uniform()
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for size in range(3, DIMENSION + 1):
        point = rng.normal(size=size)
        mirror = np.eye(size)[0] - point / np.linalg.norm(point)
        mirror /= np.linalg.norm(mirror)
        larger = np.eye(size)
        larger[1:, 1:] = rotation
        rotation = larger - 2 * np.outer(mirror, mirror @ larger)
    return -rotation


def loss(theta: np.ndarray, x: np.ndarray) -> float:
    """Mean over examples.

    Args:
        theta: [100] parameters.
        x: [n, 100] noise.
    """
    gap = theta - x
    return float(0.5 * np.mean(np.sum(gap @ hessian() * gap, axis=1)))


def _noise(seed: int) -> np.ndarray:
    return np.random.RandomState(seed).normal(0, NOISE, (SIZE, DIMENSION)).astype(np.float32)


def read(name: str) -> Whole:
    """The noise. `suite/models/quadratic.py` holds theta and gives the square root of the loss, to be
    compared with zero: so the mean squared error is the loss of DeepOBS, to the letter. The inputs must not
    be normalised.

    Train is DeepOBS's, whole: validation is further noise, behind it. Test is what DeepOBS's full batches
    hold.
    """
    x = np.concatenate([_noise(TRAIN_SEED), _noise(VALIDATION_SEED)])
    train = Split(x, np.zeros(len(x), np.float32))
    full = SIZE // BATCH * BATCH
    test = Split(_noise(TEST_SEED)[:full], np.zeros(full, np.float32))
    return Whole(
        name=name, task="regression", train=train, test=test, validation_size=SIZE, in_time=True,
        normalize=False,
        target="square root of the loss", source="generated, as DeepOBS does", licence="MIT (DeepOBS)",
        description=(
            "A noisy quadratic of 100 dimensions with the curvatures of a deep network, 90 in (0, 1) and 10"
            " in (30, 60). The"
            " model `quadratic` holds the parameters; the mean squared error is the loss. It starts at"
            " 353.447; the"
            " least is 86.87."
        ),
        splits="train and test are DeepOBS's (batches of 128, the rest dropped); validation is further noise",
        published=(
            "loss after 100 epochs, 10 seeds: SGD 87.397 +- 0.169 (learning rate 0.01585), momentum 0.99"
            " 87.045 +- 0.025"
            " (0.00251), Adam 87.112 +- 0.024 (0.0398), with one order of batches for all epochs (the"
            " baselines of DeepOBS)"
        ),
        sha256=checksum(train, test),
    )  # fmt: skip
