"""Dataset: named splits with what is needed to read and normalise them. NumPy only."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from suite.data.pinball import pinball_loss
from suite.tasks import meanings

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import TypeIs


VARIANTS = " | "
"""Between the texts of a test target that are all right."""


def resident_limit() -> int:
    """Bytes of training examples that may lie in memory: a quarter of what is free, or the variable
    SUITE_RESIDENT_BYTES."""
    import psutil

    return int(os.environ.get("SUITE_RESIDENT_BYTES") or psutil.virtual_memory().available // 4)


class Rows:
    """Rows of an array on disk, read when they are asked for: `rows[index]` is a NumPy array."""

    def __init__(self, source: "np.ndarray | Rows", index: np.ndarray) -> None:
        self._source, self._index = source, index
        self.shape: tuple[int, ...]
        self.dtype: np.dtype
        self.ndim: int
        self.shape, self.dtype, self.ndim = (len(index), *source.shape[1:]), source.dtype, source.ndim
        self.nbytes = len(index) * source[:1].nbytes

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, index: np.ndarray | slice) -> np.ndarray:
        return np.asarray(self._source[self._index[index]])


@dataclass(frozen=True, eq=False)
class Split:
    """Examples in their raw, smallest type; arrays are read-only.

    Attributes:
        x: [n, height, width] or [n, height, width, channels] uint8 images, [n, features] float32 tables, [n,
            time, channels] float32 sequences whose ends are padded with NaN, int32 tokens; or a DataFrame of
            raw columns.
        y: [n] int32 class indices, [n] float32 targets, [n, targets] float32 where those are several (labels
            are 0 or 1), or [n] target texts (objects); behind the preprocessing, target tokens [n, length]
            int32.
    """

    x: "np.ndarray | Rows | pd.DataFrame"
    y: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.x, self.y):
            if isinstance(array, np.ndarray):
                array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.y)

    @property
    def array(self) -> "np.ndarray | Rows":
        """The examples, where they are numbers in an array."""
        assert is_array(self.x)
        return self.x

    @property
    def frame(self) -> "pd.DataFrame":
        """The examples, where they are raw columns."""
        assert not is_array(self.x)
        return self.x

    def take(self, index: np.ndarray | slice) -> "Split":
        """The examples at `index`, in that order, copied into memory."""
        x = np.array(self.x[index]) if is_array(self.x) else self.x.iloc[index].reset_index(drop=True)
        return Split(x, np.array(self.y[index]))


def is_array(x: "np.ndarray | Rows | pd.DataFrame") -> "TypeIs[np.ndarray | Rows]":
    """Tells whether examples are numbers in an array, rather than raw columns."""
    return isinstance(x, np.ndarray | Rows)


@dataclass(frozen=True, eq=False, kw_only=True)
class Facts:
    """What is known of a data set, however it is split.

    Attributes:
        task: a key of `suite.tasks.TASKS`. class_names: of a classification, else empty.
        kinds: of the columns of a DataFrame: `numeric`, `categorical`, `text` (words) or `characters`.
        target: what is predicted, with its unit. log_target: the model learns the logarithm of the (positive)
            target.
        targets: names of the columns of `y`, labels or numbers; empty where a target is one class or number.
        quantiles: that a quantile regression predicts, rising.
        history: of a forecast, the channel of `x` that is the past of the target; None: it is no forecast.
        channels: names of what each time step of `x` has; empty where they have none.
        normalize: arrays are brought to mean 0 and variance 1 before the model.
        source: where these bytes came from. licence: of the data itself, not of the package that carried it.
        splits: how train and test were told apart. published: a figure from the literature, with its source.
        sha256: of the whole set, the same whatever the source, see `suite.data.cache.checksum`.
        notes: what was decided, dropped or found in a user's own data, a sentence each: nothing happens in
            silence.
        origins: column -> the one of the user's file that it was made from, where that has another name.
        dates: column of the user's file that is a date -> `day-first` or `month-first`, where both are
            numbers. Its texts, as they were, stand in a DataFrame beside the columns that were made from
            them.
        units: column -> currency, percent sign or unit of its numbers, as the file had it.
        missing: texts that stand for a missing value in the columns, blanks around them apart; the exported
            model reads them so too. Empty for published sets, whose sources say what is missing.
    """

    name: str
    task: str
    class_names: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    log_target: bool = False
    targets: tuple[str, ...] = ()
    quantiles: tuple[float, ...] = ()
    history: int | None = None
    channels: tuple[str, ...] = ()
    normalize: bool = True
    source: str
    licence: str
    description: str
    splits: str
    published: str = ""
    sha256: str
    notes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Whole(Facts):
    """What a source gives: everything for training (train and validation together), and the fixed test split.

    Attributes:
        validation_size: how much of `train` is validation unless asked otherwise.
        groups: [n] of `train`: examples of one group stay on one side of the split; None: each on its own.
        in_time: `train` is in order of time, and its end is validation.
        apart: [n] of `train`, in order of time: how many of the first examples have all targets before those
            of this one and of all that follow, so that what lies between belongs to no split; None: all
            that come before it.
    """

    train: Split
    test: Split
    validation_size: int
    groups: np.ndarray | None = None
    in_time: bool = False
    apart: np.ndarray | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset(Facts):
    """A data set in three disjoint splits, raw.

    Attributes:
        mean, variance: float32 normalisation of arrays fitted on `train` only, in the units of x: scalars for
            images, [features] for tables, [channels] for sequences. The variance is never zero (1 for a
            constant feature).
    """

    train: Split
    validation: Split
    test: Split
    mean: np.ndarray | None = None
    variance: np.ndarray | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one raw example; (columns,) of a DataFrame."""
        return tuple(self.train.x.shape[1:])

    @property
    def num_classes(self) -> int | None:
        """Of a classification."""
        return len(self.class_names) or None

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what is predicted of an example, where that is several numbers: targets or quantiles."""
        return self.targets or tuple(f"quantile {quantile:g}" for quantile in self.quantiles)

    @property
    def meanings(self) -> dict[str, str]:
        """What each metric, without its split, measures, in words."""
        return meanings(
            self.task,
            self.target,
            log_target=self.log_target,
            several=self.task == "regression" and bool(self.targets),
            nominal=self.quantiles[-1] - self.quantiles[0] if self.quantiles else 1.0,
        )

    @property
    def frequencies(self) -> np.ndarray:
        """[classes] shares of the classes in the training split, of a classification; [labels] of labels."""
        if self.task == "multilabel_classification":
            return np.asarray(np.mean(self.train.y, axis=0, dtype=np.float64))
        return np.bincount(self.train.y, minlength=len(self.class_names)) / len(self.train)

    @cached_property
    def guessing(self) -> float:
        """Loss on the validation split of a model that knows nothing of its input.

        Of a classification: the cross-entropy, in nats, of always giving each class the share that it has in
        the training split, and so of labels. Of equal classes that is log(classes); of a rare one against the
        rest it is far less. Of a regression 1: the mean squared error of always giving the mean, in units of
        the variance. Of quantiles: always giving those of the training split. Of sequences infinite: it is
        not known.
        """
        y = self.validation.y
        if self.task == "classification":
            return float(-np.log(self.frequencies[y]).mean())
        if self.task == "multilabel_classification":
            return float(-np.log(np.where(y == 1, self.frequencies, 1 - self.frequencies)).mean())
        if self.task == "quantile_regression":
            learned, held = (np.log(each) if self.log_target else each for each in (self.train.y, y))
            guessed = np.quantile(learned, self.quantiles)
            return float(pinball_loss(held, guessed, self.quantiles).mean() / np.std(learned))
        return 1.0 if self.task == "regression" else np.inf


def split(
    whole: Whole,
    *,
    data_seed: int,
    train_size: int | None,
    validation_size: int | None,
    outliers: float = 0.0,
    label_noise: float = 0.0,
    quantiles: tuple[float, ...] | None = None,
) -> Dataset:
    """Draws train and validation from `whole.train`; see `suite.data.load`.

    Raises:
        ValueError: more examples asked than there are, too few for every class to be present, outliers or
            quantiles of what is no number, or label noise where there are no classes.
    """
    if outliers and whole.task != "regression":
        raise ValueError(
            f"`outliers` expects a regression: {whole.name} is a {whole.task.replace('_', ' ')}."
            f" Received: outliers={outliers}."
        )
    if label_noise and whole.task != "classification":
        raise ValueError(
            f"`label_noise` expects a classification: {whole.name} is a {whole.task.replace('_', ' ')}."
            f" Received: label_noise={label_noise}."
        )
    if quantiles:
        whole = _of_quantiles(whole, quantiles)
    total = len(whole.train)
    validation = whole.validation_size if validation_size is None else validation_size
    most = total - _between(whole, validation)
    train = most - validation if train_size is None else train_size
    if min(train, validation) < 1 or train + validation > most:
        default = " (the default)" if validation_size is None else ""
        raise ValueError(
            f"`train_size` and `validation_size` must be positive and together at most"
            f" {most} for {whole.name}."
            f" Received: train_size={train}, validation_size={validation}{default}."
        )
    order = _order(whole, data_seed)
    places = {"validation": order[:validation], "train": order[total - train :]}
    if whole.groups is not None:  # the group on the border goes to validation whole
        places["train"] = places["train"][
            ~np.isin(whole.groups[places["train"]], whole.groups[places["validation"]])
        ]
        if not len(places["train"]):
            raise ValueError(
                f"`train_size` must leave a group of {whole.name} for training. Received: train_size={train}."
            )
    drawn = {name: _draw(whole.train, index) for name, index in places.items()}
    for name, part in drawn.items():
        if whole.task == "multilabel_classification":
            refuse_one_sided(part.y, whole.targets, f"`{name}_size` must be large enough for {whole.name}")
        absent = [label for label in range(len(whole.class_names)) if label not in part.y]
        if absent:
            raise ValueError(
                f"`{name}_size` must be large enough to hold all {len(whole.class_names)} classes of"
                f" {whole.name}."
                f" Received: {name}_size={len(part)}, which leaves out {whole.class_names[absent[0]]!r}."
            )
    if outliers:
        drawn["train"] = with_outliers(drawn["train"], outliers, data_seed)
    if label_noise:
        labels = noisy_labels(whole.train.y, len(whole.class_names), label_noise, data_seed)
        drawn["train"] = Split(drawn["train"].x, labels[places["train"]])
    x = drawn["train"].x
    mean, variance = moments(x) if is_array(x) and x.dtype.kind != "i" and whole.normalize else (None, None)
    facts = {item.name: getattr(whole, item.name) for item in fields(Facts)}
    return Dataset(
        **facts,
        train=drawn["train"],
        validation=drawn["validation"],
        test=_draw(whole.test, np.arange(len(whole.test))),
        mean=mean,
        variance=variance,
    )


def _of_quantiles(whole: Whole, quantiles: tuple[float, ...]) -> Whole:
    """The same data set, of which quantiles of the target are predicted."""
    if whole.task != "regression" or whole.targets:
        several = " of several targets" if whole.targets else ""
        raise ValueError(
            f"`quantiles` expects a regression of one target: {whole.name} is a"
            f" {whole.task.replace('_', ' ')}{several}."
            f" Received: quantiles={','.join(map('{:g}'.format, quantiles))}."
        )
    return replace(whole, task="quantile_regression", quantiles=tuple(quantiles))


def refuse_one_sided(y: np.ndarray, labels: Sequence[str], expectation: str) -> None:
    """Refuses a split in which a label is on no example, or on all.

    Args:
        y: [n, labels] of 0 and 1. labels: their names. expectation: how the message begins.

    Raises:
        ValueError: naming the label.
    """
    for label, share in zip(labels, y.mean(axis=0), strict=True):
        if share in (0, 1):
            raise ValueError(
                f"{expectation} to have each label on some examples and not on others."
                f" Received: {label!r}, which is {int(share)} in all {len(y):,} of a split."
            )


OUTLIER = 10.0
"""Factor on a target whose decimal point was misplaced."""


def with_outliers(split: Split, share: float, seed: int) -> Split:
    """Examples of which a random `share`, to the nearest example, have OUTLIER times their target."""
    chosen = np.random.default_rng([seed, 1]).permutation(len(split))[: round(share * len(split))]
    y = split.y.copy()
    y[chosen] *= OUTLIER
    return Split(split.x, y)


def noisy_labels(y: np.ndarray, classes: int, share: float, seed: int) -> np.ndarray:
    """Redraws labels at random, each with probability `share`, the true class included.

    What is redrawn at a smaller share is redrawn, and as the same, at a larger one; a smaller training split
    has the noise of a larger one. A share of 1 is the random labels of Zhang et al. 2017, arXiv:1611.03530.

    Args:
        y: [n] class indices. classes: how many there are. seed: decides which are redrawn, and as what.
    """
    rng = np.random.default_rng([seed, 2])
    return np.where(rng.random(len(y)) < share, rng.integers(0, classes, len(y)), y).astype(y.dtype)


def _between(whole: Whole, validation: int) -> int:
    """Examples between train and a validation split of some size that have targets on both sides."""
    border = len(whole.train) - validation
    return (
        border - int(whole.apart[border]) if whole.apart is not None and 0 < border < len(whole.train) else 0
    )


def _order(whole: Whole, seed: int) -> np.ndarray:
    """The order of `whole.train` whose start is validation and whose end is train."""
    n = len(whole.train)
    if whole.in_time:
        return np.arange(n)[::-1]
    if whole.groups is not None:
        names, inverse = np.unique(whole.groups, return_inverse=True)
        return np.argsort(np.random.default_rng(seed).permutation(len(names))[inverse], kind="stable")
    return stratified_order(strata(whole.task, whole.train.y), seed)


def _draw(split: Split, index: np.ndarray) -> Split:
    """The examples at `index`: in memory if they fit there, else left where they are."""
    if not is_array(split.x) or len(index) * split.x[:1].nbytes <= resident_limit():
        return split.take(index)
    return Split(Rows(split.x, index), split.y[index])


RARE = 5
"""Examples that a combination of labels has at least to be a stratum of its own."""


def strata(task: str, y: np.ndarray) -> np.ndarray:
    """Gives what is to be in proportion in every split, [n]: classes, or combinations of labels; else
    nothing is.

    Args:
        task: a key of `suite.tasks.TASKS`. y: targets, as in `Split`.
    """
    if task == "classification":
        return y
    if task != "multilabel_classification":
        return np.zeros(len(y), np.int8)
    _, codes, counts = np.unique(y, axis=0, return_inverse=True, return_counts=True)
    return np.where(counts[codes.reshape(-1)] < RARE, -1, codes.reshape(-1))


def stratified_order(y: np.ndarray, seed: int) -> np.ndarray:
    """A random order in which every run of neighbours, so every prefix and suffix, has the classes in
    proportion.

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


