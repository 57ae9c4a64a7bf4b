"""Which initializer trains a deep ReLU network to the lowest loss on unseen images?"""

from suite import Config, LogUniform, Study

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist",
        train_size=10_000,
        validation_size=5_000,
        width=64,
        depth=8,
        epochs=10,
        optimizer="momentum",
    ),
    scientific={
        "kernel_initializer": (
            "glorot_uniform",
            "he_normal",
            "lecun_normal",
            "orthogonal",
            "random_normal",
            "zeros",
        )
    },
    nuisance={"learning_rate": LogUniform(1e-3, 0.3)},
    budget=15,
    replicates=10,
)
