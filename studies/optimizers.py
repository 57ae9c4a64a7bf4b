"""Which optimizer reaches the lowest loss on unseen images for the same tuning budget?"""

from suite import Config, LogUniform, Study

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="fashion_mnist", train_size=20_000, validation_size=5_000, model="dense", epochs=10),
    scientific={"optimizer": ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion")},
    nuisance={
        "learning_rate": LogUniform(1e-4, 1.0)
    },  # an optimizer narrows it and adds its own: suite/optimizers.py
    budget=20,
    replicates=10,
)
