"""How far back does a SimpleRNN, a GRU or an LSTM remember?

The adding problem asks at the end for the sum of two marked numbers of the first half. Two minutes allow two
trials a search and 1,000 steps: SET="size=full" is fairer, and takes an hour.
"""

from suite import Config, LogUniform, Prediction, Study


def at(cell: str, steps: int) -> dict[str, str | int]:
    return {"cell": cell, "sequence_length": steps}


BENGIO = "Bengio, Simard and Frasconi 1994, doi:10.1109/72.279181: gradients of long spans vanish"
HOCHREITER = "Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, experiment 4"
JOZEFOWICZ = "Jozefowicz, Zaremba and Sutskever 2015, ICML: the GRU outperforms the LSTM but for language"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="adding", train_size=8_000, validation_size=1_000, model="rnn", width=32, epochs=8,
                 batch_size=64, evaluate_every=250, global_clipnorm=1.0,
                 learning_rate_schedule="cosine_decay"),
    scientific={"cell": ("simple_rnn", "gru", "lstm"), "sequence_length": (20, 30, 40)},
    nuisance={"learning_rate": LogUniform(3e-3, 3e-2)},
    budget=2, replicates=6, protocol="single",
    full={"budget": 8, "replicates": 9, "epochs": 60, "protocol": "repeated"},
    predictions=(
        Prediction("A simple RNN remembers 20 steps", "test_loss", at("simple_rnn", 20), between=(0, 0.1),
                   source=f"{BENGIO}, short ones do not"),
        Prediction("It does not remember 40", "test_loss", at("simple_rnn", 40), between=(0.8, 1.2),
                   source=BENGIO),
        Prediction("An LSTM remembers longer", "test_loss", at("lstm", 40), less_than=at("simple_rnn", 40),
                   source=HOCHREITER),
        Prediction("So does a GRU", "test_loss", at("gru", 40), less_than=at("simple_rnn", 40),
                   source="Chung et al. 2014, arXiv:1412.3555"),
        Prediction("A GRU is better than an LSTM", "test_loss", at("gru", 40), less_than=at("lstm", 40),
                   source=JOZEFOWICZ),
    ),
)  # fmt: skip
