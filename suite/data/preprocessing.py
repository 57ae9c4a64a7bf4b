"""Preprocessing: from raw inputs to what models are trained on, by Keras layers fitted on the training split
only.

The same layers run before training, once, and inside the exported model. Needs TensorFlow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from suite.data.cleaning import Cleaned
from suite.data.dataset import VARIANTS, Dataset, Rows, Split, extremes, is_array
from suite.data.features import COMPONENTS, fitted, reduced, shuffled
from suite.data.inputs import (
    CATEGORIES,
    CODE,
    KNOWN_CATEGORIES,
    PARTS,
    WORDS_BESIDE,
    file_columns,
    input_names,
)
from suite.data.moments import DateParts

START, END = "[START]", "[END]"
"""Tokens around a target text."""

LONGEST = 400
"""Most tokens of a text that are read unless asked otherwise."""

BATCH = 2048

TAGS = (
    r"</?[A-Za-z][\w:-]*(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))*\s*/?>"
    r"|<!--.*?-->|&[A-Za-z]{2,8};|&#\d{1,6};"
)
"""Tags and named signs of HTML (RE2)."""


def words_apart(texts: tf.Tensor) -> tf.Tensor:
    """Makes texts lower-case words parted by blanks: tags and punctuation part words, apostrophes do not, and
    a symbol such as an emoji is a word.

    Args:
        texts: strings of any shape, in any script.
    """
    texts = tf.strings.regex_replace(tf.strings.lower(texts, encoding="utf-8"), TAGS, " ")
    texts = tf.strings.regex_replace(texts, r"['’]", "")
    texts = tf.strings.regex_replace(texts, r"[\p{P}$+<=>^`|~]", " ")
    return tf.strings.regex_replace(texts, r"(\p{So})", r" \1 ")


def lower(texts: tf.Tensor) -> tf.Tensor:
    """Makes letters of every script small."""
    return tf.strings.lower(texts, encoding="utf-8")


Features = Callable[[pd.Series, keras.KerasTensor], list[keras.KerasTensor]]
"""From the column of train and an input to its features."""

SPLITTERS = {
    "text": (words_apart, "whitespace", 0.95),
    "characters": (lower, "character", 0.999),
    "target": (None, "whitespace", 0.999),
}
"""Kind of text -> how it is standardised and split into tokens, and the share of training texts that must fit
whole."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A data set as models take it.

    Attributes:
        dataset: what it was made from.
        train, validation, test: `x` as below, `y` classes, targets in their own unit, or target tokens.
        inputs: raw inputs by name, symbolic; encoded: what the layers between make of them: uint8 images,
            float32 [features] or [time, channels], or int32 tokens [time] where 0 is padding.
        scale: what is subtracted from numbers in arrays, and the square of what divides them; None: they stay
            as they are.
        vocabulary_size: of the tokens; None: examples are numbers.
        masked: time steps that are all zero are padding.
        normalized: the examples are, and no layer before the model has to do it.
        num_outputs: classes, labels, targets, quantiles, or the target's vocabulary. output_length: target
            tokens; None: there are none.
        places: examples end in so many time steps, whose tokens are the target; None: they do not.
        copies: of each training example, all of one and then all of the next; an epoch takes one of each.
        target_mean, target_scale: a regression learns (target - mean) / scale, of the target or its
            logarithm; [1], or [targets].
        target_words: the target's vocabulary, by token.
    """

    dataset: Dataset
    train: Split
    validation: Split
    test: Split
    inputs: Mapping[str, keras.KerasTensor]
    encoded: keras.KerasTensor
    scale: tuple[np.ndarray, np.ndarray] | None = None
    vocabulary_size: int | None = None
    masked: bool = False
    normalized: bool = False
    num_outputs: int = 1
    output_length: int | None = None
    places: int | None = None
    copies: int = 1
    target_mean: np.ndarray = field(default_factory=lambda: np.zeros(1, np.float32))
    target_scale: np.ndarray = field(default_factory=lambda: np.ones(1, np.float32))
    target_words: tuple[str, ...] = ()

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example as a model takes it."""
        return tuple(self.train.x.shape[1:])

    @property
    def examples(self) -> int:
        """Different training examples."""
        return len(self.train) // self.copies

    @cached_property
    def normalization(self) -> keras.layers.Layer:
        """The layer before the model. It runs inside the compiled program, so that data can lie there in its
        smallest type."""
        if self.scale is None or self.normalized:
            return keras.layers.Identity()
        mean, variance = self.scale
        layer = keras.layers.Normalization(
            axis=-1 if np.ndim(mean) else None, mean=mean, variance=variance, dtype="float32"
        )
        layer.build((None, *self.input_shape))
        return layer


