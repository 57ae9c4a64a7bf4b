"""Is deeper better, and does it become so when each layer adds its input to its output?"""

from suite import Config, LogUniform, Prediction, Study


def at(residual: bool, depth: int) -> dict[str, bool | int]:
    return {"residual": residual, "depth": depth}


HE = "He et al. 2016, arXiv:1512.03385"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist",
        train_size=4_000,
        validation_size=2_500,
        width=64,
        epochs=6,
        normalization="layer",
    ),
    scientific={"residual": (False, True), "depth": (2, 8, 32)},
    nuisance={"learning_rate": LogUniform(1e-4, 1e-2)},
    budget=4,
    replicates=6,
    probes=("gradients",),
    predictions=(
        Prediction(
            "Deeper is better: eight layers beat two",
            "test_loss",
            at(False, 8),
            less_than=at(False, 2),
            source="Goodfellow et al. 2016, Deep Learning, section 6.4.1",
        ),
        Prediction(
            "Plain networks degrade: 32 layers train worse than 8",
            "train_loss",
            at(False, 32),
            greater_than=at(False, 8),
            source=f"{HE}, figure 1",
        ),
        Prediction(
            "Residual ones do not: 32 layers train better than 8",
            "train_loss",
            at(True, 32),
            less_than=at(True, 8),
            source=f"{HE}, figure 4",
        ),
        Prediction(
            "At 32 layers residual is better than plain",
            "test_loss",
            at(True, 32),
            less_than=at(False, 32),
            source=f"{HE}, table 2",
        ),
    ),
)
