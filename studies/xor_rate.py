"""With which learning rate does a network of one hidden layer find the boundary of xor?"""

from suite import Config, Prediction, Study

BENGIO = "Bengio 2012, arXiv:1206.5533"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="xor",
        train_size=400,
        validation_size=400,
        width=8,
        depth=1,
        activation="relu",
        epochs=60,
        batch_size=32,
        optimizer="sgd",
        checkpoint="last",
    ),
    scientific={"learning_rate": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)},
    replicates=24,
    probes=("decision_boundary",),
    predictions=(
        Prediction(
            "Too small a rate does not get there",
            "decision_boundary.solved",
            {"learning_rate": 0.001},
            between=(0.0, 0.2),
            source="Goodfellow, Bengio and Courville 2016, Deep Learning, section 11.4.1",
        ),
        Prediction(
            "A larger one does",
            "decision_boundary.solved",
            {"learning_rate": 0.3},
            greater_than={"learning_rate": 0.003},
            source=BENGIO,
        ),
        Prediction(
            "Too large a rate ends higher",
            "train_loss",
            {"learning_rate": 10.0},
            greater_than={"learning_rate": 0.3},
            source=BENGIO,
        ),
    ),
)
