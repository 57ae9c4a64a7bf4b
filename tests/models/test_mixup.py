"""Mixup: examples by hand, and losses that are mixed as the examples are."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from suite import Config
from suite.data.preprocessing import Prepared
from suite.models.augmentation import Mixup, augment, neighbours, share_at
from suite.training.build import build_model, build_optimizer, variables_of
from suite.training.compat import stateless
from suite.training.gradient_steps import GradientSteps
from suite.training.load import prepared
from suite.training.task_loss import TaskLoss

CONFIG = Config(dataset="digits", train_size=256, validation_size=128, width=8, depth=1, augmentation="mixup")


def test_examples_are_mixed_with_their_neighbours_in_training_only():
    layer, x = Mixup(), np.array([[1.0, 0.0], [0.0, 4.0], [2.0, 2.0]], np.float32)
    np.testing.assert_array_equal(layer(x, training=False), x)
    shares = []
    for _ in range(200):
        mixed = np.asarray(layer(x, training=True))
        share = float(layer.share.numpy())
        np.testing.assert_allclose(mixed, share * x + (1 - share) * x[[1, 2, 0]], rtol=1e-5)
        shares.append(share)
    assert np.mean(shares) == pytest.approx(0.5, abs=0.1)  # uniform: a variance of 1/12
    assert np.var(shares) == pytest.approx(1 / 12, abs=0.03)


def test_the_loss_is_mixed_by_the_share_of_the_batch():
    data: Prepared = prepared(CONFIG)
    model, task_loss = build_model(CONFIG, data), TaskLoss(data)
    optimizer = stateless(build_optimizer(CONFIG))
    optimizer.build(model.trainable_variables)
    steps = GradientSteps(model, optimizer, data.normalization, task_loss, 1)
    x, y = data.train.x[:16], tf.constant(data.train.y[:16])
    state = [v.value for v in variables_of(model)]
    count = len(model.trainable_variables)
    trainable, non_trainable = state[:count], state[count:]
    outputs, after = model.stateless_call(trainable, non_trainable, data.normalization(x), training=True)
    share = float(after[share_at(model)])
    assert 0 < share < 1
    own, other = (float(task_loss.mean_loss(each, outputs)) for each in (y, tf.roll(y, -1, 0)))
    expected = share * own + (1 - share) * other
    assert float(steps._loss(y, outputs, after)) == pytest.approx(expected, rel=1e-5)
    rate = np.float32(0.01)
    variables = [v.value for v in optimizer.variables]
    _, loss = steps._step(((trainable, non_trainable, variables), {}, x, y, rate))
    assert float(loss) == pytest.approx(expected, rel=1e-5)  # from the same state, the same share


def test_a_model_without_mixup_has_no_share():
    plain = keras.Sequential([keras.Input((4, 4)), keras.layers.Flatten()])
    assert share_at(plain) is None
    assert share_at(augment(plain, "noise", (4, 4))) is None
    assert share_at(augment(plain, "mixup", (4, 4))) is not None
    np.testing.assert_array_equal(neighbours(np.array([1, 2, 3])), [2, 3, 1])
