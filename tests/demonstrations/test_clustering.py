"""Scores of clusterings known by hand, and the layer that is clustered."""

import keras
import numpy as np
import pytest

from suite.demonstrations.clustering import VIEWS, clustered, demonstrate, last_layer
from suite.report.figures import png


def test_separate_classes_are_found_and_noise_is_not():
    rng, y = np.random.default_rng(0), np.repeat(np.arange(3), 40)
    apart = 10 * np.eye(3)[y] + rng.normal(size=(120, 3))
    found = clustered([apart, apart], y, 3, 0)
    assert found.ari.tolist() == found.nmi.tolist() == [1, 1]
    assert sorted(found.counts.max(axis=0)) == [40, 40, 40]
    assert found.counts.sum() == 120
    noise = clustered([rng.normal(size=(120, 3))], y, 3, 0)
    assert abs(noise.ari[0]) < 0.1 and noise.nmi[0] < 0.1


def test_half_right_by_hand():
    """Classes of 2 and 2 in clusters {a, a, b} and {b}: of 6 pairs 3 agree, and chance has as many."""
    found = clustered([np.array([[0.0], [0.1], [0.2], [9.0]])], np.array([0, 0, 1, 1]), 2, 0)
    assert found.ari[0] == pytest.approx(0)
    entropies = [np.log(2), 0.75 * np.log(4 / 3) + 0.25 * np.log(4)]
    together = 0.5 * np.log(2) + 0.25 * np.log(4) + 0.25 * np.log(4)
    assert found.nmi[0] == pytest.approx((sum(entropies) - together) / np.mean(entropies))


def test_the_last_layer_is_what_the_logits_are_made_of():
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(3, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2, name="logits")(hidden))
    x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    kernel, bias = model.get_layer("logits").get_weights()
    np.testing.assert_allclose(last_layer(model, x) @ kernel + bias, model(x), atol=1e-5)


def test_labels_make_the_clusters():
    found = demonstrate(dataset="digits", train_size=900, examples=300, epochs=15, replicates=2)
    ari = {each.at["view"]: each for each in found.measures if each.quantity == "clustering.ari"}
    assert set(ari) == set(VIEWS)
    assert ari["last layer, trained"].low > max(
        ari[view].high for view in VIEWS if view != "last layer, trained"
    )
    assert png(found.figure).startswith(b"\x89PNG")
