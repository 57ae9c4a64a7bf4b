"""Do a linear classifier and networks of one hidden layer err on MNIST as often as in LeCun et al. 1998?

Trained on squared error, as theirs. Networks of two hidden layers of different width (300-100, 500-150) are
left out: here all hidden layers have one width. LeNet-5 is `lecun_1998_lenet5`.
"""

from suite import Config, Level, LogUniform, Prediction, Study


def at(network: str) -> dict[str, str]:
    return {"network": network}


LECUN = "LeCun et al. 1998, doi:10.1109/5.726791, figure 9; 2 standard errors of 10,000 images"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="mnist", train_size=55_000, validation_size=5_000, activation="tanh",
                 loss="mean_squared_error", optimizer="sgd", batch_size=50, epochs=10,
                 monitor="val_accuracy"),
    scientific={
        "network": (
            Level("linear", fixed={"depth": 0}),
            Level("300 hidden units", fixed={"width": 300, "depth": 1}),
            Level("1000 hidden units", fixed={"width": 1_000, "depth": 1}),
        )
    },
    nuisance={"learning_rate": LogUniform(0.1, 3.0)},
    budget=3, replicates=3,
    predictions=(
        Prediction("Linear: an error of 12.0%", "test_accuracy", at("linear"), between=(0.8735, 0.8865),
                   source=LECUN),
        Prediction("300 hidden units: 4.7%", "test_accuracy", at("300 hidden units"),
                   between=(0.9488, 0.9572), source=LECUN),
        Prediction("1000 hidden units: 4.5%", "test_accuracy", at("1000 hidden units"),
                   between=(0.9509, 0.9591), source=LECUN),
    ),
)  # fmt: skip
