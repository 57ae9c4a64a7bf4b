"""Does attention keep long sequences from getting worse, as in figure 2 of Bahdanau et al. 2015?

They translated sentences; these are words and their phones, of 30,000 words.
"""

from suite import Config, Prediction, Study


def at(attention: str) -> dict[str, str]:
    return {"attention": attention}


BAHDANAU = "Bahdanau, Cho and Bengio 2015, arXiv:1409.0473, figure 2"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="cmudict", train_size=30_000, model="seq2seq", width=64, batch_size=64,
                 epochs=8, learning_rate=0.005, learning_rate_schedule="cosine_decay", warmup=0.05,
                 global_clipnorm=1.0),
    scientific={"attention": ("none", "bahdanau")},
    replicates=5, probes=("decoding",),
    predictions=(
        Prediction("On long words attention errs less", "decoding.long_phone_error", at("bahdanau"),
                   less_than=at("none"), source=BAHDANAU),
        Prediction("One context vector loses more on long words", "decoding.long_to_short", at("none"),
                   greater_than=at("bahdanau"), source=BAHDANAU),
    ),
)  # fmt: skip
