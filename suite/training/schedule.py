"""Learning-rate schedules as arrays: Keras's own objects, evaluated once for all steps.

Every schedule then runs in the same compiled program.
"""

from collections.abc import Callable
from functools import lru_cache

import keras
import numpy as np
import tensorflow as tf

from suite.study.config import Config

RANGE_START = 1e-6
"""Factor that a range test begins with; it ends with 1."""


def learning_rates(config: Config, steps: int) -> np.ndarray:
    """Gives the learning rate of each gradient step, [steps] float32.

    Args:
        config: whose `learning_rate` is multiplied with warm-up and schedule.
        steps: of the whole training.
    """
    factors = _factors(config.learning_rate_schedule, config.warmup, steps)
    return (config.learning_rate * factors).astype(np.float32)


@lru_cache(maxsize=64)
def _factors(schedule: str, warmup: float, steps: int) -> np.ndarray:
    """[steps] factors: a linear rise from 0 over the fraction `warmup`, then the schedule."""
    rising = int(warmup * steps)
    rise = (np.arange(rising) + 1) / max(rising, 1)
    return np.concatenate([rise, _decay(schedule, steps - rising)])


def _decay(schedule: str, steps: int) -> np.ndarray:
    if schedule == "constant":
        return np.ones(steps)
    schedules = keras.optimizers.schedules
    makers: dict[str, Callable] = {
        "cosine_decay": lambda: schedules.CosineDecay(1.0, steps),
        "exponential_decay": lambda: schedules.ExponentialDecay(1.0, steps, decay_rate=0.01),
        "inverse_time_decay": lambda: schedules.InverseTimeDecay(1.0, steps, decay_rate=9.0),
        "piecewise_constant_decay": lambda: schedules.PiecewiseConstantDecay(
            [step - 1.0 for step in (steps // 2, steps * 3 // 4)], [1.0, 0.1, 0.01]
        ),
        "range_test": lambda: schedules.ExponentialDecay(
            RANGE_START, max(steps - 1, 1), decay_rate=1 / RANGE_START
        ),
        "polynomial_decay": lambda: schedules.PolynomialDecay(1.0, steps, end_learning_rate=0.0),
    }
    decay = makers[schedule]()
    over = tf.function(lambda at: tf.map_fn(lambda step: tf.cast(decay(step), tf.float32), at))
    return over(tf.range(steps, dtype=tf.float32)).numpy()
