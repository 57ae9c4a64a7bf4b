"""Over which range of learning rates does a network train, with batch or layer normalization and without?"""

from suite import Config, Prediction, Study


def at(normalization: str, rate: float) -> dict[str, str | float]:
    return {"normalization": normalization, "learning_rate": rate}


IOFFE = "Ioffe and Szegedy 2015, arXiv:1502.03167, section 3.3: larger rates"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist",
        train_size=5_000,
        validation_size=2_500,
        width=64,
        depth=6,
        kernel_initializer="he_normal",
        optimizer="sgd",
        epochs=8,
    ),
    scientific={"normalization": ("none", "batch", "layer"), "learning_rate": (0.001, 0.01, 0.1, 1.0, 10.0)},
    replicates=8,
    predictions=(
        Prediction(
            "At a rate of 1 a network without it diverges",
            "diverged_trials",
            at("none", 1.0),
            greater_than=at("batch", 1.0),
            source=IOFFE,
        ),
        Prediction(
            "With batch normalization it trains",
            "test_accuracy",
            at("batch", 1.0),
            between=(0.75, 1.0),
            source=IOFFE,
        ),
        Prediction(
            "Batch normalization is the better at 1",
            "test_loss",
            at("batch", 1.0),
            less_than=at("none", 1.0),
            source=IOFFE,
        ),
        Prediction(
            "At 0.1 it reaches the target sooner",
            "epochs_to_target",
            at("batch", 0.1),
            less_than=at("none", 0.1),
            source="Ioffe and Szegedy 2015, figure 2",
        ),
    ),
)
