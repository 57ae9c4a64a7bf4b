"""Do LeNet-5 and the small AlexNet beat a dense network of LeCun's on few images?

All three learn from 2,000 images for two minutes; SET="size=full" is nearer to what was published. The
Transformers among the classics read texts: see the study `pretraining`.
"""

from suite import Config, Level, LogUniform, Prediction, Study

LECUN = "LeCun et al. 1998, doi:10.1109/5.726791, figure 9"
ZHANG = "Zhang et al. 2017, arXiv:1611.03530, table 1"


def at(model: str) -> dict[str, str]:
    return {"model": model}


STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="fashion_mnist", train_size=2_000, validation_size=1_000, batch_size=50, epochs=6),
    scientific={"model": (Level("dense", fixed={"width": 300, "depth": 1}), "lenet5", "alexnet")},
    nuisance={"learning_rate": LogUniform(3e-4, 3e-3)},
    budget=2, replicates=5, protocol="single",
    full={"dataset": "mnist", "train_size": 55_000, "validation_size": 5_000, "epochs": 20},
    predictions=(
        Prediction("LeNet-5 is better than 300 hidden units", "test_loss", at("lenet5"),
                   less_than=at("dense"), source=f"{LECUN}: 0.95% against 4.7% of MNIST"),
        Prediction("So is the small AlexNet", "test_loss", at("alexnet"), less_than=at("dense"),
                   source=f"{ZHANG}: on CIFAR-10 it is better than a dense network"),
        Prediction("It has the smallest gap, for it shares its weights", "generalization_gap", at("lenet5"),
                   less_than=at("dense"), source="LeCun et al. 1998, doi:10.1109/5.726791, section II.A"),
    ),
)  # fmt: skip
