"""Does LeNet-5 err on MNIST as often as in LeCun et al. 1998?

Trained on squared error and on cross-entropy; theirs had a loss of its own, output units of its own kind, and
not all of the second layer's filters saw all maps.
"""

from suite import Config, LogUniform, Prediction, Study

LECUN = "LeCun et al. 1998, doi:10.1109/5.726791, figure 9; 2 standard errors of 10,000 images"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="mnist", train_size=55_000, validation_size=5_000, model="lenet5",
                 optimizer="momentum", batch_size=50, epochs=20, monitor="val_accuracy"),
    scientific={"loss": ("mean_squared_error", "sparse_categorical_crossentropy")},
    nuisance={"learning_rate": LogUniform(3e-3, 0.3)},
    budget=4, replicates=3, protocol="single",
    predictions=(
        Prediction("An error of 0.95%, on squared error", "test_accuracy", {"loss": "mean_squared_error"},
                   between=(0.9886, 0.9924), source=LECUN),
        Prediction("An error of 0.95%, on cross-entropy", "test_accuracy",
                   {"loss": "sparse_categorical_crossentropy"}, between=(0.9886, 0.9924), source=LECUN),
    ),
)  # fmt: skip
