"""Does a tenth of MNIST as one batch generalise worse than a batch of 256, as in Keskar et al. 2017?

Their network F1: five hidden layers of 512 units with batch normalization, Adam at its defaults. C1 on
CIFAR-10 is left out, as its convolutions pool in a way of their own.
"""

from suite import Config, Prediction, Study


def at(batch_size: int) -> dict[str, int]:
    return {"batch_size": batch_size}


KESKAR = "Keskar et al. 2017, arXiv:1609.04836, table 2: mean and 2 s.d. of 5 runs"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="mnist", train_size=55_000, validation_size=5_000, width=512, depth=5,
                 normalization="batch", epochs=30, checkpoint="last", monitor="val_accuracy"),
    scientific={"batch_size": (256, 5_500)},
    replicates=5,
    predictions=(
        Prediction("A batch of 256: 98.03%", "test_accuracy", at(256), between=(0.9789, 0.9817),
                   source=KESKAR),
        Prediction("A tenth of the data: 97.81%", "test_accuracy", at(5_500), between=(0.9767, 0.9795),
                   source=KESKAR),
        Prediction("The large batch is worse", "test_accuracy", at(5_500), less_than=at(256), source=KESKAR),
    ),
)  # fmt: skip
