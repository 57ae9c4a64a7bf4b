"""Optimizers by name: a Keras class, its fixed arguments, and the space in which its own hyperparameters are tuned.

To add one, add a line to OPTIMIZERS. The spaces follow Choi et al. 2019 (arXiv:1910.05446) and AlgoPerf (arXiv:2306.07179)
where those give one; momentum and decay rates are searched by their distance from one.
"""

from dataclasses import dataclass, field

from suite.study.space import Distribution, LogUniform, NearOne


@dataclass(frozen=True)
class Optimizer:
    """A Keras optimizer class with the hyperparameters of ours that it takes and the space they are tuned in."""

    keras_class: str
    hyperparameters: tuple[str, ...] = ()
    arguments: dict[str, float | bool] = field(default_factory=dict)
    space: dict[str, Distribution] = field(default_factory=dict)


_ADAM = ("beta_1", "beta_2", "epsilon", "weight_decay")
_MOMENTUM = {"learning_rate": LogUniform(1e-3, 0.3), "momentum": NearOne(0.8, 0.99)}

OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer("SGD", ("weight_decay",), space={"learning_rate": LogUniform(1e-2, 1.0)}),
    "momentum": Optimizer("SGD", ("momentum", "weight_decay"), {"momentum": 0.9}, _MOMENTUM),
    "nesterov": Optimizer(
        "SGD", ("momentum", "weight_decay"), {"momentum": 0.9, "nesterov": True}, _MOMENTUM
    ),
    "adagrad": Optimizer(
        "Adagrad", ("epsilon", "weight_decay"), space={"learning_rate": LogUniform(1e-3, 0.3)}
    ),
    "adadelta": Optimizer(
        "Adadelta", ("rho", "epsilon", "weight_decay"), space={"learning_rate": LogUniform(0.1, 10.0)}
    ),
    "rmsprop": Optimizer(
        "RMSprop",
        ("rho", "momentum", "epsilon", "weight_decay"),
        space={"learning_rate": LogUniform(1e-4, 1e-2), "rho": NearOne(0.8, 0.999)},
    ),
    "adam": Optimizer(
        "Adam", _ADAM, space={"learning_rate": LogUniform(1e-4, 1e-2), "beta_2": NearOne(0.9, 0.9999)}
    ),
    "adamw": Optimizer(
        "AdamW",
        _ADAM,
        {"weight_decay": 0.004},
        {"learning_rate": LogUniform(1e-4, 1e-2), "weight_decay": LogUniform(1e-3, 1.0)},
    ),
    "adamax": Optimizer("Adamax", _ADAM, space={"learning_rate": LogUniform(3e-4, 3e-2)}),
    "nadam": Optimizer("Nadam", _ADAM, space={"learning_rate": LogUniform(1e-4, 1e-2)}),
    "lion": Optimizer(
        "Lion",
        ("beta_1", "beta_2", "weight_decay"),
        space={"learning_rate": LogUniform(1e-5, 1e-2)},
    ),
    "lamb": Optimizer("Lamb", _ADAM, space={"learning_rate": LogUniform(1e-3, 1e-1)}),
    "ftrl": Optimizer("Ftrl", ("weight_decay",), space={"learning_rate": LogUniform(1e-2, 1.0)}),
}


def build(
    name: str, *, learning_rate: float, global_clipnorm: float | None = None, **hyperparameters: float | None
):
    """The configured Keras optimizer.

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
    return cls(learning_rate=learning_rate, global_clipnorm=global_clipnorm, **{**spec.arguments, **given})
