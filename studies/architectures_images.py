"""Which architecture tells images of clothes apart best with 19,000 parameters?"""

from suite import Config, Level, LogUniform, Prediction, Study


def at(model: str) -> dict[str, str]:
    return {"model": model}


LECUN = "LeCun et al. 1998, doi:10.1109/5.726791, section II: local receptive fields and shared weights"
DOSOVITSKIY = "Dosovitskiy et al. 2021, arXiv:2010.11929: it lacks their inductive biases"

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="fashion_mnist", train_size=2_000, validation_size=1_000, batch_size=50, epochs=8),
    scientific={
        "model": (
            Level("dense", fixed={"width": 24, "depth": 2}),
            Level("conv", fixed={"width": 32, "depth": 2}),
            Level("rnn", fixed={"width": 64}),
            Level("transformer", fixed={"width": 32}),
        )
    },
    nuisance={"learning_rate": LogUniform(1e-3, 1e-2)},
    budget=2, replicates=3,
    predictions=(
        Prediction("Convolutions are better than dense layers", "test_loss", at("conv"),
                   less_than=at("dense"), source=LECUN),
        Prediction("They need less data than a Transformer", "test_loss", at("conv"),
                   less_than=at("transformer"), source=DOSOVITSKIY),
        Prediction("Rows read one after the other are better than no order", "test_loss", at("rnn"),
                   less_than=at("dense"), source="Le, Jaitly and Hinton 2015, arXiv:1504.00941, section 4.2"),
    ),
)  # fmt: skip
