"""The target of a user's own data: which task it makes, and whether it can be learned."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from suite.data.user.columns import refuse_infinite, sentinels
from suite.data.user.identifiers import FEW
from suite.data.user.labels import several, slips

LEAST_ROWS = 10
LEAST_OF_A_CLASS = 5
"""A fifth is test and a fifth validation: with fewer, one split would be without."""
MOST_MISSING = 0.2
"""Share of the rows that may be without a target."""
SEVERAL = ("regression", "multilabel_classification")
"""Tasks that several columns may be the target of."""
RARE = 0.05
"""Share of the rows below which a class is so rare that accuracy says little of it."""


def labels(
    target: pd.Series, name: str, task: str | None, marks: str = ""
) -> tuple[np.ndarray, str, tuple[str, ...], list[str]]:
    """Gives the target as arrays: y, task, class names, and what there is to tell.

    Texts and booleans are classes; so are whole numbers if there are at most FEW and ten rows for each on
    average. Texts of which more than FEW and more than half are different are to be written: sequence to
    sequence. All else is regression.

    Args:
        target: [n] without missing values.
        name: of its column.
        task: None: inferred.
        marks: what was said of its missing values.

    Raises:
        ValueError: one value only, a class with too few examples, infinite numbers, dates.
    """
    if task in ("multilabel_classification", "quantile_regression"):
        fix = (
            f"`quantiles=0.1,0.5,0.9` beside target={name}"
            if task == "quantile_regression"
            else "several columns of 0 and 1, split by commas"
        )
        raise ValueError(f"`target` expects {fix}. Received: target={name}:{task}.")
    if pd.api.types.is_datetime64_any_dtype(target):
        raise ValueError(
            f"`target` expects classes, numbers or texts. Received: column {name!r}, which holds dates. What"
            f' to do: the days since a date, as numbers; or types="{name}=category", if a few dates are'
            " classes."
        )
    numeric = pd.api.types.is_numeric_dtype(target) and not pd.api.types.is_bool_dtype(target)
    if (target == target.iloc[0]).all():
        what = "numbers that vary" if numeric else "two classes or more"
        raise ValueError(
            f"`target` expects {what}. Received: column {name!r}, which is {shown(target.iloc[0])} in all"
            f" rows{_beside(marks)}."
        )
    if numeric:
        refuse_infinite(target.to_numpy(), f"target {name!r}")
    inferred, held = _infer(target, numeric)
    other = "classification" if inferred == "regression" else "regression"
    offered = f" (`target={name}:{other}` makes it a {other})" if numeric else ""
    why = f"The target `{name}` holds {held}, so the task is {inferred.replace('_', ' ')}{offered}"
    notes = [why] if task is None else []
    task = task or inferred
    if task == "regression":
        if not numeric:
            raise ValueError(
                f"`target` expects numbers for a regression. Received: column {name!r}, {target.iloc[0]!r} in"
                " it."
            )
        notes += sentinels(name, target.to_numpy(np.float64))
        return target.to_numpy(np.float32), task, (), notes
    if task == "sequence_to_sequence":
        return target.astype(str).to_numpy(object), task, (), notes
    y, class_names = _classes(target, name, numeric)
    return y, task, class_names, [*notes, *_about_classes(y, class_names, name)]


def numbers(targets: pd.DataFrame, task: str | None, names: str) -> tuple[np.ndarray, str, list[str]]:
    """Gives several targets as one array: y [n, targets] float32, task, and what there is to tell.

    Columns of 0 and 1 are labels, other numbers a regression.

    Args:
        targets: [n] without missing values.
        task: None: inferred.
        names: how the user names them all.

    Raises:
        ValueError: no numbers, infinite ones, one value only, or no labels where there should be some.
    """
    for name, column in targets.items():
        if not pd.api.types.is_numeric_dtype(column):
            raise ValueError(
                "`target` expects columns of numbers, or of 0 and 1 (true and false), where it names several."
                f" Received: column {name!r}, {column.iloc[0]!r} in it. What to do: predict it alone, or make"
                " it a column of 0 and 1 for each class."
            )
        refuse_infinite(column.to_numpy(), f"target {name!r}")
        if (column == column.iloc[0]).all():
            raise ValueError(
                f"`target` expects numbers that vary. Received: column {name!r}, which is"
                f" {shown(column.iloc[0])} in all rows."
            )
    y = targets.to_numpy(np.float32)
    others = [name for name, column in zip(targets, y.T, strict=True) if not np.isin(column, (0, 1)).all()]
    inferred = "regression" if others else "multilabel_classification"
    asked = task or inferred
    if asked not in SEVERAL or (asked == "multilabel_classification" and others):
        expected = (
            f"columns of 0 and 1 for labels, unlike {others[0]!r}" if asked in SEVERAL else "one column"
        )
        raise ValueError(f"`target` expects {expected}. Received: target={names}:{asked}.")
    if task is not None:
        return y, asked, []
    held, other = (
        ("numbers", "") if others else ("0 and 1 only", f" (`target={names}:regression` makes them numbers)")
    )
    return (
        y,
        asked,
        [f"The targets {', '.join(targets)} hold {held}, so the task is {asked.replace('_', ' ')}{other}"],
    )


def _about_classes(y: np.ndarray, class_names: tuple[str, ...], name: str) -> list[str]:
    """Likely slips, and classes that are rare."""
    counts = np.bincount(y, minlength=len(class_names))
    notes = [
        f"Classes of `{name}`: {told}" for told in slips(dict(zip(class_names, counts.tolist(), strict=True)))
    ]
    if told := several(class_names):
        notes.append(f"Classes of `{name}`: {told}")
    share, rarest = counts.min() / counts.sum(), class_names[int(counts.argmin())]
    if share < RARE and share < 0.5 / len(class_names):
        notes.append(
            f"Class {rarest!r} is {share:.1%} of the rows, so a high accuracy says little: always answering"
            f" {class_names[int(counts.argmax())]!r} has {counts.max() / counts.sum():.1%};"
            " monitor=val_balanced_accuracy says more, and class_weight=balanced weighs classes alike"
        )
    return notes


def shown(value: object) -> str:
    """Gives a value of a column as Python writes it, whoever holds it."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def _infer(target: pd.Series, numeric: bool) -> tuple[str, str]:
    """The task, and what the target holds in words."""
    if numeric:
        whole = (target % 1 == 0).all()
        distinct = target.nunique() if whole else len(target)
        few = distinct <= FEW and len(target) >= 10 * distinct
        return ("classification", f"{distinct} whole numbers") if few else ("regression", "numbers")
    if target.nunique() > max(FEW, len(target) / 2):
        return "sequence_to_sequence", "texts, most of them different"
    return "classification", "names of classes"


