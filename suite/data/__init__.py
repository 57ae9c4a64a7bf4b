"""Data sets by name: `load` gives train, validation and test splits. Importing this package does not import
TensorFlow.

To add a set, add a line to DATASETS and an entry in the file of its kind of source, whose `read(name)` gives
a `Whole`.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from suite.data import user as own
from suite.names import one_of

if TYPE_CHECKING:
    from suite.data.dataset import Dataset

DATASETS: dict[str, str] = {
    "fashion_mnist": "published.images",
    "mnist": "published.images",
    "cifar10": "published.images",
    "imdb": "published.texts",
    "cmudict": "published.texts",
    "japanese_vowels": "published.sequences",
    "adult": "published.tables",
    "diamonds": "published.tables",
    "iris": "builtin.embedded",
    "wine": "builtin.embedded",
    "digits": "builtin.embedded",
    "breast_cancer": "builtin.embedded",
    "diabetes": "builtin.embedded",
    "two_moons": "builtin.generated",
    "spirals": "builtin.generated",
    "xor": "builtin.generated",
    "adding": "builtin.generated",
    "mnist1d": "builtin.generated",
    "quadratic_deep": "builtin.quadratic",
}

DATASET_DEFAULTS: dict[str, dict[str, str | int | float | bool]] = {
    "mnist": {"train_size": 20_000, "validation_size": 5_000},
    "cifar10": {"train_size": 20_000, "validation_size": 5_000},
    "imdb": {"train_size": 10_000, "validation_size": 5_000},
    "cmudict": {
        "model": "seq2seq", "validation_size": 5_000, "epochs": 3, "learning_rate_schedule": "cosine_decay",
        "warmup": 0.05,
        "budget": 10, "replicates": 5,
    },
    "japanese_vowels": {"model": "rnn", "bidirectional": True, "epochs": 40},
    "iris": {"epochs": 40},
    "wine": {"epochs": 40},
    "breast_cancer": {"epochs": 40},
    "diabetes": {"epochs": 40},
    "two_moons": {"epochs": 40},
    "spirals": {"epochs": 40},
    "xor": {"epochs": 40},
    "mnist1d": {"epochs": 40},
    "quadratic_deep": {"model": "quadratic"},
}  # fmt: skip
"""Fields of Config and of Study that a study takes on with a data set other than its own, unless it is told
otherwise: the one kind of model that can take it, epochs that make enough steps of few examples, a part of
what would take hours."""


OF_ANY_LENGTH = ("adding",)
"""Data sets of sequences that are as long as is asked for."""

OWN_FIELDS = ("target", "group", "time", "window", "horizon", "decimal", "encoding", "missing", "types")
"""What `load` takes that is about a user's own data only; fields of Config too."""


def is_own(name: str) -> bool:
    """Tells whether a name is the path of a user's own file or folder; a key of DATASETS is not, whatever
    lies in the folder."""
    return name not in DATASETS and own.is_own(name)


def check_name(name: str) -> str:
    """Returns `name` if there is such a data set: a key of DATASETS, `tfds:NAME`, or a file or folder of the
    user's own.

    Raises:
        ValueError: listing the data sets.
    """
    if is_own(name) or name.startswith("tfds:"):
        return name
    return one_of("dataset", name, DATASETS, more="`tfds:NAME`, or the path of a file or folder of your own")


def load(
    name: str,
    *,
    data_seed: int = 0,
    train_size: int | None = None,
    validation_size: int | None = None,
    outliers: float = 0.0,
    sequence_length: int | None = None,
    label_noise: float = 0.0,
    quantiles: tuple[float, ...] | None = None,
    target: str | None = None,
    group: str | None = None,
    time: str | None = None,
    window: int | None = None,
    horizon: int | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    missing: str | None = None,
    types: str | None = None,
) -> Dataset:
    """Gives a data set in three disjoint splits, each with the classes in proportion.

    The test split is always the same. Train and validation depend on `data_seed`; the validation split does
    not change with `train_size`, and a smaller training split is part of a larger one, so that sizes can be
    compared.

    Args:
        name: a key of DATASETS, `tfds:NAME` for a set of TFDS, or the path of a file or folder of one's own.
        data_seed: >= 0.
        train_size: number of training examples; None: all that validation leaves.
        validation_size: number of validation examples; None: the data set's own.
        outliers: share of the training targets of a regression that are ten times what they should be.
        sequence_length: time steps of the sets of OF_ANY_LENGTH; None: their own.
        label_noise: share of the training labels of a classification that are redrawn at random.
        quantiles: that a regression predicts, in place of the mean.
        target, group, time: columns of one's own data: what is predicted, whose rows stay on one side of the
            split, and by which the split goes from past to future.
        window, horizon: of a forecast: rows of the past that it is made from, and rows after them.
        decimal, encoding, missing, types: what cannot be inferred about one's own table, see
            `suite.data.user.options`.

    Raises:
        ValueError: unknown name, a length that the set cannot have, more examples asked than there are, too
            few for every class to be present, outliers or quantiles of classes, or label noise where there
            are none.
        suite.data.cache.DataUnavailable: the data could not be had; says what was tried and what to do.
    """
    from suite.data.dataset import split

    if name in DATASETS:
        reader = importlib.import_module(f"suite.data.{DATASETS[name]}")
        whole = reader.read(name, sequence_length) if name in OF_ANY_LENGTH else reader.read(name)
    elif name.startswith("tfds:"):
        from suite.data.published import tfds

        whole = tfds.read(name.removeprefix("tfds:"))
    else:
        whole = own.read(
            Path(check_name(name)), target=target, group=group, time=time,
            window=window, horizon=horizon, decimal=decimal, encoding=encoding, missing=missing, types=types,
        )  # fmt: skip
    return split(
        whole,
        data_seed=data_seed,
        train_size=train_size,
        validation_size=validation_size,
        outliers=outliers,
        label_noise=label_noise,
        quantiles=quantiles,
    )
