"""Does pretraining on the masked words of its training texts help a small Transformer to judge film reviews?

The pretraining sees the texts of the training split and no other, and none of their labels.
"""

from suite import Config, LogUniform, Study

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(
        dataset="imdb",
        train_size=2_000,
        validation_size=1_000,
        max_tokens=2_000,
        sequence_length=64,
        model="transformer",
        batch_size=32,
        dropout=0.1,
        epochs=4,
    ),
    scientific={"pretraining_epochs": (0, 8)},
    nuisance={"learning_rate": LogUniform(3e-4, 1e-2)},
    budget=4,
    replicates=5,
)
