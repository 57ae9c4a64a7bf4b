"""Small sets inside scikit-learn's wheel. They have no official splits: test is a fixed fifth, drawn once for all."""

import numpy as np

from suite.data.cache import checksum
from suite.data.dataset import Split, Whole, stratified_order

TEST_SEED = 20_220  # any constant: the test split must not follow `data_seed`

EMBEDDED: dict[str, dict[str, str]] = {
    "iris": {
        "loader": "load_iris",
        "licence": "CC BY 4.0 (UCI Machine Learning Repository)",
        "description": "Sepals and petals of 150 irises of three species, length and width in cm (Fisher 1936).",
    },
    "digits": {
        "loader": "load_digits",
        "licence": "CC BY 4.0 (UCI Machine Learning Repository)",
        "description": "1,797 handwritten digits of 43 writers, 8 x 8 pixels of 0 ... 16 (Alpaydin and Kaynak 1998).",
    },
}


def read(name: str) -> Whole:
    """An embedded set: 60/20/20, images as uint8, tables as float32."""
    import sklearn
    from sklearn import datasets

    facts = EMBEDDED[name]
    bunch = getattr(datasets, facts["loader"])()
    x = bunch.images.astype(np.uint8) if "images" in bunch else bunch.data.astype(np.float32)
    whole = Split(x, bunch.target.astype(np.int32))
    order = stratified_order(whole.y, TEST_SEED)
    fifth = round(len(whole) / 5)
    train, test = whole.take(order[fifth:]), whole.take(order[:fifth])
    return Whole(
        name=name, task="classification", train=train, test=test, validation_size=fifth,
        class_names=tuple(map(str, bunch.target_names)), source=f"scikit-learn {sklearn.__version__}",
        licence=facts["licence"], description=facts["description"],
        splits="no official ones: test is a fixed stratified fifth; train and validation are drawn by `data_seed`",
        sha256=checksum(train, test),
    )  # fmt: skip