def prepare(
    dataset: Dataset,
    *,
    max_tokens: int,
    sequence_length: int | None,
    input_scaling: str = "standardize",
    positions: str = "in_order",
    reduction: str = "none",
    n_components: int | None = None,
) -> Prepared:
    """Fits the preprocessing on the training split and applies it to all three.

    Args:
        max_tokens: most words that are told apart. sequence_length: most that are read of a text; None: as
            many as 95% of the training texts have, at most LONGEST.
        input_scaling: of numbers: `none`, `min_max` or `standardize`.
        positions: `in_order`, or `shuffled`: the time steps of sequences, the pixels of images and the
            columns of tables in one random order for all examples.
        reduction: `none`, or a key of `suite.data.features.REDUCTIONS`.
        n_components: features that it leaves; None: COMPONENTS.

    Raises:
        ValueError: tokens or examples with padding that are to be shuffled or reduced, or fewer features or
            examples than components.
    """
    prepared = _prepared(dataset, max_tokens, sequence_length, input_scaling)
    if positions == "in_order" and reduction == "none":
        return prepared
    if prepared.vocabulary_size or prepared.masked:
        asked = f"reduction={reduction!r}" if positions == "in_order" else f"positions={positions!r}"
        raise ValueError(
            f"`{asked.partition('=')[0]}` expects tables, images, or sequences of numbers without padding."
            f" Received: {asked}, dataset={dataset.name!r}."
        )
    return _changed(prepared, positions == "shuffled", reduction, n_components or COMPONENTS)


def _prepared(dataset: Dataset, max_tokens: int, sequence_length: int | None, input_scaling: str) -> Prepared:
    if is_array(dataset.train.x):
        prepared = _numbers(dataset, input_scaling)
    elif dataset.task == "sequence_to_sequence":
        return _sequence_to_sequence(dataset, max_tokens, sequence_length)
    elif set(dataset.kinds.values()) <= set(SPLITTERS):
        prepared = _text(dataset, max_tokens, sequence_length)
    else:
        prepared = _columns(dataset, input_scaling)
    outputs = len(dataset.class_names or dataset.outputs) or 1
    if dataset.task not in ("regression", "quantile_regression"):
        return replace(prepared, num_outputs=outputs)
    y = np.log(dataset.train.y) if dataset.log_target else dataset.train.y
    mean, scale = (np.atleast_1d(found(y, axis=0)) for found in (np.mean, np.std))
    return replace(
        prepared,
        num_outputs=outputs,
        target_mean=mean,
        target_scale=np.where(scale > 0, scale, np.float32(1)),
    )


def _changed(prepared: Prepared, shuffle: bool, reduction: str, count: int) -> Prepared:
    """The same, with normalised examples that are shuffled, or of which `count` features are left."""
    start = keras.Input(prepared.input_shape)
    x = prepared.normalization(start)
    if shuffle:
        x = shuffled(x, prepared.input_shape)
    if reduction != "none":
        x = keras.layers.Flatten()(x)
        y = np.log(prepared.train.y) if prepared.dataset.log_target else prepared.train.y
        x = reduced(x, fitted(reduction, count, _outputs(keras.Model(start, x), prepared.train), y))
    model = keras.Model(start, x)
    train, validation, test = (
        Split(_outputs(model, part), part.y) for part in (prepared.train, prepared.validation, prepared.test)
    )
    encoded = model(prepared.encoded)
    return replace(prepared, train=train, validation=validation, test=test, encoded=encoded, normalized=True)


