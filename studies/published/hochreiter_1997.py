"""Does an LSTM solve the adding problem after as many sequences as in Hochreiter and Schmidhuber 1997?

Four units, as theirs; sequences of one length each, in batches of 10, from 20,000 rather than always new
ones, with Adam. Solved: an error evenly spread up to 0.04 has a loss of 0.0128 of the target's variance.
"""

from suite import Config, LogUniform, Prediction, Study


def at(sequence_length: int) -> dict[str, int]:
    return {"sequence_length": sequence_length}


HOCHREITER = "Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, experiment 4; a factor of 2"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="adding", model="rnn", cell="lstm", width=4, batch_size=10, epochs=50,
                 evaluate_every=500, global_clipnorm=1.0),
    scientific={"sequence_length": (100, 500, 1_000)},
    nuisance={"learning_rate": LogUniform(1e-3, 3e-2)},
    budget=4, replicates=6, target_value=0.0128,
    predictions=(
        Prediction("T = 100: 74,000 sequences", "steps_to_target", at(100), between=(3_700, 14_800),
                   source=HOCHREITER),
        Prediction("T = 500: 209,000 sequences", "steps_to_target", at(500), between=(10_450, 41_800),
                   source=HOCHREITER),
        Prediction("T = 1,000: 853,000 sequences", "steps_to_target", at(1_000), between=(42_650, 170_600),
                   source=HOCHREITER),
    ),
)  # fmt: skip
