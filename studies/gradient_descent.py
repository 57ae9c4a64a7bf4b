"""How many steps and examples does gradient descent need with one example a step, with 32 and with all?"""

from suite import Config, Level, LogUniform, Prediction, Study

BOTTOU = "Bottou, Curtis and Nocedal 2018, arXiv:1606.04838, section 3.3"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="breast_cancer", train_size=256, validation_size=114, depth=1, width=16, optimizer="sgd"
    ),
    scientific={
        "batch_size": (
            Level(
                1,
                fixed={"epochs": 20, "evaluate_every": 16},
                nuisance={"learning_rate": LogUniform(3e-4, 0.1)},
            ),
            Level(
                32,
                fixed={"epochs": 60, "evaluate_every": 4},
                nuisance={"learning_rate": LogUniform(0.01, 3.0)},
            ),
            Level(256, fixed={"epochs": 300}, nuisance={"learning_rate": LogUniform(0.01, 3.0)}),
        )
    },
    budget=10,
    replicates=12,
    target_value=0.1,
    predictions=(
        Prediction(
            "The full batch needs more passes over the examples than single ones",
            "epochs_to_target",
            {"batch_size": 256},
            greater_than={"batch_size": 1},
            source=BOTTOU,
        ),
        Prediction(
            "Mini-batches need fewer passes than the full batch",
            "epochs_to_target",
            {"batch_size": 32},
            less_than={"batch_size": 256},
            source=BOTTOU,
        ),
        Prediction(
            "Single examples need more steps than the full batch",
            "steps_to_target",
            {"batch_size": 1},
            greater_than={"batch_size": 256},
            source="Goodfellow, Bengio and Courville 2016, Deep Learning, section 8.1.3: noisy gradients",
        ),
        Prediction(
            "Mini-batches need fewer steps than single examples",
            "steps_to_target",
            {"batch_size": 32},
            less_than={"batch_size": 1},
            source="Shallue et al. 2019, arXiv:1811.03600",
        ),
    ),
)
