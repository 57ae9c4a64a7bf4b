"""How far back does a SimpleRNN, a GRU or an LSTM remember?

The adding problem: the sum of two marked numbers of the first half is asked for at the end.
"""

from suite import Config, LogUniform, Prediction, Study


def at(cell: str, steps: int) -> dict[str, str | int]:
    return {"cell": cell, "sequence_length": steps}


HOCHREITER = "Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="adding", train_size=8_000, validation_size=1_000, model="rnn", width=32, epochs=12,
                 batch_size=64, global_clipnorm=1.0, learning_rate_schedule="cosine_decay"),
    scientific={"cell": ("simple_rnn", "gru", "lstm"), "sequence_length": (20, 40, 80)},
    nuisance={"learning_rate": LogUniform(1e-3, 3e-2)},
    budget=3,
    replicates=3,
)  # fmt: skip
