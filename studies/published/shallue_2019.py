"""Do the steps to a target fall with the batch size, and then flatten, as in Shallue et al. 2019?

Their simple CNN on Fashion-MNIST, on 10,000 of its images. Steps that fall as 1 / batch take the same number
of epochs; where they flatten, epochs rise.
"""

from suite import Config, LogUniform, Prediction, Study


def at(batch_size: int) -> dict[str, int]:
    return {"batch_size": batch_size}


SHALLUE = "Shallue et al. 2019, arXiv:1811.03600"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="fashion_mnist", train_size=10_000, validation_size=5_000, model="2c2d", epochs=10,
                 optimizer="nesterov"),
    scientific={"batch_size": (16, 64, 256, 1_024)},
    nuisance={"learning_rate": LogUniform(1e-3, 0.3)},
    budget=6, replicates=6,
    predictions=(
        Prediction("Four times the batch, fewer steps", "steps_to_target", at(64), less_than=at(16),
                   source=SHALLUE),
        Prediction("And again", "steps_to_target", at(256), less_than=at(64), source=SHALLUE),
        Prediction("In the end they flatten: more epochs", "epochs_to_target", at(1_024),
                   greater_than=at(16), source=SHALLUE),
    ),
)  # fmt: skip
