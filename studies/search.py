"""Which learning rate, batch size, initializer and dropout train this model best, and which matter?"""

from suite import Choice, Config, LogUniform, Study, Uniform

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="fashion_mnist", train_size=10_000, validation_size=5_000, model="dense", epochs=8),
    nuisance={
        "learning_rate": LogUniform(1e-4, 1e-1),
        "batch_size": Choice(32, 64, 128),
        "kernel_initializer": Choice(
            "glorot_uniform", "he_normal", "lecun_normal", "random_normal", "orthogonal"
        ),
        "dropout": Uniform(0.0, 0.6),
    },
    sampler="tpe",
    pruner="median",
    budget=60,
    replicates=10,
)
