"""How much does a seed alone move the test error, and does it move it less after a longer training?"""

from suite import Config, Prediction, Study

JORDAN = "Jordan 2024, arXiv:2304.01910"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist", train_size=2_000, validation_size=500, width=64, depth=1, batch_size=50,
        learning_rate=0.003, learning_rate_schedule="cosine_decay", monitor="val_accuracy", checkpoint="last",
    ),
    scientific={"epochs": (1, 2, 4, 8, 16, 32, 64)},
    replicates=40,
    probes=("seeds",),
    predictions=(
        Prediction("After a long training the variance is that of the finite test split, error / (2n)",
                   "seeds.variance_ratio", {"epochs": 64}, between=(0.5, 1.5),
                   source=f"{JORDAN}, section 3.4"),
        Prediction("Short trainings vary more", "seeds.deviation", {"epochs": 1},
                   greater_than={"epochs": 64}, source=f"{JORDAN}, figure 1"),
        Prediction("After a short training, more than error / (2n)", "seeds.variance_ratio", {"epochs": 1},
                   between=(1.5, 1_000), source=f"{JORDAN}, section 3.3"),
        Prediction("After a long one, hardly anything of it would stay on a larger test split",
                   "seeds.lasting_ratio", {"epochs": 64}, between=(-0.5, 0.5),
                   source=f"{JORDAN}, section 3.3: networks differ little in their true error"),
    ),
)  # fmt: skip
