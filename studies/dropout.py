"""Which dropout rate gives a large network the lowest loss on unseen images?"""

from suite import Config, LogUniform, Prediction, Study

SRIVASTAVA = "Srivastava et al. 2014, JMLR 15"

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="fashion_mnist", train_size=10_000, validation_size=5_000, width=256, epochs=15),
    scientific={"dropout": (0.0, 0.1, 0.2, 0.35, 0.5)},
    nuisance={"learning_rate": LogUniform(1e-4, 1e-2)},
    budget=12,
    replicates=12,
    predictions=(
        Prediction(
            "Dropout lowers the loss", "test_loss", {"dropout": 0.5}, less_than={"dropout": 0.0},
            source=f"{SRIVASTAVA}, section 6.1",
        ),
        Prediction(
            "Dropout reduces overfitting", "generalization_gap", {"dropout": 0.5}, less_than={"dropout": 0.0},
            source=f"{SRIVASTAVA}, section 1",
        ),
        Prediction(
            "The best rates are those from 0.2 to 0.6", "curve.best", between=(0.2, 0.6),
            source=f"{SRIVASTAVA}, section 7.3: keeping 40% to 80% of the units",
        ),
    ),
)  # fmt: skip
