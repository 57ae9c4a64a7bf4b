"""Settles the statistics of batch normalization: they are taken over the training set at weights as they are.

The moving averages that inference uses forget slowly (Keras: momentum 0.99), so after few steps they lag
behind the weights, and the loss in inference is not that of the network (Ioffe and Szegedy 2015,
arXiv:1502.03167, algorithm 2, takes them over the training set).
"""

from collections.abc import Sequence

import keras
import numpy as np

from suite.data.dataset import Dataset
from suite.training.build import assign, build_model
from suite.training.feed import EVALUATION_CHUNK
from suite.training.load import prepared as prepare
from suite.training.program_inputs import nested_layers
from suite.training.result import Result
from suite.training.task_loss import TaskLoss

BATCHES = 50
"""Batches over which the statistics are taken."""


def settled_losses(results: Sequence[Result], dataset: Dataset) -> np.ndarray | None:
    """Measures the validation losses of trainings once their moving averages are those of the training set.

    Args:
        results: of one structure, with weights. dataset: what they were trained on.

    Returns:
        [n] losses, infinite where a training diverged; None where the model has no batch normalization.
    """
    config = results[0].config
    prepared = prepare(config, dataset)
    model = build_model(config, prepared)
    layers = [each for each in nested_layers(model) if isinstance(each, keras.layers.BatchNormalization)]
    if not layers:
        return None
    losses, task_loss = [], TaskLoss(prepared)
    for result in results:
        if result.weights is None:
            losses.append(np.inf)
            continue
        assign(model, result.weights)
        order = np.random.default_rng(result.config.seed).permutation(len(prepared.train))
        count = min(BATCHES, len(order) // config.batch_size)
        for number in range(count):
            for layer in layers:
                layer.momentum = number / (number + 1)  # so that it ends as the mean over the batches
            at = np.sort(order[number * config.batch_size : (number + 1) * config.batch_size])
            model(prepared.normalization(prepared.train.x[at]), training=True)
        x, y = prepared.validation.x, prepared.validation.y
        weights, total = task_loss.example_weights(y), 0.0
        for start in range(0, len(y), EVALUATION_CHUNK):
            part = slice(start, start + EVALUATION_CHUNK)
            outputs = model(prepared.normalization(x[part]), training=False)
            total += float(np.sum(task_loss.loss(y[part], outputs).numpy() * weights[part]))
        losses.append(total / float(weights.sum()))
    return np.array(losses)
