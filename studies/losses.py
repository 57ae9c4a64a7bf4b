"""Which loss should a classifier minimise: cross-entropy, or the squared error of its probabilities?"""

from suite import Config, Level, LogUniform, Prediction, Study

ENTROPY, SQUARED = "sparse_categorical_crossentropy", "mean_squared_error"
GOLIK = "Golik, Doetsch and Ney 2013, Interspeech"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist",
        train_size=10_000,
        validation_size=5_000,
        width=64,
        epochs=10,
        optimizer="momentum",
        monitor="val_accuracy",
    ),
    scientific={  # the slope of squared error is smaller: a mean over ten classes, and bounded
        "loss": (
            Level(ENTROPY, nuisance={"learning_rate": LogUniform(1e-3, 0.3)}),
            Level(SQUARED, nuisance={"learning_rate": LogUniform(1e-2, 3.0)}),
        )
    },
    budget=12,
    replicates=12,
    predictions=(
        Prediction(
            "Cross-entropy leads to the higher accuracy",
            "test_accuracy",
            {"loss": ENTROPY},
            greater_than={"loss": SQUARED},
            source=f"{GOLIK}: from random initial weights squared error ends in a worse optimum",
        ),
        Prediction(
            "Cross-entropy needs fewer epochs",
            "epochs_to_target",
            {"loss": ENTROPY},
            less_than={"loss": SQUARED},
            source="Nielsen 2015, Neural Networks and Deep Learning, chapter 3: squared error learns slowly"
            " where outputs are saturated",
        ),
    ),
)
