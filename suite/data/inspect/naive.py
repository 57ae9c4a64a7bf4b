"""Forecasts that need no model: the last value, or the value one season before."""

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin


class Naive(RegressorMixin, BaseEstimator):
    """Answers each step with the last value that was one or more whole seasons before it (the naive and the
    seasonal naive method of Hyndman and Athanasopoulos, Forecasting: Principles and Practice).

    Args:
        channel: of a row that is the past of the target.
        channels: of a row.
        season: rows; 1 is the last value. None: the length with the least absolute error on what it is fitted
            on, up to the window.
    """

    def __init__(self, channel: int, channels: int, season: int | None = None):
        self.channel, self.channels, self.season = channel, channels, season

    def fit(self, x: np.ndarray, y: np.ndarray) -> "Naive":
        """Chooses the season.

        Args:
            x: [n, window * channels]. y: [n, steps], or [n] of one step.
        """
        self.shape_ = y.shape[1:]
        seasons = [self.season] if self.season else range(1, x.shape[1] // self.channels + 1)
        errors = {season: np.abs(self._before(x, season) - y).mean() for season in seasons}
        self.season_ = min(errors, key=lambda season: errors[season])
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Forecasts, in the form of the targets."""
        return self._before(x, self.season_)

    def _before(self, x: np.ndarray, season: int) -> np.ndarray:
        past = x[:, self.channel :: self.channels]
        steps = np.arange(self.shape_[0] if self.shape_ else 1)
        return past[:, past.shape[1] - season + steps % season].reshape(len(x), *self.shape_)
