"""What the studies of small training sets are about, at reduced size: a few trainings, far apart."""

import numpy as np

from suite import Config
from suite.probes import bias_variance, ensemble
from suite.probes.outputs import answers, measure
from suite.training.engine import train, train_many

FEW = Config(dataset="digits", train_size=200, validation_size=100, width=128, depth=1, batch_size=20,
             epochs=40, evaluate_every=400, learning_rate=0.003, checkpoint="last")  # fmt: skip


def answered(configs: list[Config]) -> tuple[np.ndarray, np.ndarray]:
    each = [train(config, weights=True) for config in configs]
    return answers([measure(one.config, one.weights, one.weights) for one in each if one.weights is not None])


def test_random_labels_are_learned_and_worth_a_guess():
    result = train(FEW.replace(label_noise=1.0, epochs=100, width=256), test=True)
    assert result.curves["train_accuracy"][-1] > 0.95
    assert result.test["test_accuracy"] < 0.25


def test_past_the_interpolation_threshold_every_wrong_label_is_learned():
    noisy = FEW.replace(label_noise=0.2, epochs=80)
    narrow, wide = (train(noisy.replace(width=width)).curves["train_accuracy"][-1] for width in (4, 256))
    assert narrow < 0.8 < 0.99 < wide


def test_more_data_narrows_the_gap():
    few, many = (train(FEW.replace(train_size=size), test=True) for size in (100, 900))
    gaps = [(each.curves["val_loss"] - each.curves["train_loss"])[-1] for each in (few, many)]
    assert gaps[1] < gaps[0] and many.test["test_loss"] < few.test["test_loss"]


def test_an_average_of_networks_beats_one():
    configs = [FEW.replace(width=16, seed=seed) for seed in range(4)]
    trained = dict(train_many(configs, weights=True))
    labels, probabilities = answers(
        [measure(configs[i], trained[i].weights, trained[i].weights) for i in range(4)]
    )
    right = probabilities[:, np.arange(len(labels)), labels]
    assert ensemble.loss_of(4, right) < 0.95 * ensemble.loss_of(1, right)


def test_bias_falls_with_capacity():
    parts = [
        bias_variance.decomposed(*answered([FEW.replace(width=width, seed=s, data_seed=s) for s in range(3)]))
        for width in (1, 64)
    ]
    assert parts[1]["bias"].point < 0.5 * parts[0]["bias"].point
