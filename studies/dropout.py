"""Does dropout lower the loss of a large network on unseen images?"""

from suite import Config, LogUniform, Study

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="fashion_mnist", train_size=10_000, validation_size=5_000, width=256, epochs=15),
    scientific={"dropout": (0.0, 0.1, 0.2, 0.35, 0.5)},
    nuisance={"learning_rate": LogUniform(1e-4, 1e-2)},
    budget=12,
    replicates=10,
)
