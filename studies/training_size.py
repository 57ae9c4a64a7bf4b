"""How does the loss on unseen images fall with the number of training examples, and can that be foretold?"""

from suite import Config, Level, LogUniform, Prediction, Study

HESTNESS = "Hestness et al. 2017, arXiv:1712.00409"

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="fashion_mnist", validation_size=1_000, width=128, depth=2, batch_size=50,
                 evaluate_every=20),
    scientific={
        "train_size": (
            Level(250, fixed={"epochs": 80}),
            Level(500, fixed={"epochs": 60}),
            Level(1_000, fixed={"epochs": 40}),
            Level(2_000, fixed={"epochs": 30}),
            Level(4_000, fixed={"epochs": 20}),
            Level(8_000, fixed={"epochs": 15}),
            Level(16_000, fixed={"epochs": 10}),
        )
    },
    nuisance={"learning_rate": LogUniform(3e-4, 5e-3)},
    budget=4,
    replicates=9,
    predictions=(
        Prediction("More examples are better to the end", "curve.best", between=(16_000, 16_001),
                   source=HESTNESS),
        Prediction("The loss falls as a power of the size, by an exponent from 0.07 to 0.35",
                   "curve.exponent", between=(0.07, 0.35), source=HESTNESS),
        Prediction("A power law through the smaller sizes foretells the loss at the largest",
                   "curve.held_out", between=(0.95, 1.05), source=f"{HESTNESS}, abstract"),
        Prediction("More examples narrow the generalisation gap", "generalization_gap",
                   {"train_size": 16_000}, less_than={"train_size": 1_000},
                   source="Ng 2018, Machine Learning Yearning, chapter 28"),
    ),
)  # fmt: skip
