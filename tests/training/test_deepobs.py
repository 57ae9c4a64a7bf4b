"""The engine reaches what DeepOBS published of quadratic_deep (its baselines: 100 epochs, 10 seeds)."""

import numpy as np
import pytest

from suite import Config
from suite.training.engine import train_many

SEEDS = 10
SGD = {"optimizer": "sgd", "learning_rate": 0.01585}
MOMENTUM = {"optimizer": "momentum", "momentum": 0.99, "learning_rate": 0.00251}
ADAM = {"optimizer": "adam", "learning_rate": 0.0398}


def final_losses(settings: dict, seeds: int = SEEDS, *, reshuffle: bool = False) -> list[float]:
    """Test losses after the last epoch; DeepOBS keeps one order of the batches."""
    config = Config(
        dataset="quadratic_deep", model="quadratic", batch_size=128, epochs=100, checkpoint="last",
        evaluate_every=700, reshuffle=reshuffle, **settings,
    )  # fmt: skip
    configs = [config.replace(seed=seed) for seed in range(seeds)]
    return [result.test["test_loss"] for _, result in train_many(configs, lanes=seeds, test=True)]


@pytest.mark.parametrize(
    ("settings", "published"),
    [(SGD, 87.397), (MOMENTUM, 87.045), (ADAM, 87.112)],
    ids=["sgd", "momentum", "adam"],
)
def test_published_means(settings, published):
    assert np.mean(final_losses(settings)) == pytest.approx(published, abs=0.1)


def test_an_order_of_its_own_for_each_epoch_turns_momentum_from_first_to_last():
    assert np.mean(final_losses(MOMENTUM, 4, reshuffle=True)) > 88
