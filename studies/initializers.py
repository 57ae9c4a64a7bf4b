"""Which initializer keeps the signal alive through eight layers, for which activation?"""

from suite import Config, LogUniform, Prediction, Study


def at(initializer: str, activation: str) -> dict[str, str]:
    return {"kernel_initializer": initializer, "activation": activation}


HE, SAITO = "He et al. 2015, arXiv:1502.01852, section 2.2", "Saito 2016, Deep Learning from Scratch, 6.2"

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="fashion_mnist", train_size=10_000, validation_size=5_000, width=64, depth=8,
                 epochs=10, optimizer="momentum"),
    scientific={"kernel_initializer": ("glorot_uniform", "he_normal", "random_normal", "zeros"),
                "activation": ("sigmoid", "tanh", "relu")},
    nuisance={"learning_rate": LogUniform(1e-3, 0.3)},
    budget=8, replicates=9, probes=("activations", "gradients"),
    predictions=(
        Prediction("He keeps the second moment under ReLU", "activations.second_moment_ratio",
                   at("he_normal", "relu"), between=(0.8, 1.25), source=HE),
        Prediction("Glorot halves it in every layer", "activations.second_moment_ratio",
                   at("glorot_uniform", "relu"), between=(0.4, 0.6), source=HE),
        Prediction("A sigmoid lets at most 1/16 of the gradient's square through", "gradients.signal_ratio",
                   at("glorot_uniform", "sigmoid"), between=(0.0, 1 / 16),
                   source="Nielsen 2015, Neural Networks and Deep Learning, 5: a slope of at most 1/4"),
        Prediction("Zeros give no kernel a gradient", "gradients.zero_kernels", at("zeros", "relu"),
                   between=(0.99, 1.0), source="Goodfellow et al. 2016, Deep Learning, 8.4: symmetry"),
        Prediction("For ReLU, He is better than Glorot", "test_loss", at("he_normal", "relu"),
                   less_than=at("glorot_uniform", "relu"), source=SAITO),
    ),
)  # fmt: skip
