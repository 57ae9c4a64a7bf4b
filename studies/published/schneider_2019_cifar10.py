"""Do SGD, momentum and Adam reach the accuracy of DeepOBS's baselines with its network 3c3d on CIFAR-10?

Theirs changes the colours of the training images too, and penalises large weights; both are left out here.
"""

from suite import Config, Level, Prediction, Study

BASELINES = "Schneider et al. 2019, arXiv:1903.05499, baselines of cifar10_3c3d: mean and 2 s.d. of 10 seeds"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="cifar10", model="3c3d", batch_size=128, epochs=100, checkpoint="last",
                 augmentation="flip_and_shift", monitor="val_accuracy"),
    scientific={
        "optimizer": (
            Level("sgd", fixed={"learning_rate": 0.063}),
            Level("momentum", fixed={"learning_rate": 3.98e-4, "momentum": 0.99}),
            Level("adam", fixed={"learning_rate": 3.98e-4}),
        )
    },
    replicates=10,
    predictions=(
        Prediction("SGD: 83.71%", "test_accuracy", {"optimizer": "sgd"}, between=(0.8129, 0.8613),
                   source=BASELINES),
        Prediction("Momentum: 84.41%", "test_accuracy", {"optimizer": "momentum"}, between=(0.8313, 0.8569),
                   source=BASELINES),
        Prediction("Adam: 84.75%", "test_accuracy", {"optimizer": "adam"}, between=(0.8405, 0.8545),
                   source=BASELINES),
    ),
)  # fmt: skip
