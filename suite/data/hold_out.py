"""The test split of a set that has no official one: a fixed fifth, drawn once for all."""

import numpy as np

from suite.data.dataset import Split, stratified_order

TEST_SEED = 20_220  # any constant: the test split must not follow `data_seed`


def hold_out(whole: Split) -> tuple[Split, Split]:
    """Train and test; the classes are in proportion where targets are classes."""
    classes = whole.y if whole.y.dtype.kind == "i" else np.zeros(len(whole))
    order = stratified_order(classes, TEST_SEED)
    fifth = round(len(whole) / 5)
    return whole.take(order[fifth:]), whole.take(order[:fifth])