def _outputs(model: keras.Model, split: Split) -> np.ndarray:
    x = split.array
    starts = range(0, len(split), BATCH)
    return np.concatenate(
        [model(np.asarray(x[start : start + BATCH], "float32")).numpy() for start in starts]
    )


def raw_inputs(dataset: Dataset, x: np.ndarray | Rows | pd.DataFrame) -> dict[str, np.ndarray]:
    """Examples as the exported model takes them: the array `inputs`, or [n] columns of numbers or bytes by
    name."""
    if is_array(x):
        return {"inputs": np.asarray(x[:])}
    columns, kinds = {}, file_columns(dataset)
    for name, key in input_names(dataset).items():
        numeric = kinds[name] == "numeric"
        values = pd.to_numeric(x[name]).astype("float32") if numeric else x[name].fillna("").map(str.encode)
        columns[key] = values.to_numpy("float32" if numeric else object)
    return columns


def _numbers(dataset: Dataset, input_scaling: str) -> Prepared:
    """Arrays stay as they are; sequences with padding are normalised here, so that padding can be zero."""
    train = dataset.train.array
    x = keras.Input(dataset.input_shape, dtype=str(train.dtype), name="inputs")
    scale = _scale(dataset, input_scaling)
    if not (train.ndim == 3 and train.dtype.kind == "f" and _any_missing(train)):
        parts = dataset.train, dataset.validation, dataset.test
        return Prepared(dataset, *parts, inputs={"inputs": x}, encoded=x, scale=scale)
    normal = x
    if scale is not None:
        normal = keras.layers.Normalization(axis=-1, mean=scale[0], variance=scale[1])(x)
    padding = keras.ops.any(keras.ops.isnan(x), axis=-1, keepdims=True)
    encoded = keras.ops.where(padding, 0.0, normal)
    return Prepared(
        dataset,
        *_encoded(dataset, {"inputs": x}, encoded),
        inputs={"inputs": x},
        encoded=encoded,
        masked=True,
        normalized=True,
    )


