"""What helps most against overfitting on few images: a penalty, dropout, stopping early, or data?"""

from suite import Config, Level, LogUniform, Prediction, Study, Uniform

GOODFELLOW = "Goodfellow, Bengio and Courville 2016, Deep Learning"
SAITO = "Saito 2016, Deep Learning from Scratch, section 6.4, on 300 images"


def at(remedy: str) -> dict[str, str]:
    return {"remedy": remedy}


STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="fashion_mnist", train_size=500, validation_size=500, width=128, depth=2,
        batch_size=50, epochs=40, evaluate_every=20, checkpoint="last",
    ),
    scientific={"remedy": (
        Level("nothing"),
        Level("L1", nuisance={"l1": LogUniform(1e-5, 3e-3)}),
        Level("L2", nuisance={"l2": LogUniform(1e-5, 3e-2)}),
        Level("weight decay", fixed={"optimizer": "adamw"}, nuisance={"weight_decay": LogUniform(1e-2, 10)}),
        Level("dropout", nuisance={"dropout": Uniform(0.1, 0.7)}),
        Level("early stopping", fixed={"checkpoint": "best", "patience": 5}),
        Level("augmentation", fixed={"augmentation": "flip"}),
        Level("4 times the data", fixed={"train_size": 2_000}),
    )},
    nuisance={"learning_rate": LogUniform(3e-5, 1e-2)},
    budget=8, replicates=9, probes=("weights",),
    predictions=(
        Prediction("L2 lowers the loss", "test_loss", at("L2"), less_than=at("nothing"), source=SAITO),
        Prediction("L2 reduces overfitting", "generalization_gap", at("L2"), less_than=at("nothing"),
                   source=SAITO),
        Prediction("Dropout lowers the loss", "test_loss", at("dropout"), less_than=at("nothing"),
                   source="Srivastava et al. 2014, JMLR 15, section 6"),
        Prediction("Dropout reduces overfitting", "generalization_gap", at("dropout"),
                   less_than=at("nothing"), source=SAITO),
        Prediction("Stopping early lowers the loss", "test_loss", at("early stopping"),
                   less_than=at("nothing"), source=f"{GOODFELLOW}, section 7.8"),
        Prediction("Mirrored images lower the loss", "test_loss", at("augmentation"),
                   less_than=at("nothing"), source=f"{GOODFELLOW}, section 7.4"),
        Prediction("More data is better than any penalty", "test_loss", at("4 times the data"),
                   less_than=at("L2"), source=f"{GOODFELLOW}, section 7.4: the best way is more data"),
        Prediction("More data is better than dropout", "test_loss", at("4 times the data"),
                   less_than=at("dropout"), source=f"{GOODFELLOW}, section 7.4: the best way is more data"),
        Prediction("Decoupled weight decay is better than L2 under Adam", "test_loss", at("weight decay"),
                   less_than=at("L2"), source="Loshchilov and Hutter 2019, arXiv:1711.05101"),
        Prediction("L1 makes weights that hardly count, L2 does not", "weights.near_zero_kept", at("L1"),
                   greater_than=at("L2"), source=f"{GOODFELLOW}, section 7.1.2"),
        Prediction("L2 makes weights smaller", "weights.rms_kept", at("L2"), less_than=at("nothing"),
                   source=f"{GOODFELLOW}, section 7.1.1"),
    ),
)  # fmt: skip
