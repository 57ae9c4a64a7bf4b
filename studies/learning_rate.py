"""From which learning rate to which does training work, and what happens outside?"""

from suite import Config, Prediction, Study

BENGIO = "Bengio 2012, arXiv:1206.5533"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist",
        train_size=10_000,
        validation_size=5_000,
        width=64,
        epochs=10,
        optimizer="sgd",
    ),
    scientific={"learning_rate": (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)},
    replicates=8,
    predictions=(
        Prediction(
            "Too small a rate underfits",
            "train_loss",
            {"learning_rate": 0.0003},
            greater_than={"learning_rate": 0.1},
            source=BENGIO,
        ),
        Prediction(
            "The best rate is close to the largest that does not diverge: within a factor of ten",
            "curve.best",
            between=(0.1, 1.0),
            source=f"{BENGIO}: usually within a factor of 2",
        ),
        Prediction(
            "At 10 every training diverges",
            "diverged_trials",
            {"learning_rate": 10.0},
            between=(0.99, 1.0),
            source="LeCun et al. 1998, Efficient BackProp, section 5: beyond twice the optimal rate",
        ),
        Prediction(
            "Up to there a larger rate is faster",
            "epochs_to_target",
            {"learning_rate": 0.1},
            less_than={"learning_rate": 0.01},
            source="Goodfellow et al. 2016, Deep Learning, 11.4.1",
        ),
    ),
)
