"""How large may a batch be, for the same number of epochs, before the loss on unseen images suffers?"""

from suite import Config, LogUniform, Study

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
    scientific={"batch_size": (16, 64, 256, 1024)},
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
    budget=15,
    replicates=10,
)
