"""Does dropout help from 1,000 images of MNIST on, as in figure 10 of Srivastava et al. 2014?

Their network of 1024, 1024 and 2048 units, here with 1024 in each layer and without dropout of the inputs.
"""

from suite import Config, LogUniform, Prediction, Study


def at(train_size: int, dropout: float) -> dict[str, float]:
    return {"train_size": train_size, "dropout": dropout}


SRIVASTAVA = "Srivastava et al. 2014, JMLR 15, section 7.4 and figure 10"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="mnist", validation_size=5_000, width=1_024, depth=3, optimizer="momentum",
                 batch_size=100, epochs=40),
    scientific={"train_size": (100, 1_000, 5_000), "dropout": (0.0, 0.5)},
    nuisance={"learning_rate": LogUniform(1e-2, 0.3)},
    budget=3, replicates=3, protocol="single",
    predictions=(
        Prediction("With 1,000 images dropout errs less", "test_accuracy", at(1_000, 0.5),
                   greater_than=at(1_000, 0.0), source=SRIVASTAVA),
        Prediction("With 5,000 too", "test_accuracy", at(5_000, 0.5), greater_than=at(5_000, 0.0),
                   source=SRIVASTAVA),
        Prediction("With 100 it does not", "test_accuracy", at(100, 0.0), greater_than=at(100, 0.5),
                   source=SRIVASTAVA),
    ),
)  # fmt: skip
