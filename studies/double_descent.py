"""What happens to the loss on unseen images as a network grows past the size that just fits its data?"""

from suite import Config, Prediction, Study

BELKIN = "Belkin et al. 2019, arXiv:1812.11118, networks on MNIST"
NAKKIRAN = "Nakkiran et al. 2020, arXiv:1912.02292"


def at(width: int, label_noise: float) -> dict[str, float]:
    return {"width": width, "label_noise": label_noise}


STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="mnist", train_size=500, validation_size=500, depth=1, batch_size=50, epochs=200,
        evaluate_every=2_000, learning_rate=0.003, checkpoint="last",
    ),
    scientific={"width": (1, 2, 3, 4, 6, 8, 12, 20, 40, 100), "label_noise": (0.0, 0.2)},
    replicates=6,
    predictions=(
        Prediction("The loss peaks where parameters are as many as examples times classes: a width of 6",
                   "test_loss", at(6, 0.2), greater_than=at(2, 0.2), source=BELKIN),
        Prediction("And falls again beyond", "test_loss", at(40, 0.2), less_than=at(6, 0.2), source=BELKIN),
        Prediction("It does so without label noise too", "test_loss", at(40, 0.0), less_than=at(6, 0.0),
                   source=BELKIN),
        Prediction("But there is a peak without label noise", "test_loss", at(6, 0.0),
                   greater_than=at(2, 0.0), source=BELKIN),
        Prediction("The largest network is the best of all", "test_loss", at(100, 0.2),
                   less_than=at(1, 0.2), source=f"{BELKIN}: the second descent goes below the first"),
        Prediction("Beyond the peak every training label is learned, the wrong ones too", "train_accuracy",
                   at(20, 0.2), between=(0.99, 1), source=BELKIN),
        Prediction("The accuracy dips at the peak as well", "test_accuracy", at(6, 0.2),
                   less_than=at(2, 0.2), source=f"{NAKKIRAN}, figure 1"),
    ),
)  # fmt: skip
