"""Which optimizer stays closest to the best on small data sets of four kinds, tuned on each?"""

from suite import Config, Level, LogUniform, Study

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="digits", model="dense", width=32, depth=1, batch_size=32, epochs=20),
    scientific={"optimizer": ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion")},
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},  # an optimizer narrows it and adds its own
    conditions={
        "dataset": (
            "digits",
            Level("breast_cancer", fixed={"epochs": 20}),
            Level("spirals", fixed={"epochs": 20}),
            Level("wine", fixed={"epochs": 20}),
        )
    },
    budget=10,
    replicates=9,
)
