"""Can a network learn labels that mean nothing, and what does that say of its capacity?"""

from suite import Config, Prediction, Study


def at(label_noise: float) -> dict[str, float]:
    return {"label_noise": label_noise}


ZHANG = "Zhang et al. 2017, arXiv:1611.03530"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist", train_size=1_000, validation_size=1_000, width=512, depth=1, batch_size=50,
        epochs=60, evaluate_every=60, monitor="val_accuracy", checkpoint="last",
    ),
    scientific={"label_noise": (0.0, 0.25, 0.5, 0.75, 1.0)},
    replicates=8,
    probes=("weights",),
    predictions=(
        Prediction("Random labels are learned nearly without error", "train_accuracy", at(1.0),
                   between=(0.98, 1), source=f"{ZHANG}, table 1: 99.34% with one layer of 512 on CIFAR-10"),
        Prediction("And true ones are", "train_accuracy", at(0.0), between=(0.98, 1),
                   source=f"{ZHANG}, table 1: 99.80%"),
        Prediction("What was learned of random labels is worth a guess", "test_accuracy", at(1.0),
                   between=(0.07, 0.13), source=f"{ZHANG}, table 1: 10.61%"),
        Prediction("The more labels are random, the less it generalises", "test_accuracy", at(0.5),
                   less_than=at(0.25), source=f"{ZHANG}, figure 1c"),
        Prediction("With half of the labels random it is still far better than a guess", "test_accuracy",
                   at(0.5), between=(0.3, 0.9), source=f"{ZHANG}, figure 1c"),
        Prediction("To learn noise takes larger weights", "weights.rms_kept", at(1.0),
                   greater_than=at(0.0), source="Neyshabur et al. 2017, arXiv:1706.08947"),
    ),
)  # fmt: skip
