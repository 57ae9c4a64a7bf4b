"""The data set that a config names, split as it says. Free of TensorFlow."""

from functools import lru_cache

from suite import data as datasets
from suite.config import Config
from suite.data.dataset import Dataset


@lru_cache(maxsize=2)
def _load(name: str, data_seed: int, train_size: int | None, validation_size: int | None) -> Dataset:
    return datasets.load(name, data_seed=data_seed, train_size=train_size, validation_size=validation_size)


def load(config: Config) -> Dataset:
    """The data set of a config, split; the last ones are kept.

    Raises:
        ValueError: the split is impossible, or a batch is larger than the training split.
    """
    dataset = _load(config.dataset, config.data_seed, config.train_size, config.validation_size)
    examples = len(dataset.train)
    if config.batch_size > examples:
        raise ValueError(
            f"`batch_size` must be at most the {examples} training examples of {config.dataset}."
            f" Received: batch_size={config.batch_size}."
        )
    return dataset
