"""Should features be selected or extracted before a network on a table with more columns than rows?

The table is 784 pixels of 200 images, as columns without a place. What is fitted by scikit-learn on the
training split is part of the exported model: it takes raw pixels.
"""

from suite import Choice, Config, Level, LogUniform, Prediction, Study


def at(reduction: str) -> dict[str, str]:
    return {"reduction": reduction}


HASTIE = "Hastie, Tibshirani and Friedman 2009, The Elements of Statistical Learning, chapter 18"
GUYON = "Guyon and Elisseeff 2003, JMLR 3: features useless by themselves can be useful together"
REDUCTIONS = ("select_k_best", "pca", "pls")
COUNT = {"n_components": Choice(10, 30, 100)}

STUDY = Study(
    question=__doc__.splitlines()[0],
    fixed=Config(dataset="fashion_mnist", train_size=200, validation_size=1_000, model="dense", width=64,
                 batch_size=20, epochs=40),
    scientific={"reduction": ("none", *(Level(each, nuisance=COUNT) for each in REDUCTIONS))},
    nuisance={"learning_rate": LogUniform(1e-4, 1e-2)},
    budget=6, replicates=6,
    predictions=(
        Prediction("PCA before a network is better than all columns", "test_loss", at("pca"),
                   less_than=at("none"), source=HASTIE),
        Prediction("PLS, which looks at the target, is better than PCA", "test_loss", at("pls"),
                   less_than=at("pca"), source="Wold et al. 2001, doi:10.1016/S0169-7439(01)00155-1"),
        Prediction("Columns selected one by one are worse than components", "test_loss", at("select_k_best"),
                   greater_than=at("pca"), source=GUYON),
        Prediction("Fewer inputs leave less of a gap", "generalization_gap", at("pca"), less_than=at("none"),
                   source=HASTIE),
    ),
)  # fmt: skip
