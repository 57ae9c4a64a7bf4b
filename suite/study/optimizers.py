"""Optimizers by name: a Keras class, its hyperparameters, and the space in which they are tuned.

To add one, add a line to OPTIMIZERS. Momentum and decay rates are searched by their distance from one.
"""

from dataclasses import dataclass, field
from typing import Any

from suite.study.space import Distribution, LogUniform, NearOne


@dataclass(frozen=True)
class Optimizer:
    """Describes a Keras optimizer: what of it can be set, and in which space that is tuned.

    Attributes:
        keras_class: its name in `keras.optimizers`.
        source: of the method, or of the space.
        hyperparameters: field of Config that it takes -> its default, Keras's own unless a comment says
            otherwise.
        space: hyperparameter -> the distribution that it is tuned in.
        arguments: what is fixed.
        keras_names: hyperparameter -> what Keras calls it, where that is another name or several.
        generalizes: optimizers that this one becomes with some values of all its hyperparameters. Well tuned,
            it is no worse than they are (Choi et al. 2019, arXiv:1910.05446, section 3).
    """

    keras_class: str
    source: str
    hyperparameters: dict[str, float | None] = field(default_factory=dict)
    space: dict[str, Distribution] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)
    keras_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    generalizes: tuple[str, ...] = ()

    def names(self, hyperparameter: str) -> tuple[str, ...]:
        """Gives what Keras calls a hyperparameter."""
        return self.keras_names.get(hyperparameter, (hyperparameter,))


CHOI = "Choi et al. 2019, arXiv:1910.05446"
ALGOPERF = "Dahl et al. 2023 (AlgoPerf), arXiv:2306.07179"

_DECAY: dict[str, float | None] = {"weight_decay": None}
_MOMENTUM: dict[str, float | None] = {"momentum": 0.9, **_DECAY}  # Keras: 0, which is `sgd`
_ADAM: dict[str, float | None] = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, **_DECAY}
_MOMENTUM_SPACE: dict[str, Distribution] = {
    "learning_rate": LogUniform(1e-3, 0.3), "momentum": NearOne(0.8, 0.99),
}  # fmt: skip
_ADAMW_SPACE: dict[str, Distribution] = {
    "learning_rate": LogUniform(1e-4, 1e-2), "weight_decay": LogUniform(1e-3, 1.0),
}  # fmt: skip

OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer("SGD", CHOI, _DECAY, {"learning_rate": LogUniform(1e-2, 1.0)}),
    "momentum": Optimizer("SGD", CHOI, _MOMENTUM, _MOMENTUM_SPACE, generalizes=("sgd",)),
    "nesterov": Optimizer("SGD", CHOI, _MOMENTUM, _MOMENTUM_SPACE, {"nesterov": True}, generalizes=("sgd",)),
    "adagrad": Optimizer(
        "Adagrad",
        "Duchi et al. 2011, JMLR 12",
        {"epsilon": 1e-7, **_DECAY},
        {"learning_rate": LogUniform(1e-3, 0.3)},
    ),
    "adadelta": Optimizer(
        "Adadelta",
        "Zeiler 2012, arXiv:1212.5701",
        {"rho": 0.95, "epsilon": 1e-7, **_DECAY},
        {"learning_rate": LogUniform(0.1, 10.0)},
    ),
    "adafactor": Optimizer(
        "Adafactor",
        "Shazeer and Stern 2018, arXiv:1804.04235: steps relative to the weights, 0.01 at most",
        {"beta_2_decay": -0.8, "clip_threshold": 1.0, **_DECAY},
        {"learning_rate": LogUniform(1e-3, 1e-1)},
    ),
    "rmsprop": Optimizer(
        "RMSprop",
        CHOI,
        {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, **_DECAY},
        {"learning_rate": LogUniform(1e-4, 1e-2), "rho": NearOne(0.8, 0.999)},
        generalizes=("sgd", "momentum"),
    ),
    "adam": Optimizer(
        "Adam",
        CHOI,
        _ADAM,
        {"learning_rate": LogUniform(1e-4, 1e-2), "beta_2": NearOne(0.9, 0.9999)},
        generalizes=("sgd", "momentum"),
    ),
    "adamw": Optimizer(
        "AdamW",
        ALGOPERF,
        {**_ADAM, "weight_decay": 0.004},
        _ADAMW_SPACE,
        generalizes=("sgd", "momentum", "adam"),
    ),
    "adamax": Optimizer(
        "Adamax", "Kingma and Ba 2015, arXiv:1412.6980", _ADAM, {"learning_rate": LogUniform(3e-4, 3e-2)}
    ),
    "nadam": Optimizer(
        "Nadam", CHOI, _ADAM, {"learning_rate": LogUniform(1e-4, 1e-2)}, generalizes=("sgd", "nesterov")
    ),
    "schedule_free_adamw": Optimizer(  # measured, as Keras does, at the weights that gradients are taken at
        "ScheduleFreeAdamW",
        "Defazio et al. 2024, arXiv:2405.15682: rates 1 to 10 times those of AdamW, beta_1 from 0.9 to 0.98",
        {**_ADAM, "epsilon": 1e-8},
        {"learning_rate": LogUniform(3e-4, 3e-2), "beta_1": NearOne(0.9, 0.98)},
    ),
    "lion": Optimizer(
        "Lion",
        "Chen et al. 2023, arXiv:2302.06675",
        {"beta_1": 0.9, "beta_2": 0.99, **_DECAY},
        {"learning_rate": LogUniform(1e-5, 1e-2)},
    ),
    "lamb": Optimizer(
        "Lamb", "You et al. 2020, arXiv:1904.00962", _ADAM, {"learning_rate": LogUniform(1e-3, 1e-1)}
    ),
    "muon": Optimizer(  # AdamW takes what is no matrix, embeddings and the output layer, as the method has it
        "Muon",
        "Liu et al. 2025, arXiv:2502.16982: learning rates and weight decays of AdamW",
        {"momentum": 0.95, **_ADAM, "weight_decay": 0.004},
        _ADAMW_SPACE,
        {"exclude_layers": ["logits"]},
        {
            "beta_1": ("adam_beta_1",),
            "beta_2": ("adam_beta_2",),
            "weight_decay": ("weight_decay", "adam_weight_decay"),
        },
    ),
    "ftrl": Optimizer("Ftrl", "McMahan et al. 2013, KDD", _DECAY, {"learning_rate": LogUniform(1e-2, 1.0)}),
}
