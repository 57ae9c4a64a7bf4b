"""As a network grows, does its bias fall and its variance over training sets rise?"""

from suite import Config, Prediction, Study


def at(width: int) -> dict[str, int]:
    return {"width": width}


GEMAN = "Geman, Bienenstock and Doursat 1992, doi:10.1162/neco.1992.4.1.1"
NEAL = "Neal et al. 2018, arXiv:1810.08591"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist", train_size=500, validation_size=500, depth=1, batch_size=50, epochs=40,
        evaluate_every=400, learning_rate=0.003, checkpoint="last",
    ),
    scientific={"width": (1, 2, 4, 8, 16, 64, 256)},
    replicates=10,
    replicates_vary=("seed", "data_seed"),
    probes=("bias_variance",),
    predictions=(
        Prediction("Bias falls with capacity", "bias_variance.bias", at(256), less_than=at(2), source=GEMAN),
        Prediction("Variance rises with capacity", "bias_variance.variance", at(256), greater_than=at(2),
                   source=GEMAN),
        Prediction("Beyond some width variance falls again", "bias_variance.variance", at(256),
                   less_than=at(8), source=NEAL),
        Prediction("And the whole error is lowest at the largest width", "bias_variance.error", at(256),
                   less_than=at(16), source=NEAL),
        Prediction("Of wrong answers, part of the variance takes off instead of adding",
                   "bias_variance.wrong_variance_takes_off", at(4), between=(0.001, 1),
                   source="Domingos 2000, A unified bias-variance decomposition"),
    ),
)  # fmt: skip
