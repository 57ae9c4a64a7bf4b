"""Does it pay to lower the learning rate during training, and to raise it slowly at its start?"""

from suite import Config, LogUniform, Prediction, Study


def at(schedule: str, warmup: float) -> dict[str, str | float]:
    return {"learning_rate_schedule": schedule, "warmup": warmup}


COSINE = "Loshchilov and Hutter 2017, arXiv:1608.03983"
WARMUP = "Gotmare et al. 2019, arXiv:1810.13243: warm-up lets larger rates train"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist",
        train_size=10_000,
        validation_size=5_000,
        width=64,
        epochs=10,
        optimizer="momentum",
        checkpoint="last",
    ),
    scientific={
        "learning_rate_schedule": ("constant", "piecewise_constant_decay", "cosine_decay"),
        "warmup": (0.0, 0.1),
    },
    nuisance={"learning_rate": LogUniform(1e-3, 1.0)},
    budget=10,
    replicates=9,
    predictions=(
        Prediction(
            "Cosine decay beats a constant rate",
            "test_loss",
            at("cosine_decay", 0.0),
            less_than=at("constant", 0.0),
            source=COSINE,
        ),
        Prediction(
            "Steps beat a constant rate",
            "test_loss",
            at("piecewise_constant_decay", 0.0),
            less_than=at("constant", 0.0),
            source="He et al. 2016, arXiv:1512.03385, section 4.2",
        ),
        Prediction(
            "Cosine decay beats steps",
            "test_loss",
            at("cosine_decay", 0.0),
            less_than=at("piecewise_constant_decay", 0.0),
            source=COSINE,
        ),
        Prediction(
            "Warm-up helps a constant rate",
            "test_loss",
            at("constant", 0.1),
            less_than=at("constant", 0.0),
            source=WARMUP,
        ),
        Prediction(
            "With warm-up fewer trials diverge",
            "diverged_trials",
            at("constant", 0.1),
            less_than=at("constant", 0.0),
            source=WARMUP,
        ),
    ),
)
