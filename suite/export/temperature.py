"""Fits the temperature by which probabilities become shares (Guo et al. 2017, arXiv:1706.04599)."""

import numpy as np

COLDEST, HOTTEST = 0.05, 20.0
"""The temperature lies between; a model that is always right on validation has it colder without end."""


def fit(logits: np.ndarray, y: np.ndarray) -> float:
    """Returns the number by which logits are divided to make `y` likeliest.

    The class that is likeliest stays so. It is fitted on validation, as all that is chosen.

    Args:
        logits: [n, classes].
        y: [n] true classes.
    """
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log: -log_probabilities(logits / np.exp(log))[np.arange(len(y)), y].mean(),
        bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded", options={"xatol": 1e-4},
    )  # fmt: skip
    return float(np.exp(found.x))


def log_probabilities(logits: np.ndarray) -> np.ndarray:
    """Returns the logarithms of the softmax of [n, classes] logits."""
    from scipy.special import log_softmax

    return log_softmax(logits.astype(np.float64), axis=-1)
