"""Which changes of the training images are worth how much more data, if any?"""

from suite import Config, Level, LogUniform, Prediction, Study


def at(remedy: str) -> dict[str, str]:
    return {"remedy": remedy}


GOODFELLOW = "Goodfellow, Bengio and Courville 2016, Deep Learning, section 7.4"
SIMARD = "Simard et al. 2003, doi:10.1109/ICDAR.2003.1227801"
MIXUP = "Zhang et al. 2018, arXiv:1710.09412"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist", train_size=500, validation_size=500, width=128, depth=2,
        batch_size=50, epochs=40, evaluate_every=20,
    ),
    scientific={"remedy": (
        Level("nothing"),
        *(Level(kind, fixed={"augmentation": kind}) for kind in ("flip", "shift", "noise", "mixup")),
        Level("twice the data", fixed={"train_size": 1_000, "epochs": 20}),
        Level("4 times the data", fixed={"train_size": 2_000, "epochs": 10}),
    )},
    nuisance={"learning_rate": LogUniform(1e-4, 1e-2)},
    budget=4, replicates=9,
    predictions=(
        Prediction("Mirrored images lower the loss", "test_loss", at("flip"), less_than=at("nothing"),
                   source=GOODFELLOW),
        Prediction("Shifted images lower the loss", "test_loss", at("shift"), less_than=at("nothing"),
                   source=SIMARD),
        Prediction("Noise reduces overfitting", "generalization_gap", at("noise"), less_than=at("nothing"),
                   source="Bishop 1995, doi:10.1162/neco.1995.7.1.108: it acts as a penalty"),
        Prediction("Mixup lowers the loss", "test_loss", at("mixup"), less_than=at("nothing"), source=MIXUP),
        Prediction("Mixup reduces overfitting", "generalization_gap", at("mixup"), less_than=at("nothing"),
                   source=MIXUP),
        Prediction("Twice the data is better than mirrored images", "test_loss", at("twice the data"),
                   less_than=at("flip"), source=f"{GOODFELLOW}: the best way is more data"),
        Prediction("Twice the data is better than shifted images", "test_loss", at("twice the data"),
                   less_than=at("shift"), source=f"{GOODFELLOW}: the best way is more data"),
    ),
)  # fmt: skip
