"""Can a network without a hidden layer tell whether two signs differ, and can one with a hidden layer?"""

from suite import Config, LogUniform, Prediction, Study

MINSKY = "Minsky and Papert 1969, Perceptrons"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="xor",
        train_size=400,
        validation_size=400,
        width=8,
        activation="relu",
        epochs=60,
        batch_size=32,
    ),
    scientific={"depth": (0, 1)},
    nuisance={"learning_rate": LogUniform(1e-3, 1e-1)},
    budget=6,
    replicates=12,
    probes=("decision_boundary",),
    predictions=(
        Prediction(
            "A line parts at most three of four corners",
            "test_accuracy",
            {"depth": 0},
            between=(0.4, 0.75),
            source=MINSKY,
        ),
        Prediction(
            "Without a hidden layer no replicate solves it",
            "decision_boundary.solved",
            {"depth": 0},
            between=(0.0, 0.3),
            source=MINSKY,
        ),
        Prediction(
            "With one every replicate solves it",
            "decision_boundary.solved",
            {"depth": 1},
            between=(0.7, 1.0),
            source="Rumelhart, Hinton and Williams 1986, doi:10.1038/323533a0",
        ),
        Prediction(
            "A hidden layer is better",
            "test_loss",
            {"depth": 1},
            less_than={"depth": 0},
            source="Goodfellow, Bengio and Courville 2016, Deep Learning, section 6.1",
        ),
    ),
)
