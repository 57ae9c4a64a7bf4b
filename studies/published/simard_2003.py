"""Does a network of 800 hidden units on cross-entropy err in 1.6% of MNIST, as in Simard et al. 2003?

Asked of two activations. The rows with distorted images are left out: there are no elastic distortions here.
"""

from suite import Config, LogUniform, Prediction, Study

SIMARD = "Simard et al. 2003, doi:10.1109/ICDAR.2003.1227801; 2 standard errors of 10,000 images"

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="mnist", train_size=55_000, validation_size=5_000, width=800, depth=1,
                 optimizer="sgd", batch_size=50, epochs=10, monitor="val_accuracy"),
    scientific={"activation": ("tanh", "relu")},
    nuisance={"learning_rate": LogUniform(0.03, 0.5)},
    budget=3, replicates=3,
    predictions=(
        Prediction("An error of 1.6%, with tanh", "test_accuracy", {"activation": "tanh"},
                   between=(0.9815, 0.9865), source=SIMARD),
        Prediction("An error of 1.6%, with ReLU", "test_accuracy", {"activation": "relu"},
                   between=(0.9815, 0.9865), source=SIMARD),
    ),
)  # fmt: skip
