"""Is the signal of ReLU layers kept by the initial weights of He et al. 2015, and halved by Glorot's?"""

from suite import Config, Prediction, Study


def at(kernel_initializer: str, depth: int) -> dict[str, str | int]:
    return {"kernel_initializer": kernel_initializer, "depth": depth}


HE = "He et al. 2015, arXiv:1502.01852, section 2.2"

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="fashion_mnist", train_size=10_000, validation_size=1_000, width=256, epochs=4,
                 optimizer="sgd", learning_rate=0.01, monitor="val_accuracy"),
    scientific={"kernel_initializer": ("he_uniform", "glorot_uniform"), "depth": (10, 30)},
    replicates=5, probes=("activations",),
    predictions=(
        Prediction("He keeps E[h^2] from layer to layer", "activations.second_moment_ratio",
                   at("he_uniform", 10), between=(0.9, 1.1), source=f"{HE}: a factor of 1"),
        Prediction("Through 30 layers too", "activations.second_moment_ratio", at("he_uniform", 30),
                   between=(0.9, 1.1), source=f"{HE}: a factor of 1"),
        Prediction("Glorot halves it in every layer", "activations.second_moment_ratio",
                   at("glorot_uniform", 10), between=(0.45, 0.55), source=f"{HE}: a factor of 1/2"),
        Prediction("In every one of 30 layers too", "activations.second_moment_ratio",
                   at("glorot_uniform", 30), between=(0.45, 0.55), source=f"{HE}: a factor of 1/2"),
        Prediction("With 30 layers Glorot's network learns less", "test_accuracy", at("glorot_uniform", 30),
                   less_than=at("he_uniform", 30),
                   source="He et al. 2015, arXiv:1502.01852: with 30 layers it stalls"),
    ),
)  # fmt: skip
