"""Is the variance of the test error over seeds error / (2n) once training has converged (Jordan 2024)?

His pairs of Fashion-MNIST classes cannot be picked here: these are all ten, of which error / (2n) is a bound.
"""

from suite import Config, Prediction, Study

JORDAN = "Jordan 2024, arXiv:2304.01910"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="fashion_mnist", train_size=10_000, validation_size=1_000, width=64, depth=1,
                 batch_size=100, learning_rate=0.003, learning_rate_schedule="cosine_decay",
                 checkpoint="last", monitor="val_accuracy"),
    scientific={"epochs": (1, 8, 64)},
    replicates=40, probes=("seeds",),
    predictions=(
        Prediction("After a long training the variance is at most error / (2n), and about that",
                   "seeds.variance_ratio", {"epochs": 64}, between=(0.5, 1.5),
                   source=f"{JORDAN}, section 3.4"),
        Prediction("After a short one it is more", "seeds.variance_ratio", {"epochs": 1},
                   between=(1.5, 1_000), source=f"{JORDAN}, section 3.3"),
    ),
)  # fmt: skip
