"""Does an LSTM solve the adding problem after as many sequences as in Hochreiter and Schmidhuber 1997?

Four units, as theirs; sequences of 100 steps, in batches of 10, from 20,000 rather than always new ones, with
Adam. Solved: an error evenly spread up to 0.04 has a loss of 0.0128 of the target's variance. Theirs of 500
and 1,000 steps, after 209,000 and 853,000 sequences, take many hours on 2 cores.
"""

from suite import Config, LogUniform, Prediction, Study

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="adding", sequence_length=100, model="rnn", cell="lstm", width=4, batch_size=10,
                 epochs=50, evaluate_every=500, global_clipnorm=1.0),
    nuisance={"learning_rate": LogUniform(1e-3, 3e-2)},
    budget=4, replicates=6, target_value=0.0128,
    predictions=(
        Prediction("T = 100: 74,000 sequences", "steps_to_target", between=(3_700, 14_800),
                   source="Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, experiment 4; a "
                          "factor of 2"),
    ),
)  # fmt: skip
