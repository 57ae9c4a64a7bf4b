"""Do dense networks learn CIFAR-10 with true and with random labels as in Zhang et al. 2017?

Theirs saw the inner 28 x 28 pixels of the images, and more epochs. The rows with weight decay are left out.
"""

from suite import Config, Level, Prediction, Study


def at(network: str, label_noise: float) -> dict[str, str | float]:
    return {"network": network, "label_noise": label_noise}


ZHANG = "Zhang et al. 2017, arXiv:1611.03530, table 1; 2 standard errors of 10,000 images"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="cifar10", train_size=49_000, validation_size=1_000, width=512, optimizer="momentum",
                 learning_rate=0.01, learning_rate_schedule="exponential_decay", batch_size=128, epochs=150,
                 checkpoint="last", monitor="val_accuracy"),
    scientific={
        "network": (Level("3 x 512", fixed={"depth": 3}), Level("1 x 512", fixed={"depth": 1})),
        "label_noise": (0.0, 1.0),
    },
    replicates=3,
    predictions=(
        Prediction("3 x 512: 52.39%", "test_accuracy", at("3 x 512", 0.0), between=(0.5139, 0.5339),
                   source=ZHANG),
        Prediction("1 x 512: 50.39%", "test_accuracy", at("1 x 512", 0.0), between=(0.4939, 0.5139),
                   source=ZHANG),
        Prediction("3 x 512, random labels: 10.48%", "test_accuracy", at("3 x 512", 1.0),
                   between=(0.0987, 0.1109), source=ZHANG),
        Prediction("1 x 512, random labels: 10.61%", "test_accuracy", at("1 x 512", 1.0),
                   between=(0.0999, 0.1123), source=ZHANG),
        Prediction("3 x 512 learns 100% of random labels", "train_accuracy", at("3 x 512", 1.0),
                   between=(0.9995, 1.0), source=ZHANG),
        Prediction("1 x 512 learns 99.34% of them", "train_accuracy", at("1 x 512", 1.0),
                   between=(0.9926, 0.9942), source=ZHANG),
    ),
)  # fmt: skip
