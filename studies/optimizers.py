"""Which optimizer reaches the lowest loss on unseen images for the same tuning budget?"""

from suite import Config, LogUniform, Prediction, Study

SAITO = "Saito 2016, Deep Learning from Scratch, section 6.1.8, on MNIST"

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="fashion_mnist", train_size=20_000, validation_size=5_000, model="dense", epochs=10),
    scientific={"optimizer": ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion")},
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},  # an optimizer narrows it and adds its own
    budget=20,
    replicates=10,
    target_value=0.45,  # a validation loss that all of them can reach
    predictions=(
        Prediction(
            "Momentum is faster than SGD", "epochs_to_target", {"optimizer": "momentum"},
            less_than={"optimizer": "sgd"}, source=SAITO,
        ),
        Prediction(
            "AdaGrad beats SGD", "test_loss", {"optimizer": "adagrad"}, less_than={"optimizer": "sgd"},
            source=SAITO,
        ),
        Prediction(
            "Adam beats SGD with Nesterov's momentum", "test_loss", {"optimizer": "adam"},
            less_than={"optimizer": "nesterov"}, source="Kingma and Ba 2015, arXiv:1412.6980, section 6.2",
        ),
    ),
)  # fmt: skip
