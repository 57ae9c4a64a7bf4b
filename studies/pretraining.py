"""Does pretraining on the masked words of its training texts help a small Transformer to judge film reviews?

The pretraining sees the texts of the training split and no other, and none of their labels. These are 2,000
beginnings of reviews of 64 words each, which take two to three minutes; SET="size=full" has more of them and
a wider network, and takes far longer.
"""

from suite import Config, LogUniform, Prediction, Study

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(
        dataset="imdb",
        train_size=2_000,
        validation_size=1_000,
        max_tokens=1_000,
        sequence_length=64,
        model="transformer",
        width=32,
        num_heads=2,
        batch_size=32,
        dropout=0.1,
        epochs=4,
    ),
    scientific={"pretraining_epochs": (0, 4)},
    nuisance={"learning_rate": LogUniform(3e-4, 1e-2)},
    budget=2,
    replicates=5,
    full={"train_size": 8_000, "max_tokens": 2_000, "width": 64, "budget": 4},
    predictions=(
        Prediction(
            "Pretraining lowers the loss",
            "test_loss",
            {"pretraining_epochs": 4},
            less_than={"pretraining_epochs": 0},
            source="Dai and Le 2015, arXiv:1511.01432, section 4.1: on these reviews; Devlin et al. 2019,"
            " arXiv:1810.04805: masked words",
        ),
    ),
)
