"""Does the error on MNIST peak where a network has as many parameters as examples times classes?

Belkin et al. 2019: 4,000 examples and 10 classes, so a width of 50. Squared error, as theirs; they trained
longer, and began larger networks from smaller ones.
"""

from suite import Config, Prediction, Study


def at(width: int) -> dict[str, int]:
    return {"width": width}


BELKIN = "Belkin et al. 2019, arXiv:1812.11118, networks on MNIST"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="mnist", train_size=4_000, validation_size=1_000, depth=1, batch_size=50, epochs=100,
                 evaluate_every=800, loss="mean_squared_error", learning_rate=0.002, checkpoint="last",
                 monitor="val_accuracy"),
    scientific={"width": (6, 12, 25, 50, 100, 200, 400)},
    replicates=6,
    predictions=(
        Prediction("The error rises to its peak at 40,000 parameters", "test_accuracy", at(50),
                   less_than=at(25), source=BELKIN),
        Prediction("And falls beyond", "test_accuracy", at(400), greater_than=at(50), source=BELKIN),
        Prediction("The largest network is better than the best small one", "test_accuracy", at(400),
                   greater_than=at(25), source=BELKIN),
    ),
)  # fmt: skip
