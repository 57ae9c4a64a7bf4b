"""At the same cost, is one large network better or the average of several small ones?"""

from suite import Config, LogUniform, Prediction, Study


def at(width: int) -> dict[str, int]:
    return {"width": width}


SPLIT = "Chirkova et al. 2020, arXiv:2005.07292"

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="fashion_mnist", train_size=4_000, validation_size=1_000, depth=1, batch_size=50,
                 epochs=12),
    scientific={"width": (16, 32, 64, 128, 256)},
    nuisance={"learning_rate": LogUniform(3e-4, 1e-2)},
    budget=4,
    replicates=12,
    probes=("ensemble",),
    predictions=(
        Prediction("Four averaged networks beat one of them", "ensemble.gain_of_4", at(64), between=(0, 1),
                   source="Hansen and Salamon 1990, doi:10.1109/34.58871"),
        Prediction("Each further one helps less", "ensemble.gain_left", at(64), between=(0, 1),
                   source="Hansen and Salamon 1990, doi:10.1109/34.58871"),
        Prediction("What the average gains in squared error is how much its members differ",
                   "ensemble.ambiguity_error", between=(0, 1e-6),
                   source="Krogh and Vedelsby 1995, Neural network ensembles"),
        Prediction("Four tiny networks are worse than one small one", "ensemble.over_one_large_4", at(16),
                   between=(0, 1), source=f"{SPLIT}: below some size it does not pay to split"),
        Prediction("Four networks of 64 are better than one of 256", "ensemble.over_one_large_4", at(64),
                   between=(-1, 0), source=f"{SPLIT}: beyond some size it pays to split"),
    ),
)  # fmt: skip
