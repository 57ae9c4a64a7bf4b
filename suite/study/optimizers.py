"""Optimizers by name: a Keras class, its hyperparameters, and the space in which they are tuned.

To add one, add a line to OPTIMIZERS. The spaces follow Choi et al. 2019 (arXiv:1910.05446) and AlgoPerf
(arXiv:2306.07179) where those give one; momentum and decay rates are searched by their distance from one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from suite.study.space import Distribution, LogUniform, NearOne

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Optimizer:
    """Describes a Keras optimizer: what of it can be set, and in which space that is tuned.

    Attributes:
        keras_class: its name in `keras.optimizers`.
        hyperparameters: field of Config that it takes -> its default, which is Keras's own unless a line says
            otherwise.
        arguments: what is fixed.
        space: hyperparameter -> the distribution that it is tuned in.
    """

    keras_class: str
    hyperparameters: dict[str, float | None] = field(default_factory=dict)
    arguments: dict[str, float | bool] = field(default_factory=dict)
    space: dict[str, Distribution] = field(default_factory=dict)


_DECAY: dict[str, float | None] = {"weight_decay": None}
_ADAM: dict[str, float | None] = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, **_DECAY}
_MOMENTUM: dict[str, Distribution] = {"learning_rate": LogUniform(1e-3, 0.3), "momentum": NearOne(0.8, 0.99)}

OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer("SGD", _DECAY, space={"learning_rate": LogUniform(1e-2, 1.0)}),
    "momentum": Optimizer("SGD", {"momentum": 0.9, **_DECAY}, space=_MOMENTUM),  # Keras: 0
    "nesterov": Optimizer("SGD", {"momentum": 0.9, **_DECAY}, {"nesterov": True}, _MOMENTUM),  # Keras: 0
    "adagrad": Optimizer(
        "Adagrad", {"epsilon": 1e-7, **_DECAY}, space={"learning_rate": LogUniform(1e-3, 0.3)}
    ),
    "adadelta": Optimizer(
        "Adadelta", {"rho": 0.95, "epsilon": 1e-7, **_DECAY}, space={"learning_rate": LogUniform(0.1, 10.0)}
    ),
    "rmsprop": Optimizer(
        "RMSprop",
        {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, **_DECAY},
        space={"learning_rate": LogUniform(1e-4, 1e-2), "rho": NearOne(0.8, 0.999)},
    ),
    "adam": Optimizer(
        "Adam", _ADAM, space={"learning_rate": LogUniform(1e-4, 1e-2), "beta_2": NearOne(0.9, 0.9999)}
    ),
    "adamw": Optimizer(
        "AdamW",
        {**_ADAM, "weight_decay": 0.004},
        space={"learning_rate": LogUniform(1e-4, 1e-2), "weight_decay": LogUniform(1e-3, 1.0)},
    ),
    "adamax": Optimizer("Adamax", _ADAM, space={"learning_rate": LogUniform(3e-4, 3e-2)}),
    "nadam": Optimizer("Nadam", _ADAM, space={"learning_rate": LogUniform(1e-4, 1e-2)}),
    "lion": Optimizer(
        "Lion", {"beta_1": 0.9, "beta_2": 0.99, **_DECAY}, space={"learning_rate": LogUniform(1e-5, 1e-2)}
    ),
    "lamb": Optimizer("Lamb", _ADAM, space={"learning_rate": LogUniform(1e-3, 1e-1)}),
    "ftrl": Optimizer("Ftrl", _DECAY, space={"learning_rate": LogUniform(1e-2, 1.0)}),
}


def build(
    name: str, *, learning_rate: float, global_clipnorm: float | None = None, **hyperparameters: float | None
) -> keras.optimizers.Optimizer:
    """Builds the configured Keras optimizer.

    Args:
        name: a key of OPTIMIZERS.
        learning_rate: > 0.
        global_clipnorm: bound on the norm of the whole gradient, or None.
        **hyperparameters: those that `OPTIMIZERS[name].hyperparameters` lists; None keeps the default.

    Returns:
        A `keras.optimizers.Optimizer`, not yet built.

    Raises:
        KeyError: unknown name.
        TypeError: a hyperparameter that the Keras class does not take.
    """
    import keras

    spec = OPTIMIZERS[name]
    given = {key: float(value) for key, value in hyperparameters.items() if value is not None}
    cls = getattr(keras.optimizers, spec.keras_class)
    settings = {**spec.arguments, **spec.hyperparameters, **given}
    return cls(learning_rate=learning_rate, global_clipnorm=global_clipnorm, **settings)
