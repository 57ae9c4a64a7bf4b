"""How many hidden units does it take to solve xor, and how many to be sure of it?"""

from suite import Config, LogUniform, Prediction, Study

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="xor",
        train_size=400,
        validation_size=400,
        depth=1,
        activation="relu",
        epochs=40,
        batch_size=32,
    ),
    scientific={"width": (1, 2, 3, 4, 6, 8, 16)},
    nuisance={"learning_rate": LogUniform(1e-3, 1e-1)},
    budget=5,
    replicates=24,
    probes=("decision_boundary",),
    predictions=(
        Prediction(
            "One unit cannot solve it",
            "decision_boundary.solved",
            {"width": 1},
            between=(0.0, 0.2),
            source="Minsky and Papert 1969, Perceptrons: it answers by one line",
        ),
        Prediction(
            "Two units can",
            "decision_boundary.solved",
            {"width": 2},
            between=(0.01, 1.0),
            source="Goodfellow, Bengio and Courville 2016, Deep Learning, section 6.1",
        ),
        Prediction(
            "Training finds it less often with two units than with sixteen",
            "decision_boundary.solved",
            {"width": 2},
            less_than={"width": 16},
            source="Livni, Shalev-Shwartz and Shamir 2014, arXiv:1410.1141: larger networks are easier to"
            " train",
        ),
        Prediction(
            "With sixteen it is all but sure",
            "decision_boundary.solved",
            {"width": 16},
            between=(0.8, 1.0),
            source="Livni, Shalev-Shwartz and Shamir 2014, arXiv:1410.1141",
        ),
    ),
)
