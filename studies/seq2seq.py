"""One context vector, attention or a Transformer: which pronounces long words best?

These are 375 steps of four small models at one learning rate, which is how fast they begin to learn and
no more: SET="size=full" tells where they end, and takes hours.
"""

from suite import Config, Level, Prediction, Study


def at(decoder: str) -> dict[str, str]:
    return {"decoder": decoder}


BAHDANAU = "Bahdanau, Cho and Bengio 2015, arXiv:1409.0473, figure 2"
CHO = "Cho et al. 2014, arXiv:1409.1259, abstract: it degrades as the sentence grows"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="cmudict", train_size=6_000, validation_size=500, model="seq2seq", width=64,
                 batch_size=32, epochs=2, learning_rate=0.005, learning_rate_schedule="cosine_decay",
                 warmup=0.05, global_clipnorm=1.0),
    scientific={"decoder": (Level("one vector", fixed={"attention": "none"}),
                            Level("luong", fixed={"attention": "luong"}),
                            Level("bahdanau", fixed={"attention": "bahdanau"}),
                            Level("transformer", fixed={"model": "seq2seq_transformer"}))},
    replicates=5, probes=("decoding",),
    full={"train_size": None, "epochs": 6, "width": 128, "batch_size": 128},
    predictions=(
        Prediction("Attention is better than one context vector", "test_loss", at("bahdanau"),
                   less_than=at("one vector"), source=BAHDANAU),
        Prediction("On long words, attention errs less", "decoding.long_phone_error", at("bahdanau"),
                   less_than=at("one vector"), source=BAHDANAU),
        Prediction("One context vector loses more on long words than attention", "decoding.long_to_short",
                   at("one vector"), greater_than=at("bahdanau"), source=CHO),
        Prediction("Beam search errs less than greedy decoding", "decoding.beam_gain", at("one vector"),
                   between=(0, 0.2), source="Sutskever et al. 2014, arXiv:1409.3215, table 1"),
        Prediction("Attention moves along the word", "decoding.monotone", at("bahdanau"), between=(0.8, 1),
                   source="Toshniwal and Livescu 2016, arXiv:1610.06540"),
        Prediction("A Transformer is better than recurrence", "test_loss", at("transformer"),
                   less_than=at("bahdanau"), source="Vaswani et al. 2017, arXiv:1706.03762, table 2"),
    ),
)  # fmt: skip