def moments(x: np.ndarray | Rows) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of inputs as float32: over everything for images, per feature for tables, per channel
    for sequences (padding apart).

    Args:
        x: [n, features] or [n, time, channels] float, or [n, height, width, ...] uint8.
    """
    axis, pieces = _axis(x), _pieces(x)
    count = sum(np.sum(~np.isnan(x[piece]), axis=axis) for piece in pieces)
    mean = sum(np.nansum(x[piece], axis=axis, dtype=np.float64) for piece in pieces) / count
    squares = sum(np.nansum(np.square(x[piece] - mean), axis=axis) for piece in pieces)
    low, high = extremes(x)
    return np.asarray(mean, np.float32), np.asarray(np.where(high > low, squares / count, 1.0), np.float32)


def extremes(x: np.ndarray | Rows) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest inputs as float32, over the same axes as `moments`."""
    low, high = (
        extreme([extreme(x[piece], axis=_axis(x)) for piece in _pieces(x)], axis=0)
        for extreme in (np.nanmin, np.nanmax)
    )
    return np.asarray(low, np.float32), np.asarray(high, np.float32)


def _axis(x: np.ndarray | Rows) -> tuple[int, ...] | None:
    """What is scaled alike: everything of images, else all but the last axis."""
    return None if x.dtype == np.uint8 else tuple(range(x.ndim - 1))


def _pieces(x: np.ndarray | Rows) -> list[slice]:
    """In pieces: a float64 copy of CIFAR-10 would take more than a gigabyte."""
    return [slice(start, start + 1000) for start in range(0, len(x), 1000)]
