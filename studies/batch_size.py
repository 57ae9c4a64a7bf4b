"""How large may a batch be, for the same number of epochs, before the loss on unseen images suffers?"""

from suite import Config, LogUniform, Prediction, Study

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist",
        train_size=10_000,
        validation_size=5_000,
        width=64,
        epochs=10,
        optimizer="momentum",
    ),
    scientific={"batch_size": (8, 32, 128, 512)},
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
    budget=12,
    replicates=12,
    predictions=(
        Prediction("Small batches are best", "curve.best", between=(2, 32),
                   source="Masters and Luschi 2018, arXiv:1804.07612, abstract: best between 2 and 32"),
        Prediction("Large batches generalise worse", "test_loss", {"batch_size": 512},
                   greater_than={"batch_size": 32}, source="Keskar et al. 2017, arXiv:1609.04836, table 2"),
        Prediction("Small batches need fewer epochs", "epochs_to_target", {"batch_size": 8},
                   less_than={"batch_size": 512}, source="Shallue et al. 2019, arXiv:1811.03600"),
    ),
)  # fmt: skip
