"""Which loss finds the price of a diamond when one price in ten was typed ten times too large?"""

from suite import Config, LogUniform, Prediction, Study

SQUARED, ABSOLUTE, HUBER = "mean_squared_error", "mean_absolute_error", "huber"
PUBLISHED = "Huber 1964, doi:10.1214/aoms/1177703732"


def at(loss: str, outliers: float) -> dict[str, str | float]:
    return {"loss": loss, "outliers": outliers}


STUDY = Study(
    question=__doc__,
    fixed=Config(
        dataset="diamonds",
        train_size=5_000,
        validation_size=2_500,
        width=64,
        epochs=15,
        monitor="val_mae",
    ),
    scientific={"loss": (SQUARED, ABSOLUTE, HUBER), "outliers": (0.0, 0.1)},
    nuisance={"learning_rate": LogUniform(3e-4, 3e-2)},
    budget=6,
    replicates=9,
    predictions=(
        Prediction(
            "With outliers, absolute error is better than squared error",
            "test_mae",
            at(ABSOLUTE, 0.1),
            less_than=at(SQUARED, 0.1),
            source="Hastie, Tibshirani and Friedman 2009, The Elements of Statistical Learning, section 10.6",
        ),
        Prediction(
            "With outliers, Huber's loss is better than squared error",
            "test_mae",
            at(HUBER, 0.1),
            less_than=at(SQUARED, 0.1),
            source=PUBLISHED,
        ),
        Prediction(
            "Squared error is worse with outliers than without",
            "test_mae",
            at(SQUARED, 0.1),
            greater_than=at(SQUARED, 0.0),
            source=PUBLISHED,
        ),
        Prediction(
            "The best loss depends on the outliers",
            "grid.interaction_p",
            between=(0.0, 0.05),
            source="Hastie, Tibshirani and Friedman 2009, The Elements of Statistical Learning, section 10.6",
        ),
    ),
)
