"""What the studies are about shows at reduced size: a few trainings of a case as the study declares it.

The studies themselves tune and repeat; here a difference is asked for that no seed hides.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from suite.study import catalog
from suite.training.engine import train_many


def losses(study: str, at: Mapping[str, Any], seeds: int = 2, **settings: Any) -> np.ndarray:
    """[seeds] test losses of a case of a study, with other settings."""
    (case,) = (case for case in catalog.find(study)[1].cases if dict(case.levels) == dict(at))
    config = case.config.replace(**settings)
    results = dict(train_many([config.replace(seed=seed) for seed in range(seeds)], test=True))
    return np.array([results[seed].test["test_loss"] for seed in range(seeds)])


IN_ORDER, SHUFFLED = {"positions": "in_order"}, {"positions": "shuffled"}
CURVES = {"epochs": 12, "learning_rate": 0.01}
IMAGES = {"train_size": 1_000, "validation_size": 500, "epochs": 4, "learning_rate": 0.01}
STEPS = {"train_size": 3_000, "validation_size": 200, "epochs": 8, "learning_rate": 0.01}
WIDE = {"epochs": 20, "learning_rate": 0.003}


@pytest.mark.parametrize(
    ("study", "better", "worse", "settings"),
    [
        ("architectures", {"model": "conv", **IN_ORDER}, {"model": "dense", **IN_ORDER}, CURVES),
        (
            "rnn_cells",
            {"cell": "gru", "sequence_length": 20},
            {"cell": "simple_rnn", "sequence_length": 40},
            STEPS,
        ),
        ("convolution", {"kernel_size": 5, "padding": "same"}, {"kernel_size": 1, "padding": "same"}, IMAGES),
        ("features", {"reduction": "pca"}, {"reduction": "select_k_best"}, WIDE),
    ],
)
def test_one_case_is_better_than_another_with_every_seed(study, better, worse, settings):
    assert losses(study, better, **settings).max() < losses(study, worse, **settings).min()


def test_order_means_nothing_to_dense_layers():
    """Shuffled columns are the same table: only the initial weights fall on others."""
    in_order, shuffled = (
        losses("architectures", {"model": "dense", **at}, 3, **CURVES) for at in (IN_ORDER, SHUFFLED)
    )
    assert shuffled.mean() == pytest.approx(in_order.mean(), rel=0.1)
