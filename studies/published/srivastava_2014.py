"""Do networks with dropout err on MNIST as often as in Srivastava et al. 2014?

Dropout of the inputs is left out, as here it acts behind hidden layers only; so is the row with max-norm.
"""

from suite import Config, Level, LogUniform, Prediction, Study


def at(network: str) -> dict[str, str]:
    return {"network": network}


SRIVASTAVA = "Srivastava et al. 2014, JMLR 15, table 2; 2 standard errors of 10,000 images"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="mnist", train_size=55_000, validation_size=5_000, optimizer="momentum",
                 momentum=0.95, batch_size=100, epochs=200, monitor="val_accuracy"),
    scientific={
        "network": (
            Level("without dropout", fixed={"width": 800, "depth": 2, "activation": "sigmoid"}),
            Level("dropout, logistic",
                  fixed={"width": 1_024, "depth": 3, "activation": "sigmoid", "dropout": 0.5}),
            Level("dropout, ReLU", fixed={"width": 1_024, "depth": 3, "activation": "relu", "dropout": 0.5}),
        )
    },
    nuisance={"learning_rate": LogUniform(3e-3, 0.3)},
    budget=4, replicates=3,
    predictions=(
        Prediction("Without dropout: an error of 1.60%", "test_accuracy", at("without dropout"),
                   between=(0.9815, 0.9865), source=SRIVASTAVA),
        Prediction("With dropout, logistic units: 1.35%", "test_accuracy", at("dropout, logistic"),
                   between=(0.9842, 0.9888), source=SRIVASTAVA),
        Prediction("With dropout, ReLU: 1.25%", "test_accuracy", at("dropout, ReLU"),
                   between=(0.9853, 0.9897), source=SRIVASTAVA),
    ),
)  # fmt: skip
