"""Shows how much of the classes k-means finds: in pixels, in their PCA, and in a network's last layer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from suite.analysis.estimate import Estimate
from suite.analysis.records import Demonstrated, Details, Figure, Measure, Section, Table, Text
from suite.analysis.sections import numbers
from suite.analysis.statistics import mean_estimate
from suite.study.config import Config

COMPONENTS = 50
"""Of the PCA, at most."""

VIEWS = {
    "pixels": "no labels",
    "PCA": "no labels",
    "last layer, untrained": "no labels",
    "last layer, trained": "labels, of other images",
}
"""What is clustered, and what its maker knew of classes."""

SCORES = {"ari": "adjusted Rand index", "nmi": "normalized mutual information"}

EXPLAINED = (
    "k-means is told how many classes there are, and nothing else. Both scores are 1 if its clusters are the"
    " classes. The adjusted Rand index (Hubert and Arabie 1985) counts pairs of images that clusters and"
    " classes agree on; 0 is what chance gives. Normalized mutual information is the information that a"
    " cluster gives of the class, over the mean of both entropies; chance gives a little more than 0."
)


@dataclass(frozen=True)
class Found:
    """What k-means found in one view of the images.

    Attributes:
        ari, nmi: [replicates].
        counts: [clusters, classes] images, of the first replicate.
    """

    ari: np.ndarray
    nmi: np.ndarray
    counts: np.ndarray


def demonstrate(
    *,
    dataset: str = "fashion_mnist",
    train_size: int = 5_000,
    examples: int = 2_000,
    epochs: int = 10,
    width: int = 64,
    replicates: int = 5,
    seed: int = 0,
) -> Demonstrated:
    """Clusters test images, and compares the clusters with their classes.

    Args:
        dataset: of images with classes.
        train_size: images that PCA and the network learn from.
        examples: test images that are clustered.
        epochs, width: of the network, which has two hidden layers.
        replicates: networks, and starts of k-means.
        seed: of the first of them.
    """
    config = Config(
        dataset=dataset, train_size=train_size, model="dense", width=width, depth=2, epochs=epochs, seed=seed
    )
    found, accuracy, names = _cluster(config, examples, replicates)
    rng = np.random.default_rng(seed)
    scores = {
        (view, score): mean_estimate(getattr(each, score), 0.95, rng)
        for view, each in found.items()
        for score in SCORES
    }
    told = mean_estimate(accuracy, 0.95, rng)
    return Demonstrated(
        answer=_answer(scores, told),
        warnings=(),
        headline=_headline(scores),
        sections=(Section("scores", "What the scores say", (Text((EXPLAINED,)), _clusters(found, names))),),
        measures=(
            *(
                Measure(f"clustering.{score}", {"view": view}, *each)
                for (view, score), each in scores.items()
            ),
            Measure("clustering.accuracy", {}, *told),
        ),
        summary={f"{view}: {score}": each.point for (view, score), each in scores.items()},
        figure=_figure(scores),
    )


def _cluster(
    config: Config, examples: int, replicates: int
) -> tuple[dict[str, Found], np.ndarray, tuple[str, ...]]:
    """View -> what k-means found; the networks' test accuracies; names of the classes."""
    from suite.training.build import build_model, model_with_weights
    from suite.training.engine import train_many
    from suite.training.load import prepared

    configs = [config.replace(seed=config.seed + n) for n in range(replicates)]
    results = dict(train_many(configs, test=True, weights=True))
    data, names = prepared(config), prepared(config).dataset.class_names
    images, y = np.asarray(data.test.array[:examples]), data.test.y[:examples]
    pixels = images.reshape(len(images), -1) / 255
    training = np.asarray(data.train.array[:]).reshape(len(data.train), -1) / 255
    normal = data.normalization(images)
    views: dict[str, list[np.ndarray]] = {
        "pixels": [pixels] * replicates,
        "PCA": [_pca(training, pixels)] * replicates,
        "last layer, untrained": [last_layer(build_model(each, data), normal) for each in configs],
        "last layer, trained": [
            last_layer(model_with_weights(each, data, results[n].weights or ()), normal)
            for n, each in enumerate(configs)
        ],
    }
    accuracy = np.array([results[n].test["test_accuracy"] for n in range(replicates)])
    return (
        {name: clustered(each, y, len(names), config.seed) for name, each in views.items()},
        accuracy,
        names,
    )


