"""Does one short range test find a learning rate within a factor of 3 of the best?"""

from suite import Demonstration, Prediction

TENTH, STEEPEST = "a tenth of the minimum", "steepest descent"
SMITH = "Smith 2017, arXiv:1506.01186, section 3.3"
FASTAI = "Howard and Gugger 2020, arXiv:2002.04688: the learning-rate finder"

STUDY = Demonstration(
    question=__doc__,
    demonstration="learning_rate_finder",
    predictions=tuple(
        Prediction(
            f"{rule.capitalize()} suggests a good rate for {optimizer}",
            "learning_rate_finder.ratio",
            {"optimizer": optimizer, "rule": rule},
            between=(1 / 3, 3),
            source=f"{FASTAI}; {SMITH}",
        )
        for optimizer in ("sgd", "momentum", "adam")
        for rule in (TENTH, STEEPEST)
    ),
)
