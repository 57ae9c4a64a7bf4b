"""Do SGD, momentum and Adam end on the noisy quadratic of DeepOBS where its baselines ended?"""

from suite import Config, Level, Prediction, Study

BASELINES = (
    "Schneider et al. 2019, arXiv:1903.05499, baselines of quadratic_deep: mean and 2 s.d. of 10 seeds"
)

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="quadratic_deep", model="quadratic", batch_size=128, epochs=100, reshuffle=False,
                 checkpoint="last", evaluate_every=700),
    scientific={
        "optimizer": (
            Level("sgd", fixed={"learning_rate": 0.01585}),
            Level("momentum", fixed={"learning_rate": 0.00251, "momentum": 0.99}),
            Level("adam", fixed={"learning_rate": 0.0398}),
        )
    },
    replicates=10,
    predictions=(
        Prediction("SGD ends at a loss of 87.397", "test_loss", {"optimizer": "sgd"},
                   between=(87.059, 87.735), source=BASELINES),
        Prediction("Momentum of 0.99 ends at 87.045", "test_loss", {"optimizer": "momentum"},
                   between=(86.995, 87.095), source=BASELINES),
        Prediction("Adam ends at 87.112", "test_loss", {"optimizer": "adam"}, between=(87.064, 87.160),
                   source=BASELINES),
    ),
)  # fmt: skip
