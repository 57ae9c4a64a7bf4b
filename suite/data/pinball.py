"""The pinball loss of quantiles (Koenker and Bassett 1978, doi:10.2307/1913643). NumPy only."""

import numpy as np


def pinball_loss(y: np.ndarray, predicted: np.ndarray, quantiles: tuple[float, ...]) -> np.ndarray:
    """Gives the loss of each example and quantile, [n, quantiles]: its mean is least at the true quantiles.

    Args:
        y: [n] targets.
        predicted: [n, quantiles], or [quantiles] for all examples.
        quantiles: between 0 and 1.
    """
    error = np.asarray(y, np.float64)[:, None] - predicted
    return np.maximum(np.asarray(quantiles) * error, (np.asarray(quantiles) - 1) * error)
