"""Into how many heads should a small Transformer split its attention?"""

from suite import Config, LogUniform, Prediction, Study

VASWANI = "Vaswani et al. 2017, arXiv:1706.03762, table 3, row A: one head is worse, too many too"

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="imdb", train_size=1_500, validation_size=1_000, max_tokens=2_000,
                 sequence_length=64, model="transformer", width=32, depth=1, batch_size=32,
                 dropout=0.1, epochs=3),
    scientific={"num_heads": (1, 2, 4, 8)},
    nuisance={"learning_rate": LogUniform(5e-4, 1e-2)},
    budget=2, replicates=3,
    predictions=(
        Prediction("Eight heads are better than one", "test_loss", {"num_heads": 8},
                   less_than={"num_heads": 1}, source=VASWANI),
        Prediction("The best number is not one", "curve.best", between=(2, 8),
                   source=VASWANI),
        Prediction("One head of 32 features is enough", "test_accuracy", {"num_heads": 1},
                   between=(0.65, 0.85),
                   source="Michel, Levy and Neubig 2019, arXiv:1905.10650: most heads can go"),
    ),
)  # fmt: skip
