"""Do five hidden layers of 1,000 units err on MNIST as often as in Glorot and Bengio 2010?

Their usual initialization, uniform between plus and minus 1 / sqrt(n), is `lecun_uniform` times 1 / sqrt(3).
The rows of softsign are left out, as there is no such activation here.
"""

from suite import Config, Level, LogUniform, Prediction, Study


def at(network: str) -> dict[str, str]:
    return {"network": network}


GLOROT = "Glorot and Bengio 2010, AISTATS, table 1; 2 standard errors of 10,000 images"
USUAL = {"kernel_initializer": "lecun_uniform", "initial_scale": 3**-0.5}

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="mnist", train_size=50_000, validation_size=10_000, width=1_000, depth=5,
                 optimizer="sgd", batch_size=10, epochs=20, monitor="val_accuracy"),
    scientific={
        "network": (
            Level("tanh", fixed={"activation": "tanh", **USUAL}),
            Level("tanh, normalized", fixed={"activation": "tanh", "kernel_initializer": "glorot_uniform"}),
            Level("sigmoid", fixed={"activation": "sigmoid", **USUAL}),
        )
    },
    nuisance={"learning_rate": LogUniform(1e-3, 0.3)},
    budget=3, replicates=3,
    predictions=(
        Prediction("Tanh: an error of 1.76%", "test_accuracy", at("tanh"), between=(0.9798, 0.9850),
                   source=GLOROT),
        Prediction("Tanh with normalized initialization: 1.64%", "test_accuracy", at("tanh, normalized"),
                   between=(0.9811, 0.9861), source=GLOROT),
        Prediction("Sigmoid: 2.21%", "test_accuracy", at("sigmoid"), between=(0.9750, 0.9808),
                   source=GLOROT),
    ),
)  # fmt: skip
