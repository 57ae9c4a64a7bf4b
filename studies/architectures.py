"""Which architecture reads curves best, and does it need their points in order?

Four networks of about 5,000 parameters on MNIST-1D, as it is and with its 40 positions shuffled. Two minutes
are 420 steps, of 6,000 that were published: SET="size=full" has those, and takes an hour.
"""

from suite import Config, Level, LogUniform, Prediction, Study


def at(model: str, positions: str = "in_order") -> dict[str, str]:
    return {"model": model, "positions": positions}


GREYDANUS = "Greydanus and Kobak 2020, arXiv:2011.14439: 68% dense, 94% convolutional, 91% GRU"
SHUFFLED = "Greydanus and Kobak 2020, shuffled: 68% dense, 56% convolutional, 57% GRU"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="mnist1d", epochs=12, batch_size=100, learning_rate_schedule="cosine_decay"),
    scientific={
        "model": (
            Level("dense", fixed={"width": 50, "depth": 2}),
            Level("conv", fixed={"filters": "28,28,28"}),
            Level("rnn", fixed={"width": 38}),
            Level("transformer", fixed={"width": 24, "depth": 1}),
        ),
        "positions": ("in_order", "shuffled"),
    },
    nuisance={"learning_rate": LogUniform(1e-3, 3e-2)},
    budget=2, replicates=3, full={"epochs": 170, "budget": 6},
    predictions=(
        Prediction("Convolutions are better than dense layers where order has a meaning", "test_loss",
                   at("conv"), less_than=at("dense"), source=GREYDANUS),
        Prediction("So is a GRU", "test_loss", at("rnn"), less_than=at("dense"), source=GREYDANUS),
        Prediction("Where it has none, dense layers are better than convolutions", "test_loss",
                   at("dense", "shuffled"), less_than=at("conv", "shuffled"), source=SHUFFLED),
        Prediction("And better than a GRU", "test_loss", at("dense", "shuffled"),
                   less_than=at("rnn", "shuffled"), source=SHUFFLED),
        Prediction("Dense layers tell about 68% right in order", "test_accuracy", at("dense"),
                   between=(0.62, 0.74), source=GREYDANUS),
        Prediction("And as many shuffled", "test_accuracy", at("dense", "shuffled"), between=(0.62, 0.74),
                   source=SHUFFLED),
        Prediction("Convolutions need less data than a Transformer", "test_loss", at("conv"),
                   less_than=at("transformer"),
                   source="Dosovitskiy et al. 2021, arXiv:2010.11929: it lacks their inductive biases"),
    ),
)  # fmt: skip