def _scale(dataset: Dataset, input_scaling: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Gives what is subtracted from an array's numbers, and the square of what divides them."""
    if input_scaling == "none" or dataset.mean is None or dataset.variance is None:
        return None
    if input_scaling == "standardize":
        return dataset.mean, dataset.variance
    low, high = extremes(dataset.train.array)
    return low, np.square(np.where(high > low, high - low, np.float32(1)))


def _any_missing(x: np.ndarray | Rows) -> bool:
    """Whether there is a NaN. Read in pieces: rows on disk may be more than memory holds."""
    return any(np.isnan(x[start : start + BATCH]).any() for start in range(0, len(x), BATCH))


def _text(dataset: Dataset, max_tokens: int, sequence_length: int | None) -> Prepared:
    """One text column: int32 tokens, 0 for padding, 1 for words outside the vocabulary."""
    ((name, kind),) = dataset.kinds.items()
    layer = _vectorizer(dataset.train.frame[name].fillna(""), kind, max_tokens, sequence_length)
    inputs = _inputs(dataset)
    encoded = keras.ops.cast(layer(*_cleaned(dataset, inputs)), "int32")
    size = layer.vocabulary_size()
    return Prepared(
        dataset, *_encoded(dataset, inputs, encoded), inputs=inputs, encoded=encoded, vocabulary_size=size
    )


def _vectorizer(
    texts: pd.Series, kind: str, max_tokens: int, length: int | None
) -> keras.layers.TextVectorization:
    """A fitted layer, from [batch, 1] texts to [batch, time] tokens."""
    standardize, split, share = SPLITTERS[kind]
    if length is None:
        lengths = texts.str.len() if kind == "characters" else _words_of(texts, standardize).str.len()
        length = int(min(LONGEST, np.ceil(lengths.quantile(share))))
    layer = keras.layers.TextVectorization(
        max_tokens=max_tokens, standardize=standardize, split=split, output_sequence_length=max(length, 1)
    )
    layer.adapt(texts.to_numpy(object), batch_size=BATCH)
    return layer


def _words_of(texts: pd.Series, standardize: Callable[[tf.Tensor], tf.Tensor] | None) -> pd.Series:
    """The words of texts, as they will be read."""
    if standardize is not None:
        read = standardize(tf.constant(texts.to_numpy(object))).numpy()
        texts = pd.Series([text.decode("utf-8", "replace") for text in read])
    return texts.str.split()


def _sequence_to_sequence(dataset: Dataset, max_tokens: int, sequence_length: int | None) -> Prepared:
    """x holds the source's tokens, then the target's, shifted right by START; y the target's, ending with
    END."""
    ((name, kind),) = dataset.kinds.items()
    source = _vectorizer(dataset.train.frame[name], kind, max_tokens, sequence_length)
    around = [
        pd.Series([f"{START} {text} {END}" for text in _first(part.y)])
        for part in (dataset.train, dataset.validation, dataset.test)
    ]
    target = _vectorizer(around[0], "target", max_tokens, None)
    inputs = _inputs(dataset)
    encoded = keras.ops.cast(source(*_cleaned(dataset, inputs)), "int32")
    sources = _encoded(dataset, inputs, encoded)
    train, validation, test = (
        _pairs(part, target(texts.to_numpy(object)).numpy().astype(np.int32))
        for part, texts in zip(sources, around, strict=True)
    )
    return Prepared(
        dataset,
        train,
        validation,
        test,
        inputs=inputs,
        encoded=encoded,
        vocabulary_size=source.vocabulary_size(),
        num_outputs=target.vocabulary_size(),
        output_length=train.y.shape[1],
        target_words=tuple(target.get_vocabulary()),
    )


def _pairs(source: Split, tokens: np.ndarray) -> Split:
    """Source and shifted target, and the target."""
    return Split(np.concatenate([np.asarray(source.array[:]), tokens[:, :-1]], axis=1), tokens[:, 1:])


def _first(texts: np.ndarray) -> list[str]:
    return [text.split(VARIANTS)[0] for text in texts]


def _columns(dataset: Dataset, input_scaling: str) -> Prepared:
    """Mixed columns as one row of features: numbers scaled (a missing one is the mean, and says so),
    categories one-hot (a missing one is a category), words of texts present or not."""
    inputs = _inputs(dataset)
    given = dict(zip(file_columns(dataset), _cleaned(dataset, inputs), strict=True))
    for column, order in dataset.dates.items():
        parts = DateParts(order)(given[column])
        given |= {f"{column} {part}": parts[:, place : place + 1] for place, part in enumerate(PARTS)}
    makers: dict[str, Features] = {**COLUMNS, "numeric": partial(_numeric, input_scaling=input_scaling)}
    features = [
        feature
        for name, kind in dataset.kinds.items()
        for feature in makers[kind](dataset.train.frame[name], given[name])
    ]
    encoded = keras.layers.Concatenate()(features) if len(features) > 1 else features[0]
    return Prepared(dataset, *_encoded(dataset, inputs, encoded), inputs=inputs, encoded=encoded)


def _inputs(dataset: Dataset) -> dict[str, keras.KerasTensor]:
    """An input for each column. Keras names them: a column may be called like one of its layers."""
    keys = input_names(dataset)
    return {
        keys[name]: keras.Input((1,), dtype="float32" if kind == "numeric" else "string")
        for name, kind in file_columns(dataset).items()
    }


def _cleaned(dataset: Dataset, inputs: Mapping[str, keras.KerasTensor]) -> list[keras.KerasTensor]:
    """The inputs, texts by the rule for missing values where the data set has one."""
    clean = Cleaned(dataset.missing) if dataset.missing else None
    return [clean(x) if clean and x.dtype == "string" else x for x in inputs.values()]


def _numeric(column: pd.Series, x: keras.KerasTensor, input_scaling: str) -> list[keras.KerasTensor]:
    values = pd.to_numeric(column).astype("float64")
    mean = float(np.nan_to_num(values.mean()))
    shift, variance = {
        "none": (0.0, 1.0),
        "min_max": (
            float(np.nan_to_num(values.min())),
            float(np.nan_to_num(values.max() - values.min())) ** 2,
        ),
        "standardize": (mean, float(np.nan_to_num(values.var(ddof=0)))),
    }[input_scaling]
    missing = keras.ops.isnan(x)
    normal = keras.layers.Normalization(axis=None, mean=shift, variance=variance or 1.0)(x)
    filled = keras.ops.where(missing, (mean - shift) / (variance or 1.0) ** 0.5, normal)
    return [filled, keras.ops.cast(missing, "float32")] if values.isna().any() else [filled]


def _categorical(column: pd.Series, x: keras.KerasTensor) -> list[keras.KerasTensor]:
    """One-hot; of many categories the rarer ones share CODE features by codes, see `_codes`.

    A category that training never showed would meet weights that nothing trained, others for each seed: it is
    the average of the categories of training instead.
    """
    counts = column.fillna("").value_counts()[:KNOWN_CATEGORIES]
    names, shares = counts.index.tolist(), (counts / counts.sum()).to_numpy(np.float32)
    if len(names) > CATEGORIES:
        codes = _codes(len(names))
        index = keras.layers.StringLookup(vocabulary=names)(x)[:, 0]
        return [keras.ops.take(np.vstack([shares @ codes, codes]), index, axis=0)]
    one_hot = keras.layers.StringLookup(vocabulary=names, output_mode="one_hot")(x)
    return [keras.ops.where(one_hot[:, :1] > 0, np.array([0.0, *shares], np.float32), one_hot)]


def _codes(count: int) -> np.ndarray:
    """[count, CATEGORIES + CODE] features of categories, the most frequent first: one of their own, or codes.

    A code has random signs and length 1. Codes are nearly orthogonal (Johnson and Lindenstrauss 1984), so a
    model can tell far more categories apart than it has features for.
    """
    signs = np.random.default_rng(0).choice([-1, 1], (count, CODE)) / np.sqrt(CODE)
    signs[:CATEGORIES] = 0
    return np.hstack([np.eye(count, CATEGORIES), signs]).astype(np.float32)


def _words(column: pd.Series, x: keras.KerasTensor, kind: str = "text") -> list[keras.KerasTensor]:
    standardize, split, _ = SPLITTERS[kind]
    layer = keras.layers.TextVectorization(
        max_tokens=WORDS_BESIDE, standardize=standardize, split=split, output_mode="multi_hot"
    )
    layer.adapt(column.fillna("").to_numpy(object), batch_size=BATCH)
    # Symbolically Keras gives [batch, 1, words], else [batch, words].
    return [keras.ops.cast(keras.layers.Reshape((layer.vocabulary_size(),))(layer(x)), "float32")]


COLUMNS: dict[str, Features] = {
    "categorical": _categorical,
    "text": _words,
    "characters": partial(_words, kind="characters"),
}
"""Kind of a column that stands beside others -> features of its input, given the column of train; `_numeric`
is told how numbers are scaled."""


def _encoded(
    dataset: Dataset, inputs: Mapping[str, keras.KerasTensor], encoded: keras.KerasTensor
) -> tuple[Split, Split, Split]:
    """Train, validation and test behind the layers."""
    model = keras.Model(list(inputs.values()), encoded)

    def behind(split: Split) -> Split:
        raw = raw_inputs(dataset, split.x)
        if not is_array(split.x):
            raw = {key: values[:, None] for key, values in raw.items()}
        pieces = [
            model([keras.ops.convert_to_tensor(raw[key][start : start + BATCH]) for key in inputs]).numpy()
            for start in range(0, len(split), BATCH)
        ]
        return Split(np.concatenate(pieces), split.y)

    return behind(dataset.train), behind(dataset.validation), behind(dataset.test)
