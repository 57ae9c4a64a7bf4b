"""Do the steps to a target fall with the batch size, and then flatten, as in Shallue et al. 2019?

On Fashion-MNIST as theirs, with LeNet-5, whose layers are those of their simple CNN with a tenth of its
weights, and 10,000 images. The target is one that all four can reach. Steps that fall as 1 / batch take the
same number of epochs; where they flatten, epochs rise.
"""

from suite import Config, Level, LogUniform, Prediction, Study


def batch(size: int, evaluate_every: int) -> Level:
    return Level(str(size), fixed={"batch_size": size, "evaluate_every": evaluate_every})


def at(batch_size: int) -> dict[str, str]:
    return {"batch": str(batch_size)}


SHALLUE = "Shallue et al. 2019, arXiv:1811.03600"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="fashion_mnist", train_size=10_000, validation_size=2_000, model="lenet5", epochs=10,
                 optimizer="nesterov"),
    scientific={"batch": (batch(16, 60), batch(64, 20), batch(256, 8), batch(1_024, 2))},
    nuisance={"learning_rate": LogUniform(1e-3, 0.3)},
    budget=4, replicates=6, target_value=0.5,
    predictions=(
        Prediction("Four times the batch, fewer steps", "steps_to_target", at(64), less_than=at(16),
                   source=SHALLUE),
        Prediction("And again", "steps_to_target", at(256), less_than=at(64), source=SHALLUE),
        Prediction("In the end they flatten: more epochs", "epochs_to_target", at(1_024),
                   greater_than=at(16), source=SHALLUE),
    ),
)  # fmt: skip
