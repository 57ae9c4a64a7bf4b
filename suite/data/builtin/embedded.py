"""Small sets inside scikit-learn's wheel. They have no official splits: test is a fixed fifth, drawn once for
all."""

from dataclasses import dataclass

import numpy as np

from suite.data.cache import checksum
from suite.data.dataset import Split, Whole
from suite.data.hold_out import hold_out

UCI = "CC BY 4.0 (UCI Machine Learning Repository)"


@dataclass(frozen=True, kw_only=True)
class EmbeddedSet:
    """What a reader should know of a set, and the function of scikit-learn that gives it."""

    loader: str
    licence: str
    description: str
    task: str = "classification"
    target: str = ""
    published: str = ""


EMBEDDED: dict[str, EmbeddedSet] = {
    "iris": EmbeddedSet(
        loader="load_iris",
        licence=UCI,
        description="Sepals and petals of 150 irises of three species, length and width in cm (Fisher 1936).",
    ),
    "digits": EmbeddedSet(
        loader="load_digits",
        licence=UCI,
        description="1,797 handwritten digits of 43 writers, 8 x 8 pixels of 0 ... 16 (Alpaydin and Kaynak"
        " 1998).",
        published="accuracy 98.00% by one nearest neighbour, on these 1,797, training on 3,823 others"
        " (optdigits.names)",
    ),
    "wine": EmbeddedSet(
        loader="load_wine",
        licence=UCI,
        description="13 chemical measurements of 178 wines from three cultivars (Forina et al. 1988;"
        " Aeberhard et al. 1992).",
        published="accuracy 98.9% by linear, 99.4% by quadratic discriminant analysis, leave-one-out (UCI's"
        " wine.names)",
    ),
    "breast_cancer": EmbeddedSet(
        loader="load_breast_cancer",
        licence=UCI,
        description="30 measurements of cell nuclei in 569 images of breast masses (Street, Wolberg and"
        " Mangasarian 1993).",
        published="accuracy 97.5% by a plane in three features, ten-fold cross-validation (UCI's wdbc.names)",
    ),
    "diabetes": EmbeddedSet(
        loader="load_diabetes",
        licence="none stated by the authors (Efron, Hastie, Johnstone and Tibshirani 2004)",
        description="Age, sex, body mass index, blood pressure and six blood values of 442 patients (Efron"
        " et al. 2004).",
        task="regression",
        target="disease progression one year later (an index from 25 to 346)",
        published="R2 0.518 by least squares fitted and measured on all patients, the full model of Efron"
        " et al. 2004",
    ),
}


def read(name: str) -> Whole:
    """An embedded set: 60/20/20, images as uint8, tables as float32."""
    import sklearn
    from sklearn import datasets

    facts = EMBEDDED[name]
    # The default of this one set is columns brought to length 1.
    bunch = getattr(datasets, facts.loader)(**({"scaled": False} if name == "diabetes" else {}))
    x = bunch.images.astype(np.uint8) if "images" in bunch else bunch.data.astype(np.float32)
    classes = facts.task == "classification"
    train, test = hold_out(Split(x, bunch.target.astype(np.int32 if classes else np.float32)))
    return Whole(
        name=name, task=facts.task, train=train, test=test, validation_size=len(test),
        class_names=tuple(map(str, bunch.target_names)) if classes else (), target=facts.target,
        source=f"scikit-learn {sklearn.__version__}", licence=facts.licence, description=facts.description,
        splits=f"no official ones: test is a fixed {'stratified ' * classes}fifth; train and validation are"
            " drawn by `data_seed`",
        published=facts.published, sha256=checksum(train, test),
    )  # fmt: skip
