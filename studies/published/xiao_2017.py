"""Do two convolutions reach on Fashion-MNIST what was submitted to its authors?

The dense network of 256-128-100 units is left out: here all hidden layers have one width.
"""

from suite import Config, Level, LogUniform, Prediction, Study


def at(network: str) -> dict[str, str]:
    return {"network": network}


XIAO = "README of Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747): submissions, 87.6% to 92.5%"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="fashion_mnist", train_size=55_000, validation_size=5_000, model="conv", width=16,
                 depth=2, batch_size=128, epochs=5, monitor="val_accuracy"),
    scientific={
        "network": (Level("two convolutions"), Level("and a dense layer", fixed={"units": 64})),
    },
    nuisance={"learning_rate": LogUniform(1e-3, 1e-2)},
    budget=2, replicates=3,
    predictions=(
        Prediction("Two convolutions, averaged: 87.6% to 92.5%", "test_accuracy", at("two convolutions"),
                   between=(0.876, 0.925), source=XIAO),
        Prediction("Two convolutions and a dense layer: 87.6% to 92.5%", "test_accuracy",
                   at("and a dense layer"), between=(0.876, 0.925), source=XIAO),
    ),
)  # fmt: skip
