"""How far may the scale of the initial weights be wrong, with batch or layer normalization and without?"""

from suite import Config, LogUniform, Prediction, Study


def at(normalization: str, scale: float) -> dict[str, str | float]:
    return {"normalization": normalization, "initial_scale": scale}


IOFFE = "Ioffe and Szegedy 2015, arXiv:1502.03167, section 3.3"
BA = "Ba, Kiros and Hinton 2016, arXiv:1607.06450, section 5.1"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist",
        train_size=4_000,
        validation_size=2_500,
        width=64,
        depth=6,
        kernel_initializer="he_normal",
        optimizer="momentum",
        epochs=6,
    ),
    scientific={"normalization": ("none", "batch", "layer"), "initial_scale": (0.1, 0.5, 1.0, 2.0, 5.0)},
    nuisance={"learning_rate": LogUniform(1e-3, 0.3)},
    budget=4,
    replicates=6,
    probes=("activations",),
    predictions=(
        Prediction(
            "Without normalization, kernels ten times too small do not train",
            "test_accuracy",
            at("none", 0.1),
            between=(0.09, 0.2),
            source="He et al. 2015, arXiv:1502.01852, section 2.2",
        ),
        Prediction(
            "With batch normalization they train",
            "test_accuracy",
            at("batch", 0.1),
            greater_than=at("none", 0.1),
            source=IOFFE,
        ),
        Prediction(
            "And as well as any",
            "test_accuracy",
            at("batch", 0.1),
            between=(0.8, 1.0),
            source=IOFFE,
        ),
        Prediction(
            "With layer normalization they do too",
            "test_accuracy",
            at("layer", 0.1),
            between=(0.8, 1.0),
            source=BA,
        ),
        Prediction(
            "Without it, kernels five times too large diverge more often",
            "diverged_trials",
            at("none", 5.0),
            greater_than=at("none", 1.0),
            source="Glorot and Bengio 2010, AISTATS, section 4.2",
        ),
        Prediction(
            "At the right scale, batch normalization still helps",
            "test_loss",
            at("batch", 1.0),
            less_than=at("none", 1.0),
            source=f"{IOFFE} and 4.2",
        ),
    ),
)
