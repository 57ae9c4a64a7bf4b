"""Data sets by name: `load` gives train, validation and test splits. Importing this package does not import TensorFlow.

To add a set, add a line to DATASETS and an entry in the file of its kind of source, whose `read(name)` gives a `Whole`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from suite.names import one_of

if TYPE_CHECKING:
    from suite.data.dataset import Dataset

DATASETS: dict[str, str] = {
    "fashion_mnist": "images",
    "mnist": "images",
    "cifar10": "images",
    "iris": "embedded",
    "digits": "embedded",
}


def check_name(name: str) -> str:
    """Returns `name` if there is such a data set.

    Raises:
        ValueError: listing the data sets.
    """
    return one_of("dataset", name, DATASETS)


def load(name: str, *, data_seed: int = 0, train_size: int | None = None, validation_size: int | None = None) -> Dataset:
    """A data set in three disjoint splits, each with the classes in proportion.

    The test split is always the same. Train and validation depend on `data_seed`; the validation split does not change
    with `train_size`, and a smaller training split is part of a larger one, so that sizes can be compared.

    Args:
        name: a key of DATASETS.
        data_seed: >= 0.
        train_size: number of training examples; None: all that validation leaves.
        validation_size: number of validation examples; None: the data set's own.

    Raises:
        ValueError: unknown name, more examples asked than there are, or too few for every class to be present.
        suite.data.cache.DataUnavailable: the data could not be had; says what was tried and what to do.
    """
    from suite.data.dataset import split

    source = importlib.import_module(f"suite.data.{DATASETS[check_name(name)]}")
    return split(source.read(name), data_seed=data_seed, train_size=train_size, validation_size=validation_size)


def card(name: str) -> str:
    """What `suite data NAME` prints: a line for each fact of `describe`. Raises as `load` does."""
    from suite.data.dataset import describe

    facts = describe(load(name))
    width = max(map(len, facts)) + 2
    return "\n".join(f"{key:<{width}}{value}" for key, value in facts.items())
