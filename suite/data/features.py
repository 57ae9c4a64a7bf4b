"""What a model sees of normalised examples: their positions shuffled, or fewer features.

Fitted by scikit-learn on the training split; then layers of the preprocessing, as the exported model has
them.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

SHUFFLE_SEED = 1_998
"""Decides the order of shuffled positions, which is one for all examples and splits."""

COMPONENTS = 20
"""Features that are left unless asked otherwise."""

Affine = tuple[np.ndarray, np.ndarray]
"""[features, components] and [components]: components are x @ the first + the second."""


def shuffled(x: keras.KerasTensor, shape: tuple[int, ...]) -> keras.KerasTensor:
    """Examples of `shape` in another order: of sequences and images the channels of a position stay
    together."""
    places = shape[: -1 if len(shape) == 3 or (len(shape) == 2 and shape[0] != shape[1]) else None]
    order = np.random.RandomState(SHUFFLE_SEED).permutation(math.prod(places))
    flat = keras.layers.Reshape((len(order), *shape[len(places) :]))(x)
    return keras.layers.Reshape(shape)(keras.ops.take(flat, order, axis=1))


def reduced(x: keras.KerasTensor, affine: Affine) -> keras.KerasTensor:
    """Puts an affine map behind `x` [batch, features], as a layer that is not trained."""
    layer = keras.layers.Dense(affine[0].shape[1], trainable=False, name="reduction")
    layer.build(x.shape)
    layer.set_weights([part.astype("float32") for part in affine])
    return layer(x)


def _select_k_best(count: int, x: np.ndarray, y: np.ndarray) -> Any:
    """The features that a test of one variable finds (F, of analysis of variance or of regression)."""
    from sklearn.feature_selection import SelectKBest, f_classif, f_regression

    return SelectKBest(f_classif if y.dtype.kind == "i" else f_regression, k=count).fit(x, y)


def _pca(count: int, x: np.ndarray, y: np.ndarray) -> Any:
    """The directions of most variance, whatever the targets are."""
    from sklearn.decomposition import PCA

    return PCA(count, svd_solver="covariance_eigh").fit(x)


def _pls(count: int, x: np.ndarray, y: np.ndarray) -> Any:
    """The directions of most covariance with the targets, of classes with one column each."""
    from sklearn.cross_decomposition import PLSRegression

    wanted = np.eye(y.max() + 1)[y] if y.dtype.kind == "i" else y
    return PLSRegression(count).fit(x, wanted)


REDUCTIONS: Mapping[str, Callable[[int, np.ndarray, np.ndarray], Any]] = {
    "select_k_best": _select_k_best,
    "pca": _pca,
    "pls": _pls,
}
"""Name -> fits a transformer of scikit-learn on [n, features] and [n] targets."""


def fitted(name: str, count: int, x: np.ndarray, y: np.ndarray) -> Affine:
    """Fits a reduction, and gives it as the affine map that it is.

    Args:
        name: a key of REDUCTIONS.
        count: features that are left.
        x: [n, features].
        y: [n] classes as int32, or numbers; [n, targets] of several.

    Raises:
        ValueError: fewer features or examples than `count`, or several targets for a test of one.
    """
    if name == "select_k_best" and y.ndim > 1:
        raise ValueError(
            "`reduction` expects pca or pls where there are several targets: select_k_best tests for one."
            " Received: reduction='select_k_best'."
        )
    most = min(x.shape)
    if count > most:
        raise ValueError(
            f"`n_components` must be at most {most} for {x.shape[0]} examples of {x.shape[1]} features."
            f" Received: n_components={count}."
        )
    transformer = REDUCTIONS[name](count, x.astype("float64"), y)
    offset = transformer.transform(np.zeros((1, x.shape[1])))
    return transformer.transform(np.eye(x.shape[1])) - offset, offset[0]
