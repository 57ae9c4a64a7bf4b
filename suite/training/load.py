"""The data set that a config names, split as it says.

`load` gives it raw, and is free of TensorFlow; `prepared` gives it as models take it.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from suite import data as datasets
from suite.data import OWN_FIELDS
from suite.data.dataset import Dataset
from suite.study.config import Config

if TYPE_CHECKING:
    from suite.data.preprocessing import Prepared

SPLIT_FIELDS = ("data_seed", "train_size", "validation_size", "label_noise", *OWN_FIELDS)


@lru_cache(maxsize=2)
def _load(name: str, *settings: Any) -> Dataset:
    return datasets.load(name, **dict(zip(SPLIT_FIELDS, settings, strict=True)))


def load(config: Config) -> Dataset:
    """Gives the data set of a config, split; the last ones are kept.

    Raises:
        ValueError: the split is impossible, a batch is larger than the training split, or the task has no
            such metric.
    """
    dataset = _load(config.dataset, *(getattr(config, name) for name in SPLIT_FIELDS))
    examples = len(dataset.train)
    if config.batch_size > examples:
        raise ValueError(
            f"`batch_size` must be at most the {examples} training examples of {config.dataset}."
            f" Received: batch_size={config.batch_size}."
        )
    monitors = ("val_loss", f"val_{dataset.metric}")
    if config.monitor not in monitors:
        raise ValueError(
            f"`monitor` must be one of {', '.join(monitors)} for {config.dataset},"
            f" a {dataset.task.replace('_', ' ')}. Received: {config.monitor!r}."
        )
    return dataset


@lru_cache(maxsize=2)
def _prepared(dataset: Dataset, max_tokens: int, sequence_length: int | None) -> "Prepared":
    from suite.data.preprocessing import prepare

    return prepare(dataset, max_tokens=max_tokens, sequence_length=sequence_length)


def prepared(config: Config, dataset: Dataset | None = None) -> "Prepared":
    """Gives `dataset`, or else the one that a config names, behind its preprocessing. Imports TensorFlow.

    The last ones are kept.

    Raises:
        ValueError: as `load`, or the examples are no texts and `pretraining_epochs` asks for them.
    """
    ready = _prepared(dataset or load(config), config.max_tokens, config.sequence_length)
    if config.pretraining_epochs and (not ready.vocabulary_size or ready.output_length):
        raise ValueError(
            "`pretraining_epochs` expects examples that are texts with one target each, as imdb has them."
            f" Received: pretraining_epochs={config.pretraining_epochs}, dataset={config.dataset!r}."
        )
    return ready
