"""How wide should a network be for 1,000 images: where does it underfit, and does it ever overfit?"""

from suite import Config, LogUniform, Prediction, Study

GOODFELLOW = "Goodfellow, Bengio and Courville 2016, Deep Learning, section 5.2, figure 5.3"

STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist",
        train_size=1_000,
        validation_size=2_500,
        depth=1,
        epochs=60,
        batch_size=50,
        checkpoint="last",
    ),
    scientific={"width": (1, 2, 4, 8, 16, 64, 256, 1024)},
    nuisance={"learning_rate": LogUniform(1e-4, 1e-2)},
    budget=5,
    replicates=9,
    predictions=(
        Prediction(
            "Training loss falls with capacity",
            "train_loss",
            {"width": 256},
            less_than={"width": 8},
            source=GOODFELLOW,
        ),
        Prediction(
            "The gap grows with capacity",
            "generalization_gap",
            {"width": 256},
            greater_than={"width": 4},
            source=GOODFELLOW,
        ),
        Prediction(
            "Too little capacity underfits",
            "test_loss",
            {"width": 1},
            greater_than={"width": 16},
            source=GOODFELLOW,
        ),
        Prediction(
            "Too much capacity overfits",
            "test_loss",
            {"width": 1024},
            greater_than={"width": 16},
            source=GOODFELLOW,
        ),
        Prediction(
            "Beyond fitting, more units do not hurt",
            "test_loss",
            {"width": 1024},
            less_than={"width": 64},
            source="Neyshabur, Tomioka and Srebro 2015, arXiv:1412.6614",
        ),
    ),
)