def _classes(target: pd.Series, name: str, numeric: bool) -> tuple[np.ndarray, tuple[str, ...]]:
    codes, values = pd.factorize(target, sort=True)
    counts = np.bincount(codes)
    names = tuple(f"{value:.15g}" if numeric else str(value) for value in values)
    if counts.min() < LEAST_OF_A_CLASS:
        few = np.flatnonzero(counts < LEAST_OF_A_CLASS)
        more = f", like {len(few) - 1} more classes" if len(few) > 1 else ""
        raise ValueError(
            f"`target` expects at least {LEAST_OF_A_CLASS} examples of each class, so that every split has"
            " one; merge or remove"
            f" rare ones. Received: {names[few[0]]!r} in column {name!r}, which has {counts[few[0]]}{more}."
        )
    return codes.astype(np.int32), names


def _beside(marks: str) -> str:
    return f"; {marks}" if marks else ""


def rows_with_target(target: pd.DataFrame, marks: Mapping[str, str]) -> tuple[np.ndarray, list[str]]:
    """Finds the rows that have a target, all of them if there are several: their indices, [m], and what is to
    be said of the others.

    Args:
        target: [n] its column, or several.
        marks: column -> what was said of its missing values.

    Raises:
        ValueError: too few of them.
    """
    missing = target.isna().any(axis=1).to_numpy()
    if missing.sum() > MOST_MISSING * len(missing):
        names = ", ".join(map(repr, target))
        told = "; ".join(mark for mark in marks.values() if mark)
        raise ValueError(
            f"`target` expects values in at least {1 - MOST_MISSING:.0%} of the rows."
            f" Received: column {names}, missing in {missing.sum():,} of"
            f" {len(missing):,}{_beside(told)}. What to do: leave those rows out; or, if a"
            " class is called so,"
            " missing= with nothing after it."
        )
    if len(missing) - missing.sum() < LEAST_ROWS:
        raise ValueError(
            f"`dataset` expects at least {LEAST_ROWS} rows, to split them in train, validation and test."
            f" Received: {len(missing) - missing.sum()}."
        )
    said = [f"Rows without a target, which were dropped: {missing.sum():,}"] if missing.any() else []
    return np.flatnonzero(~missing), said
