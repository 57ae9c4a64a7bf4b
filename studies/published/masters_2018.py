"""Is the best batch size on CIFAR-10 between 2 and 32, as in Masters and Luschi 2018?

A small AlexNet with tuned rates, as theirs; on 10,000 images, and with fewer epochs.
"""

from suite import Config, LogUniform, Prediction, Study

MASTERS = "Masters and Luschi 2018, arXiv:1804.07612, abstract"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="cifar10", train_size=10_000, validation_size=5_000, model="alexnet",
                 optimizer="sgd", epochs=20, monitor="val_accuracy"),
    scientific={"batch_size": (4, 16, 64, 256)},
    nuisance={"learning_rate": LogUniform(1e-3, 0.3)},
    budget=6, replicates=6,
    predictions=(
        Prediction("The best batch is between 2 and 32", "curve.best", between=(2, 32), source=MASTERS),
        Prediction("A batch of 256 is worse than one of 16", "test_accuracy", {"batch_size": 256},
                   less_than={"batch_size": 16}, source=MASTERS),
    ),
)  # fmt: skip
