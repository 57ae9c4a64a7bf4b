"""What is an exponentially weighted average an average of, and what does its bias correction correct?"""

from suite import Demonstration, Prediction

NG = "Ng 2017, Deep Learning Specialization, course 2, week 2: exponentially weighted averages"
ADAM = "Kingma and Ba 2015, arXiv:1412.6980"

STUDY = Demonstration(
    question=__doc__,
    demonstration="moving_average",
    predictions=(
        *(
            Prediction(
                f"With beta {beta} it averages over about 1 / (1 - beta) steps",
                "moving_average.time_constant_ratio",
                {"beta": beta},
                between=(0.9, 1.1),
                source=NG,
            )
            for beta in (0.5, 0.9, 0.98)
        ),
        Prediction(
            "Of independent noise it leaves (1 - beta) / (1 + beta) of the variance",
            "moving_average.noise_ratio",
            {"beta": 0.9},
            between=(0.95, 1.05),
            source="Roberts 1959, doi:10.1080/00401706.1959.10489860",
        ),
        Prediction(
            "From 0 it starts too low by the factor 1 - beta^t",
            "moving_average.bias_error",
            {"beta": 0.9},
            between=(0, 1e-12),
            source=f"{ADAM}, section 3",
        ),
        Prediction(
            "Over that factor it is right from the first step on",
            "moving_average.correction_error",
            {"beta": 0.98},
            between=(0, 1e-12),
            source=f"{ADAM}, section 3",
        ),
        Prediction(
            "Adam's first step is one learning rate",
            "moving_average.adam_first_step",
            {"bias": "corrected"},
            between=(0.99, 1.01),
            source=f"{ADAM}, section 2.1",
        ),
        Prediction(
            "Without the correction it would be larger",
            "moving_average.adam_first_step",
            {"bias": "not corrected"},
            greater_than={"bias": "corrected"},
            source=f"{ADAM}, section 6.4",
        ),
    ),
)
