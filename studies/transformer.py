"""Do depth and positions help a small Transformer to judge film reviews, and does it beat TF-IDF?

It reads the first 64 words of 1,500 reviews, for two minutes; TF-IDF with logistic regression reads all of
them: SET="size=full" lets it read nearly as much, and takes hours.
"""

from suite import Config, LogUniform, Prediction, Study


def at(depth: int, positions: str = "sinusoidal") -> dict[str, str | int]:
    return {"depth": depth, "positional_encoding": positions}


VASWANI = "Vaswani et al. 2017, arXiv:1706.03762"
BIGRAMS = "Wang and Manning 2012, P12-2018: simple linear models are strong on sentiment"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="imdb", train_size=1_500, validation_size=1_000, max_tokens=2_000,
                 sequence_length=64, model="transformer", width=32, batch_size=32, dropout=0.1, epochs=3),
    scientific={"depth": (1, 2), "positional_encoding": ("none", "sinusoidal")},
    nuisance={"learning_rate": LogUniform(5e-4, 1e-2)},
    budget=2, replicates=3, probes=("baselines",),
    full={"train_size": 20_000, "sequence_length": 400, "width": 64},
    predictions=(
        Prediction("Positions help", "test_loss", at(1), less_than=at(1, "none"),
                   source=f"{VASWANI}, section 3.5: without them there is no order"),
        Prediction("Two blocks are better than one", "test_loss", at(2), less_than=at(1),
                   source=f"{VASWANI}, table 3, row C"),
        Prediction("TF-IDF with logistic regression is better", "baselines.lead", at(2), between=(-0.5, 0),
                   source=BIGRAMS),
        Prediction("Without positions it is a bag of words, and no better", "baselines.lead", at(1, "none"),
                   between=(-0.5, 0), source=BIGRAMS),
    ),
)  # fmt: skip