def _pca(training: np.ndarray, x: np.ndarray) -> np.ndarray:
    from sklearn.decomposition import PCA

    count = min(COMPONENTS, *training.shape)
    return PCA(count, svd_solver="covariance_eigh").fit(training).transform(x)


def last_layer(model: Any, x: Any) -> np.ndarray:
    """Gives [n, units] of the layer before a model's logits."""
    import keras

    hidden = keras.Model(model.inputs, model.get_layer("logits").input)
    return keras.ops.convert_to_numpy(hidden(x))


def clustered(views: list[np.ndarray], y: np.ndarray, count: int, seed: int) -> Found:
    """Clusters by k-means, and compares the clusters with the classes.

    Args:
        views: of each replicate [n, features].
        y: [n] classes.
        count: of clusters.
        seed: of the first replicate's k-means.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    labels = [
        KMeans(count, n_init=4, random_state=seed + n).fit_predict(view) for n, view in enumerate(views)
    ]
    counts = np.zeros((count, y.max() + 1), int)
    np.add.at(counts, (labels[0], y), 1)
    return Found(
        ari=np.array([adjusted_rand_score(y, each) for each in labels]),
        nmi=np.array([normalized_mutual_info_score(y, each) for each in labels]),
        counts=counts,
    )


Scores = Mapping[tuple[str, str], Estimate]


def _answer(scores: Scores, accuracy: Estimate) -> str:
    pixels, pca, untrained, trained = (scores[view, "ari"] for view in VIEWS)
    return (
        f"Without labels k-means finds part of the classes: an adjusted Rand index of {pixels.text()} in"
        f" pixels, {pca.text()} in their principal components and {untrained.text()} in the last layer of an"
        f" untrained network. In the last layer of a network that learned with labels it is"
        f" {trained.text()}; that network itself tells {accuracy.text(percent=True)} of the images right."
    )


def _headline(scores: Scores) -> Table:
    rows = tuple(
        (view, knew, *(scores[view, score].text() for score in SCORES)) for view, knew in VIEWS.items()
    )
    return Table(("k-means on", "made with", "ARI", "NMI"), rows, kinds=("text", "text", *numbers(1)[1:] * 2))


def _figure(scores: Scores) -> Figure:
    rows = [(SCORES[score], view, *each) for (view, score), each in scores.items()]
    return Figure(
        "scores",
        "bars",
        "How much of the classes k-means finds: labels make the layer in which they are clusters",
        "Interquartile mean over the replicates and its 95% interval; 1: the clusters are the classes.",
        {"bars": pd.DataFrame(rows, columns=["panel", "name", "value", "low", "high"])},
        {"x_title": "score", "format": ".2f", "order": list(SCORES.values())},
    )


def _clusters(found: Mapping[str, Found], names: tuple[str, ...]) -> Details:
    """The clusters by class, of each view."""
    figures = tuple(_cells(view, each.counts, names) for view, each in found.items())
    return Details("Which classes share a cluster", figures, open=True)


def _cells(view: str, counts: np.ndarray, names: tuple[str, ...]) -> Figure:
    """Classes in rows, clusters in columns, ordered so that the largest shares stand along the diagonal."""
    from scipy.optimize import linear_sum_assignment

    shares = counts / np.maximum(counts.sum(axis=0), 1)
    order = linear_sum_assignment(-shares.T)[1]
    columns = [str(place + 1) for place in range(len(order))]
    cells = pd.DataFrame(
        [
            (columns[x], names[y], shares[cluster, y], f"{shares[cluster, y]:.0%}")
            for y in range(len(names))
            for x, cluster in enumerate(order)
        ],
        columns=["x", "y", "value", "text"],
    )
    return Figure(
        f"clusters_{view}",
        "heatmap",
        f"{view}: the share of each class that is in each cluster",
        "The first replicate; clusters in the order that suits the classes best.",
        {"cells": cells.assign(dark=cells["value"] > 0.55)},
        {
            "x_order": columns, "y_order": list(names), "x_title": "cluster", "y_title": None,
            "domain": [0, 1], "scheme": "blues", "value_title": "share of the class", "row_height": 24,
        },
    )  # fmt: skip
