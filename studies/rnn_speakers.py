"""Which recurrent cell tells speakers apart by vowels of 7 to 29 steps, and does reading backwards help?"""

from suite import Config, LogUniform, Prediction, Study


def at(cell: str, bidirectional: bool = False) -> dict[str, str | bool]:
    return {"cell": cell, "bidirectional": bidirectional}


STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="japanese_vowels", model="rnn", width=32, epochs=40, batch_size=32),
    scientific={"cell": ("simple_rnn", "gru", "lstm"), "bidirectional": (False, True)},
    nuisance={"learning_rate": LogUniform(1e-3, 3e-2)},
    budget=3, replicates=6,
    predictions=(
        Prediction("A GRU does as well as hidden Markov models of 5 states, 96.2%", "test_accuracy",
                   at("gru", True), between=(0.952, 0.98), source="UCI's JapaneseVowels.data.html"),
        Prediction("An LSTM is better than a simple RNN", "test_loss", at("lstm"), less_than=at("simple_rnn"),
                   source="Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735"),
        Prediction("Over 29 steps a simple RNN still learns", "test_accuracy", at("simple_rnn"),
                   between=(0.85, 1),
                   source="Bengio et al. 1994, doi:10.1109/72.279181: it is long spans that fade"),
        Prediction("Reading in both directions is better than in one", "test_loss", at("gru", True),
                   less_than=at("gru"), source="Schuster and Paliwal 1997, doi:10.1109/78.650093"),
    ),
)  # fmt: skip
