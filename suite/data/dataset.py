"""Dataset: named splits with what is needed to read and normalise them. NumPy only."""

import os
from dataclasses import dataclass

import numpy as np


def resident_limit() -> int:
    """Bytes of training examples that may lie in memory: a quarter of what is free, or the variable SUITE_RESIDENT_BYTES."""
    import psutil

    return int(os.environ.get("SUITE_RESIDENT_BYTES") or psutil.virtual_memory().available // 4)


class Rows:
    """Rows of an array on disk, read when they are asked for: `rows[index]` is a NumPy array."""

    def __init__(self, source: np.ndarray, index: np.ndarray):
        self._source, self._index = source, index
        self.shape, self.dtype, self.ndim = (len(index), *source.shape[1:]), source.dtype, source.ndim
        self.nbytes = len(index) * source[:1].nbytes

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, index: np.ndarray | slice) -> np.ndarray:
        return np.asarray(self._source[self._index[index]])


@dataclass(frozen=True, eq=False)
class Split:
    """Examples in their raw, smallest type; read-only.

    Attributes:
        x: [n, height, width] or [n, height, width, channels] uint8 images, or [n, features] float32 tables.
        y: [n] int32 class indices.
    """

    x: np.ndarray | Rows
    y: np.ndarray

    def __post_init__(self):
        if isinstance(self.x, np.ndarray):
            self.x.setflags(write=False)
        self.y.setflags(write=False)

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: np.ndarray | slice) -> "Split":
        """The examples at `index`, in that order, copied into memory."""
        return Split(np.array(self.x[index]), np.array(self.y[index]))


@dataclass(frozen=True, eq=False)
class Whole:
    """What a source gives: everything for training (train and validation together), and the fixed test split.

    Attributes:
        validation_size: how much of `train` is validation unless asked otherwise.
        source: where these bytes came from. sha256: of the arrays, see `suite.data.cache.checksum`.
        splits: how train and test were told apart.
    """

    name: str
    task: str
    train: Split
    test: Split
    validation_size: int
    class_names: tuple[str, ...]
    source: str
    licence: str
    description: str
    splits: str
    sha256: str


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set in three disjoint splits.

    Attributes:
        task: `classification`.
        mean, variance: float32 input normalisation fitted on `train` only, in the units of x: scalars for images,
            [features] for tables. The variance is never zero (1 for a constant feature). They go into
            `keras.layers.Normalization(mean=, variance=)`.
        source: where these bytes came from. licence: of the data itself, not of the package that carried it.
        sha256: of the whole set, the same whatever the source.
    """

    name: str
    task: str
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    mean: np.ndarray
    variance: np.ndarray
    source: str
    licence: str
    description: str
    splits: str
    sha256: str

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one raw example."""
        return self.train.x.shape[1:]

    @property
    def num_classes(self) -> int:
        return len(self.class_names)


def split(whole: Whole, *, data_seed: int, train_size: int | None, validation_size: int | None) -> Dataset:
    """Draws train and validation from `whole.train`; see `suite.data.load`.

    Raises:
        ValueError: more examples asked than there are, or too few for every class to be present.
    """
    total = len(whole.train)
    validation = whole.validation_size if validation_size is None else validation_size
    train = total - validation if train_size is None else train_size
    if min(train, validation) < 1 or train + validation > total:
        default = " (the default)" if validation_size is None else ""
        raise ValueError(
            f"`train_size` and `validation_size` must be positive and together at most {total} for {whole.name}."
            f" Received: train_size={train}, validation_size={validation}{default}."
        )
    order = stratified_order(whole.train.y, data_seed)
    drawn = {"validation": whole.train.take(order[:validation]), "train": _draw(whole.train, order[total - train :])}
    for name, part in drawn.items():
        absent = sorted(set(range(len(whole.class_names))) - set(part.y.tolist()))
        if absent:
            raise ValueError(
                f"`{name}_size` must be large enough to hold all {len(whole.class_names)} classes of {whole.name}."
                f" Received: {name}_size={len(part)}, which leaves out {whole.class_names[absent[0]]!r}."
            )
    mean, variance = moments(drawn["train"].x)
    kept = ("name", "task", "class_names", "source", "licence", "description", "splits", "sha256")
    return Dataset(
        **drawn, test=whole.test.take(slice(None)), mean=mean, variance=variance,
        **{key: getattr(whole, key) for key in kept},
    )  # fmt: skip


def _draw(split: Split, index: np.ndarray) -> Split:
    """The examples at `index`: in memory if they fit there, else left where they are."""
    if len(index) * split.x[:1].nbytes <= resident_limit():
        return split.take(index)
    return Split(Rows(split.x, index), split.y[index])


def stratified_order(y: np.ndarray, seed: int) -> np.ndarray:
    """A random order in which every run of neighbours, so every prefix and suffix, has the classes in proportion.

    Each class is shuffled and spread evenly: its i-th example of m goes to (i + 1/2) / m of the way.

    Args:
        y: [n] class indices.
        seed: decides the order.

    Returns:
        [n] permutation of 0 ... n - 1.
    """
    shuffled = np.random.default_rng(seed).permutation(len(y))
    labels = y[shuffled]
    place = np.empty(len(y))
    for label, count in zip(*np.unique(labels, return_counts=True), strict=True):
        place[labels == label] = (np.arange(count) + 0.5) / count
    return shuffled[np.argsort(place, kind="stable")]


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of inputs as float32: over everything for images, per feature for tables.

    Args:
        x: [n, features], or [n, height, width, ...] images.
    """
    axis = 0 if x.ndim == 2 else None
    # In pieces: a float64 copy of CIFAR-10 would take more than a gigabyte.
    pieces = [slice(start, start + 1000) for start in range(0, len(x), 1000)]
    count = np.prod(x.shape) if axis is None else len(x)
    mean = sum(x[piece].sum(axis=axis, dtype=np.float64) for piece in pieces) / count
    squares = sum(np.square(x[piece] - mean).sum(axis=axis) for piece in pieces)
    low, high = (extreme([extreme(x[piece], axis=axis) for piece in pieces], axis=0) for extreme in (np.min, np.max))
    return np.float32(mean), np.float32(np.where(high > low, squares / count, 1.0))


def describe(dataset: Dataset) -> dict[str, str]:
    """The card of a data set: what a reader must know before relying on a result from it, as words."""
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    counts = {part: np.bincount(split.y, minlength=dataset.num_classes) for part, split in parts.items()}
    columns = zip(dataset.class_names, *counts.values(), strict=True)
    rows = (f"{name}: {' / '.join(map(str, numbers))}" for name, *numbers in columns)
    return {
        "name": dataset.name,
        "about": dataset.description,
        "task": f"{dataset.task}, {dataset.num_classes} classes",
        "input": f"{' x '.join(map(str, dataset.input_shape))}, {dataset.train.x.dtype}",
        "sizes": ", ".join(f"{part} {len(split):,}" for part, split in parts.items()),
        "splits": dataset.splits,
        "balance": f"train / validation / test: {', '.join(rows)}",
        "mean": f"{np.array2string(dataset.mean, precision=4)} (train only)",
        "variance": f"{np.array2string(dataset.variance, precision=4)} (train only)",
        "source": dataset.source,
        "licence": dataset.licence,
        "sha256": dataset.sha256,
    }
