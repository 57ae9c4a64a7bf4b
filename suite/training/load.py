"""The data set that a config names, split as it says.

`load` gives it raw, and is free of TensorFlow; `prepared` gives it as models take it.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from suite import data as datasets
from suite.data import OF_ANY_LENGTH, OWN_FIELDS
from suite.data.dataset import Dataset
from suite.study.config import Config
from suite.tasks import TASKS

if TYPE_CHECKING:
    from suite.data.preprocessing import Prepared

SPLIT_FIELDS = (
    "data_seed",
    "train_size",
    "validation_size",
    "outliers",
    "label_noise",
    "quantiles",
    *OWN_FIELDS,
)

PREPARED_FIELDS = (
    "max_tokens", "sequence_length", "input_scaling", "positions", "reduction", "n_components",
)  # fmt: skip


@lru_cache(maxsize=2)
def _load(name: str, length: int | None, *settings: Any) -> Dataset:
    return datasets.load(name, sequence_length=length, **dict(zip(SPLIT_FIELDS, settings, strict=True)))


def load(config: Config) -> Dataset:
    """Gives the data set of a config, split; the last ones are kept.

    Raises:
        ValueError: the split is impossible, a batch is larger than the training split, or the task has no
            such metric or loss.
    """
    length = config.sequence_length if config.dataset in OF_ANY_LENGTH else None
    dataset = _load(config.dataset, length, *(getattr(config, name) for name in SPLIT_FIELDS))
    examples = len(dataset.train)
    if config.batch_size > examples:
        raise ValueError(
            f"`batch_size` must be at most the {examples} training examples of {config.dataset}."
            f" Received: batch_size={config.batch_size}."
        )
    monitors = TASKS[dataset.task].monitors
    if config.monitor not in monitors:
        raise ValueError(
            f"`monitor` must be one of {', '.join(monitors)} for {config.dataset},"
            f" a {dataset.task.replace('_', ' ')}. Received: {config.monitor!r}."
        )
    if config.class_weight and dataset.task != "classification":
        raise ValueError(
            f"`class_weight` expects classes. Received: {config.dataset}, a {dataset.task.replace('_', ' ')}."
        )
    losses = TASKS[dataset.task].losses
    if config.loss not in (None, *losses):
        raise ValueError(
            f"`loss` must be one of {', '.join(losses)} for {config.dataset},"
            f" a {dataset.task.replace('_', ' ')}. Received: {config.loss!r}."
        )
    return dataset


@lru_cache(maxsize=2)
def _prepared(dataset: Dataset, *settings: Any) -> "Prepared":
    from suite.data.preprocessing import prepare

    return prepare(dataset, **dict(zip(PREPARED_FIELDS, settings, strict=True)))


def prepared(config: Config, dataset: Dataset | None = None) -> "Prepared":
    """Gives `dataset`, or else the one that a config names, behind its preprocessing. Imports TensorFlow.

    The last ones are kept.

    Raises:
        ValueError: as `load`; the examples cannot be shuffled or reduced as asked; or they are no texts, and
            `pretraining_epochs` asks for them.
    """
    ready = _prepared(dataset or load(config), *(getattr(config, name) for name in PREPARED_FIELDS))
    if config.pretraining_epochs and (not ready.vocabulary_size or ready.output_length):
        raise ValueError(
            "`pretraining_epochs` expects examples that are texts with one target each, as imdb has them."
            f" Received: pretraining_epochs={config.pretraining_epochs}, dataset={config.dataset!r}."
        )
    return ready
