"""Do four networks tell the curves of MNIST-1D as well as in Greydanus and Kobak 2020, in order and shuffled?

Their GRU and convolutions give all their outputs to the last layer. Here a GRU gives its last state, and
convolutions, behind a dense layer of 50, all of theirs.
"""

from suite import Config, Level, Prediction, Study


def at(network: str, positions: str = "in_order") -> dict[str, str]:
    return {"network": network, "positions": positions}


GREYDANUS = "Greydanus and Kobak 2020, arXiv:2011.14439; 2 standard errors of 1,000 curves"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="mnist1d", train_size=3_900, validation_size=100, batch_size=100, epochs=154,
                 learning_rate=0.01, evaluate_every=500, checkpoint="last", monitor="val_accuracy"),
    scientific={
        "network": (
            Level("logistic", fixed={"depth": 0}),
            Level("dense", fixed={"width": 100, "depth": 2}),
            Level("convolutions", fixed={"model": "conv", "filters": "25,25,25", "kernel_size": "5,3,3",
                                         "strides": 2, "pooling": "none", "units": 50}),
            Level("GRU", fixed={"model": "rnn", "width": 6, "bidirectional": True}),
        ),
        "positions": ("in_order", "shuffled"),
    },
    replicates=3,
    predictions=(
        Prediction("Logistic regression: 32%", "test_accuracy", at("logistic"), between=(0.290, 0.350),
                   source=GREYDANUS),
        Prediction("Dense: 68%", "test_accuracy", at("dense"), between=(0.650, 0.710), source=GREYDANUS),
        Prediction("Convolutions: 94%", "test_accuracy", at("convolutions"), between=(0.925, 0.955),
                   source=GREYDANUS),
        Prediction("GRU: 91%", "test_accuracy", at("GRU"), between=(0.892, 0.928), source=GREYDANUS),
        Prediction("Logistic regression, shuffled: 32%", "test_accuracy", at("logistic", "shuffled"),
                   between=(0.290, 0.350), source=GREYDANUS),
        Prediction("Dense, shuffled: 68%", "test_accuracy", at("dense", "shuffled"), between=(0.650, 0.710),
                   source=GREYDANUS),
        Prediction("Convolutions, shuffled: 56%", "test_accuracy", at("convolutions", "shuffled"),
                   between=(0.529, 0.591), source=GREYDANUS),
        Prediction("GRU, shuffled: 57%", "test_accuracy", at("GRU", "shuffled"), between=(0.539, 0.601),
                   source=GREYDANUS),
    ),
)  # fmt: skip
