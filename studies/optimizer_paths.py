"""Which way do optimizers take down a narrow valley, and which is the fastest at its best learning rate?"""

from suite import Demonstration, Prediction

SAITO = "Saito 2016, Deep Learning from Scratch, section 6.1"
POLYAK = "Polyak 1964, doi:10.1016/0041-5553(64)90137-5"
ZHANG = "Zhang et al. 2024, arXiv:2410.19964: of gradient descent and Adam, Adam depends on the coordinates"

STUDY = Demonstration(
    question=__doc__,
    demonstration="optimizer_paths",
    predictions=(
        Prediction(
            "Gradient descent zigzags more than momentum",
            "optimizer_paths.turns",
            {"optimizer": "sgd"},
            greater_than={"optimizer": "momentum"},
            source=SAITO,
        ),
        Prediction(
            "Adagrad goes straighter than gradient descent",
            "optimizer_paths.detour",
            {"optimizer": "adagrad"},
            less_than={"optimizer": "sgd"},
            source=SAITO,
        ),
        Prediction(
            "Gradient descent at its best rate needs 46 steps in a valley bent 20 : 1",
            "optimizer_paths.steps",
            {"optimizer": "sgd", "condition": 20.0, "angle": 0.0},
            between=(45, 50),
            source=f"{POLYAK}: (c - 1) / (c + 1) a step",
        ),
        Prediction(
            "It diverges beyond a rate of 2 over the largest curvature, which is 1 here",
            "optimizer_paths.largest_rate",
            {"optimizer": "sgd", "condition": 20.0, "angle": 0.0},
            between=(0.9, 1),
            source="Nocedal and Wright 2006, Numerical Optimization, section 3.3",
        ),
        Prediction(
            "Momentum is faster than gradient descent",
            "optimizer_paths.steps",
            {"optimizer": "momentum", "condition": 20.0, "angle": 0.0},
            less_than={"optimizer": "sgd", "condition": 20.0, "angle": 0.0},
            source=SAITO,
        ),
        Prediction(
            "Momentum is faster than gradient descent where the valley is narrow",
            "optimizer_paths.steps",
            {"optimizer": "momentum", "condition": 1000.0, "angle": 0.0},
            less_than={"optimizer": "sgd", "condition": 1000.0, "angle": 0.0},
            source=POLYAK,
        ),
        Prediction(
            "Adam is faster along the coordinates than across them",
            "optimizer_paths.steps",
            {"optimizer": "adam", "condition": 1000.0, "angle": 0.0},
            less_than={"optimizer": "adam", "condition": 1000.0, "angle": 45.0},
            source=ZHANG,
        ),
        Prediction(
            "In a valley across the coordinates momentum is faster than Adam",
            "optimizer_paths.steps",
            {"optimizer": "momentum", "condition": 1000.0, "angle": 45.0},
            less_than={"optimizer": "adam", "condition": 1000.0, "angle": 45.0},
            source=ZHANG,
        ),
    ),
)
