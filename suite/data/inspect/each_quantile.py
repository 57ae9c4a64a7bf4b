"""Several quantiles by estimators of scikit-learn, which predict one each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin


class EachQuantile(RegressorMixin, BaseEstimator):
    """Fits a regressor for each quantile; predicts them in order, [n, quantiles].

    Args:
        models: estimators, by rising quantile.
    """

    def __init__(self, models: Sequence[Any]):
        self.models = models

    def fit(self, x: Any, y: np.ndarray) -> "EachQuantile":
        """Fits them all."""
        self.models_ = [model.fit(x, y) for model in self.models]
        return self

    def predict(self, x: Any) -> np.ndarray:
        """Predicts; what crosses is put in order, as a model of the suite is served."""
        return np.sort(np.stack([model.predict(x) for model in self.models_], axis=1), axis=1)
