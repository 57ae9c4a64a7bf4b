"""Shuffled positions and reduced features: by hand, beside scikit-learn, and in what is exported."""

import keras
import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_classif

from suite import Config
from suite.data.features import fitted
from suite.export.serving import Serving
from suite.training.load import prepared

CANCER = Config(dataset="breast_cancer", batch_size=8)


def standardised(data) -> np.ndarray:
    dataset = data.dataset
    return (dataset.train.x - dataset.mean) / np.sqrt(dataset.variance)


@pytest.mark.parametrize(
    ("reduction", "transformer"),
    [("select_k_best", SelectKBest(f_classif, k=4)), ("pca", PCA(4)), ("pls", PLSRegression(4))],
)
def test_a_reduction_is_scikit_learns(reduction, transformer):
    data = prepared(CANCER.replace(reduction=reduction, n_components=4))
    x, y = standardised(data), data.train.y
    expected = transformer.fit(x, np.eye(2)[y] if reduction == "pls" else y).transform(x)
    signs = np.sign((expected * data.train.x).sum(axis=0))  # of a direction either sign is right
    np.testing.assert_allclose(data.train.x, expected * signs, atol=2e-4)
    assert data.input_shape == (4,) and data.validation.x.shape[1] == 4


def test_pca_finds_variance_and_pls_finds_the_target():
    """Two columns: a wide one that says nothing, and a narrow one that is the target."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2_000, 2)) * [3, 0.5]
    y = (x[:, 1] > 0).astype(np.int32)
    axes = {name: abs(fitted(name, 1, x, y)[0][:, 0]) for name in ("select_k_best", "pca", "pls")}
    assert axes["pca"].argmax() == 0 and axes["pls"].argmax() == axes["select_k_best"].argmax() == 1


@pytest.mark.parametrize(("dataset", "channels"), [("digits", ()), ("adding", (2,)), ("breast_cancer", ())])
def test_shuffled_positions_are_one_order_for_all(dataset, channels):
    config = Config(dataset=dataset, train_size=40, validation_size=60, batch_size=8)
    plain, shuffled = (prepared(config.replace(positions=each)) for each in ("in_order", "shuffled"))
    before = plain.normalization(plain.test.x[:50].astype("float32")).numpy().reshape(50, -1, *channels)
    after = shuffled.test.x[:50].reshape(50, -1, *channels)
    assert shuffled.input_shape == plain.input_shape
    assert not np.allclose(after, before)
    np.testing.assert_allclose(np.sort(after, axis=1)[..., 0], np.sort(before, axis=1)[..., 0], atol=1e-6)
    same = [(before[:, [place]] == after).all(axis=(0, *range(2, after.ndim))).any() for place in range(10)]
    np.testing.assert_allclose(after.sum(axis=1), before.sum(axis=1), atol=1e-4)
    assert all(same)  # a position moves as a whole, for every example to the same place


@pytest.mark.parametrize("settings", [{"positions": "shuffled"}, {"reduction": "pls", "n_components": 5}])
@pytest.mark.parametrize("dataset", ["digits", "wine"])
def test_the_exported_model_does_the_same_with_raw_inputs(dataset, settings):
    data = prepared(Config(dataset=dataset, batch_size=8, **settings))
    front = Serving(keras.Sequential([keras.layers.Flatten()]), data).front
    np.testing.assert_allclose(front(data.dataset.test.x), data.test.x, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dataset": "japanese_vowels", "positions": "shuffled"}, "without padding.*japanese_vowels"),
        ({"reduction": "pca", "n_components": 31}, "`n_components` must be at most 30.*n_components=31"),
    ],
)
def test_what_cannot_be_changed_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        prepared(CANCER.replace(**settings))


def test_components_belong_to_a_reduction():
    with pytest.raises(ValueError, match=r"`n_components` expects `reduction`.*n_components=3"):
        Config(n_components=3)
