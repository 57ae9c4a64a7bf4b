"""What to beat: simple methods of scikit-learn, fitted on train and validation, measured on test.

For a diagnosis they are fitted on train and measured on validation.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from suite.data import label_metrics
from suite.data.builtin import quadratic
from suite.data.class_metrics import METRICS
from suite.data.dataset import Dataset, Rows, Split, is_array
from suite.data.edits import error_rates
from suite.data.inspect import lookup
from suite.data.inspect.guesses import GUESSES
from suite.data.pinball import pinball_loss

Examples = Any
"""An array, or a DataFrame of raw columns."""

IMAGES = 10_000  # of a larger set, logistic regression on pixels takes too long

TOKENS: dict[str, dict[str, Any]] = {"text": {}, "characters": {"analyzer": "char", "ngram_range": (1, 2)}}
"""Kind of a text -> how TF-IDF parts it."""


LINEAR_PROGRAM = 2_000
"""Examples of a linear quantile regression, which is a linear program."""

ROWS = 50_000
"""Examples that the methods of `to_beat` are fitted on at most: a study waits for them."""


def to_beat(dataset: Dataset, *, guesses_only: bool = False) -> dict[str, dict[str, float]]:
    """Fits the methods on what a model is trained on, and measures what a study measures of it.

    Args:
        dataset: with training and test examples.
        guesses_only: leaves out all but GUESSES, as where others take long.

    Returns:
        Method -> `test_*` -> value. Empty for targets that are texts, or whose logarithm is learned, and for
        quadratic_deep, which has nothing to predict.
    """
    if dataset.task == "sequence_to_sequence" or dataset.log_target or dataset.name == "quadratic_deep":
        return {}
    guesses_only |= takes_long(dataset)
    return {
        name: _as_tested(dataset, model, test)
        for name, model, test in _fitted(
            dataset, (dataset.train,), dataset.test, ROWS, guesses_only=guesses_only
        )
    }


def takes_long(dataset: Dataset) -> bool:
    """Whether simple methods take long: of images, and of what is too large to lie in memory."""
    x = dataset.train.x
    return isinstance(x, Rows) or (is_array(x) and x.ndim > 2 and dataset.history is None)


def _as_tested(dataset: Dataset, model: Any, x: Examples) -> dict[str, float]:
    """What a study calls `test_*`."""
    y, measured = dataset.test.y, _measure(dataset, model, x)
    if dataset.task != "classification":
        loss = measured.pop("log_loss") if "log_loss" in measured else _loss(dataset, y, model.predict(x))
        return {"test_loss": loss} | {f"test_{name}": value for name, value in measured.items()}
    found = {"test_loss": measured["log_loss"], "test_accuracy": measured["accuracy"]}
    logits = np.full((len(y), len(dataset.class_names)), -np.inf)
    with np.errstate(divide="ignore"):
        logits[:, model.classes_] = np.log(model.predict_proba(x))
    logits = np.maximum(logits, -1e9)
    rarest = int(dataset.frequencies.argmin())
    return found | {f"test_{name}": metric(y, logits, rarest) for name, metric in METRICS.items()}


def baseline(dataset: Dataset) -> dict[str, dict[str, float]]:
    """Method -> metric -> value on the test split.

    Classification: `accuracy` and `log_loss`. Labels: `log_loss` and the metrics of an exported model.
    Regression: `mae` and `rmse` in the target's own unit, `r2`, or `r2_of_log` where the logarithm is
    learned, all as means over the targets. Quantiles: `pinball_loss`, `coverage` and `interval_width`.
    Sequence to sequence: `word_error` and `phone_error`. quadratic_deep: `loss`.
    """
    if dataset.name == "quadratic_deep":
        return _quadratic(dataset)
    if dataset.task == "sequence_to_sequence":
        return _spelling(dataset)
    fitted = _fitted(dataset, (dataset.train, dataset.validation), dataset.test)
    return {name: _measure(dataset, model, test) for name, model, test in fitted}


def validation_losses(dataset: Dataset) -> Iterator[tuple[str, float]]:
    """Gives (method, loss on the validation split) of each method, fitted on train alone: what the loss of a
    training is compared with, in its unit (see `suite.tasks.meanings`).

    Nothing for sequences and quadratic_deep, whose methods have no such loss.
    """
    if dataset.name == "quadratic_deep" or dataset.task == "sequence_to_sequence":
        return
    held = dataset.validation
    for label, model, x in _fitted(dataset, (dataset.train,), held):
        if dataset.task == "classification":
            yield label, log_loss(held.y, model.predict_proba(x), model.classes_)
        elif dataset.task == "multilabel_classification":
            yield label, _label_loss(held.y, _label_chances(model, x))
        else:
            yield label, _loss(dataset, held.y, model.predict(x))


def _loss(dataset: Dataset, y: np.ndarray, found: np.ndarray) -> float:
    """The loss of predicted numbers as a training measures it: squared errors or pinball losses, in units of
    the training split."""
    scale = np.log if dataset.log_target else np.asarray
    learned = scale(dataset.train.y.astype(np.float64))
    if dataset.task == "quantile_regression":
        return float(pinball_loss(scale(y), scale(found), dataset.quantiles).mean() / np.std(learned))
    return float(np.mean((scale(found) - scale(y)) ** 2 / np.var(learned, axis=0)))


def _label_chances(model: Any, x: Examples) -> np.ndarray:
    """[n, labels] probabilities, a little away from 0 and 1."""
    return np.clip(np.stack([each[:, 1] for each in model.predict_proba(x)], axis=1), 1e-7, 1 - 1e-7)


def _label_loss(y: np.ndarray, chances: np.ndarray) -> float:
    return float(-np.log(np.where(y == 1, chances, 1 - chances)).mean())


def log_loss(y: np.ndarray, chance: np.ndarray, classes: np.ndarray) -> float:
    """Cross-entropy in nats of class probabilities [n, classes]; those of 0 are taken as 1e-7."""
    right = chance[np.arange(len(y)), np.searchsorted(classes, y)]
    return float(-np.log(np.clip(right, 1e-7, 1)).mean())


def _fitted(
    dataset: Dataset,
    parts: Sequence[Split],
    held: Split,
    most: int | None = None,
    *,
    guesses_only: bool = False,
) -> Iterator[tuple[str, Any, Examples]]:
    """Fits each method on `parts`, on `most` examples of them; gives name, estimator and the inputs of
    `held`."""
    from threadpoolctl import threadpool_limits

    y = np.concatenate([part.y for part in parts])
    if guesses_only:
        x, others = np.zeros((len(y), 1)), np.zeros((len(held), 1))
    else:
        x, others = _features(dataset, _joined(*(part.x for part in parts))), _features(dataset, held.x)
    models = {name: made for name, made in _models(dataset).items() if not guesses_only or name in GUESSES}
    for name, (model, own) in models.items():
        limit = min((each for each in (own, most) if each), default=None)
        kept = np.random.default_rng(0).permutation(len(y))[:limit]
        part = x[kept] if isinstance(x, np.ndarray) else x.iloc[kept]
        label = f"{name} ({limit:,} examples)" if limit and limit < len(y) and name not in GUESSES else name
        with threadpool_limits(
            1, user_api="openmp"
        ):  # boosting's threads wait busily: slow where others compute
            model.fit(part, y[kept])
        season = f", a season of {model.season_} rows" if name == "seasonal naive" else ""
        yield f"{label}{season}", model, others


def _joined(*parts: Examples) -> Examples:
    if is_array(parts[0]):
        return np.concatenate([np.asarray(part[:]) for part in parts])
    import pandas as pd

    return pd.concat(parts, ignore_index=True)


def _features(dataset: Dataset, x: Examples) -> Examples:
    """Images as rows of pixels in [0, 1]; the window of a forecast as a row; of other sequences the mean and
    deviation of each channel, and the length; else as it is."""
    if not is_array(x):
        return x
    x = np.asarray(x[:])
    if x.dtype == np.uint8:
        return x.reshape(len(x), -1) / np.float32(np.max(dataset.train.x[:1000]))
    if dataset.history is not None:
        return x.reshape(len(x), -1)
    if x.ndim == 3:
        length = np.sum(~np.isnan(x).all(axis=2), axis=1, keepdims=True)
        return np.hstack([np.nanmean(x, axis=1), np.nanstd(x, axis=1), length])
    return x


def _models(dataset: Dataset) -> dict:
    """Name -> an estimator and the number of examples it takes, None: all."""
    from sklearn import dummy, ensemble, linear_model
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
    from sklearn.pipeline import make_pipeline

    from suite.data.inspect.each_quantile import EachQuantile
    from suite.data.inspect.naive import Naive

    array, text = is_array(dataset.train.x), bool(TOKENS.keys() & set(dataset.kinds.values()))
    pixels = array and dataset.train.x.dtype == np.uint8
    forecast = dataset.history is not None
    sequences = array and not pixels and dataset.train.x.ndim == 3 and not forecast
    features = "TF-IDF + " if text else "mean and deviation + " if sequences else ""
    if dataset.task == "classification":
        # As many pixels as images need a strong penalty, TF-IDF of unit length a weak one.
        penalty = 0.03 if pixels and np.prod(dataset.input_shape) > 500 else 3 if text else 1
        logistic = linear_model.LogisticRegression(C=penalty, max_iter=1000)
        linear = make_pipeline(_columns(dataset, trees=False), logistic)
        models = {
            "majority": (dummy.DummyClassifier(), None),
            f"{features}logistic regression": (linear, IMAGES if pixels else None),
        }
        boosting = ensemble.HistGradientBoostingClassifier(random_state=0)
    elif dataset.task == "multilabel_classification":
        each = MultiOutputClassifier(linear_model.LogisticRegression(C=3 if text else 1, max_iter=1000))
        models = {
            "label shares": (MultiOutputClassifier(dummy.DummyClassifier()), None),
            f"{features}logistic regression": (make_pipeline(_columns(dataset, trees=False), each), None),
        }
        boosting = MultiOutputClassifier(ensemble.HistGradientBoostingClassifier(random_state=0))
    elif dataset.task == "quantile_regression":
        each = [linear_model.QuantileRegressor(quantile=q, alpha=0) for q in dataset.quantiles]
        linear = make_pipeline(_columns(dataset, trees=False), EachQuantile(each))
        guess = [dummy.DummyRegressor(strategy="quantile", quantile=q) for q in dataset.quantiles]
        models = {"quantiles": (EachQuantile(guess), None)}
        if not (pixels or text):
            models[f"{features}linear quantile regression"] = (linear, LINEAR_PROGRAM)
        boosting = EachQuantile([
            ensemble.HistGradientBoostingRegressor(loss="quantile", quantile=q, random_state=0)
            for q in dataset.quantiles
        ])  # fmt: skip
    else:
        linear = make_pipeline(_columns(dataset, trees=False), linear_model.RidgeCV(np.logspace(-3, 3, 13)))
        models = {"mean": (dummy.DummyRegressor(), None), f"{features}ridge regression": (linear, None)}
        if dataset.history is not None:
            _, channels = dataset.input_shape
            models["last value"] = (Naive(dataset.history, channels, season=1), None)
            models["seasonal naive"] = (Naive(dataset.history, channels), None)
        boosting = ensemble.HistGradientBoostingRegressor(random_state=0)
        boosting = MultiOutputRegressor(boosting) if dataset.targets else boosting
    if not (pixels or sequences or text):
        models["gradient boosting"] = (make_pipeline(_columns(dataset, trees=True), boosting), None)
    if not dataset.log_target:
        return models
    scale = {"func": np.log, "inverse_func": np.exp, "check_inverse": False}
    return {
        name: (TransformedTargetRegressor(model, **scale), limit) for name, (model, limit) in models.items()
    }


def _columns(dataset: Dataset, *, trees: bool) -> Any:
    """Raw columns as numbers: scaled and one-hot for linear models; as they are, missing values and all, for
    trees."""
    from sklearn.compose import make_column_transformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

    scaled = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    if is_array(dataset.train.x):
        pixels = dataset.train.x.dtype == np.uint8
        return FunctionTransformer() if trees or pixels else scaled
    known = FunctionTransformer(lambda frame: frame.astype(object).where(frame.notna(), "missing"))
    one_hot = (
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        if trees
        else OneHotEncoder(handle_unknown="ignore")
    )
    steps = {"numeric": "passthrough" if trees else scaled, "categorical": make_pipeline(known, one_hot)}
    chosen: list[tuple[Any, Any]] = [
        (steps[kind], [name]) for name, kind in dataset.kinds.items() if kind in steps
    ]
    texts = [name for name, kind in dataset.kinds.items() if kind not in steps and not trees]
    chosen += [
        (
            make_pipeline(
                _filled(), TfidfVectorizer(sublinear_tf=True, min_df=2, **TOKENS[dataset.kinds[name]])
            ),
            name,
        )
        for name in texts
    ]
    return make_column_transformer(*chosen)


def _filled() -> Any:
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer(lambda texts: texts.fillna(""))


def _measure(dataset: Dataset, model: Any, x: Any) -> dict[str, float]:
    from sklearn import metrics

    y = dataset.test.y
    if dataset.task == "classification":
        chance = model.predict_proba(x)
        accuracy = metrics.accuracy_score(y, model.classes_[chance.argmax(axis=1)])
        return {"accuracy": accuracy, "log_loss": metrics.log_loss(y, chance, labels=model.classes_)}
    if dataset.task == "multilabel_classification":
        chances = _label_chances(model, x)
        right, logits = (chances > 0.5) == (y == 1), np.log(chances) - np.log1p(-chances)
        accuracies = {"binary_accuracy": right.mean(), "subset_accuracy": right.all(axis=1).mean()}
        others = {name: metric(y, logits) for name, metric in label_metrics.METRICS.items()}
        return {"log_loss": _label_loss(y, chances), **accuracies, **others}
    found = model.predict(x)
    if dataset.task == "quantile_regression":
        low, high = found[:, 0], found[:, -1]
        loss = float(pinball_loss(y, found, dataset.quantiles).mean())
        coverage, width = np.mean((low <= y) & (y <= high)), np.mean(high - low)
        return {"pinball_loss": loss, "coverage": float(coverage), "interval_width": float(width)}
    errors = {"mae": metrics.mean_absolute_error(y, found), "rmse": metrics.root_mean_squared_error(y, found)}
    if dataset.log_target:
        return errors | {"r2_of_log": metrics.r2_score(np.log(y), np.log(found))}
    return errors | {"r2": metrics.r2_score(y, found)}


def _spelling(dataset: Dataset) -> dict[str, dict[str, float]]:
    """The text of the only column, character by character, looked up."""
    (column,) = dataset.kinds

    def pairs(split: Split) -> list:
        return [
            (text, tuple(target.split())) for text, target in zip(split.frame[column], split.y, strict=True)
        ]

    table = lookup.learn([*pairs(dataset.train), *pairs(dataset.validation)])
    found = [" ".join(lookup.pronounce(text, table)) for text in dataset.test.frame[column]]
    words, phones = error_rates(dataset.test.y.tolist(), found)
    return {"letters looked up with their neighbours": {"word_error": words, "phone_error": phones}}


def _quadratic(dataset: Dataset) -> dict[str, dict[str, float]]:
    """Its answer is known: training can do no better than the mean of the training noise."""
    x, test, dimension = dataset.train.array[:], dataset.test.array[:], dataset.input_shape[0]
    places = {"where it starts": np.ones(dimension), "mean of the training noise": np.mean(x, axis=0)}
    return {name: {"loss": float(quadratic.loss(theta, test))} for name, theta in places.items()}
