"""Through how many layers does each activation let the gradient pass, and what does training make of it?"""

from suite import Config, LogUniform, Prediction, Study


def at(activation: str, depth: int) -> dict[str, str | int]:
    return {"activation": activation, "depth": depth}


NIELSEN = "Nielsen 2015, Neural Networks and Deep Learning, chapter 5"
GLOROT = "Glorot, Bordes and Bengio 2011, AISTATS: rectifiers train deep networks"
LU = "Lu et al. 2020, arXiv:1903.06733: deep networks of ReLUs may be born dead"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist",
        train_size=4_000,
        validation_size=2_500,
        width=64,
        epochs=6,
        kernel_initializer="glorot_uniform",
    ),
    scientific={"activation": ("sigmoid", "tanh", "relu", "silu"), "depth": (2, 8, 16)},
    nuisance={"learning_rate": LogUniform(1e-4, 1e-2)},
    budget=4,
    replicates=6,
    probes=("gradients", "activations"),
    predictions=(
        Prediction(
            "In 16 layers of sigmoids the first layer's gradient is gone",
            "gradients.first_to_last",
            at("sigmoid", 16),
            between=(0.0, 1e-6),
            source=NIELSEN,
        ),
        Prediction(
            "Tanh keeps it better than a sigmoid",
            "gradients.first_to_last",
            at("tanh", 16),
            greater_than=at("sigmoid", 16),
            source="Glorot and Bengio 2010, AISTATS, section 3",
        ),
        Prediction(
            "16 layers of sigmoids learn nothing: no better than chance",
            "test_accuracy",
            at("sigmoid", 16),
            between=(0.09, 0.2),
            source=NIELSEN,
        ),
        Prediction(
            "16 layers of ReLUs are better than 16 of sigmoids",
            "test_loss",
            at("relu", 16),
            less_than=at("sigmoid", 16),
            source=GLOROT,
        ),
        Prediction(
            "Deep networks of ReLUs have more dead units than shallow ones",
            "activations.dead_units",
            at("relu", 16),
            greater_than=at("relu", 2),
            source=LU,
        ),
        Prediction(
            "Through two layers even a sigmoid learns",
            "test_accuracy",
            at("sigmoid", 2),
            between=(0.75, 1.0),
            source="Hornik, Stinchcombe and White 1989, doi:10.1016/0893-6080(89)90020-8: any squashing"
            " function can",
        ),
    ),
)
