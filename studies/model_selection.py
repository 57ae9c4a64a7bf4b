"""Why three splits: how much too good does a network look on the split that it was chosen on?"""

from suite import Demonstration, Prediction


def at(candidates: int, examples: int) -> dict[str, int]:
    return {"candidates": candidates, "examples": examples}


CAWLEY = "Cawley and Talbot 2010, JMLR 11: the bias of choosing by what is reported"
MASSART = "Boucheron, Lugosi and Massart 2013, Concentration Inequalities: the maximal inequality"

STUDY = Demonstration(
    question=__doc__,
    demonstration="model_selection",
    predictions=(
        Prediction("One candidate is not chosen, so its error is right on average",
                   "model_selection.optimism", at(1, 1_000), between=(-0.002, 0.002),
                   source="the mean of a sample is unbiased"),
        Prediction("The best of 64 looks better than it is", "model_selection.optimism", at(64, 1_000),
                   greater_than=at(1, 1_000), source=CAWLEY),
        Prediction("The more candidates, the more so", "model_selection.optimism", at(64, 200),
                   greater_than=at(4, 200), source=CAWLEY),
        Prediction("The more examples, the less", "model_selection.optimism", at(64, 3_000),
                   less_than=at(64, 200), source=CAWLEY),
        Prediction("By at most the standard deviation times the root of 2 log k",
                   "model_selection.share_of_bound", at(64, 200), between=(0, 1), source=MASSART),
        Prediction("By half of that or less, as networks err at the same examples",
                   "model_selection.share_of_bound", at(64, 1_000), between=(0, 0.5),
                   source="Mania et al. 2019, arXiv:1905.12580: similar models overfit a test split less"),
        Prediction("On a split that was used for nothing the error is right", "model_selection.third_split",
                   at(64, 1_000), between=(-0.002, 0.002),
                   source="Hastie, Tibshirani and Friedman 2009, The Elements of Statistical Learning, 7.2"),
    ),
)  # fmt: skip
