"""The target of a user's own data: which task it makes, and whether it can be learned."""

import numpy as np
import pandas as pd

from suite.data.user.columns import refuse_infinite
from suite.data.user.identifiers import FEW
from suite.data.user.labels import variants

LEAST_ROWS = 10
LEAST_OF_A_CLASS = 5
"""A fifth is test and a fifth validation: with fewer, one split would be without."""
MOST_MISSING = 0.2
"""Share of the rows that may be without a target."""
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
    if pd.api.types.is_datetime64_any_dtype(target):
        raise ValueError(
            f"`target` expects classes, numbers or texts. Received: column {name!r}, which holds dates."
        )
    numeric = pd.api.types.is_numeric_dtype(target) and not pd.api.types.is_bool_dtype(target)
    if (target == target.iloc[0]).all():
        what = "numbers that vary" if numeric else "two classes or more"
        raise ValueError(
            f"`target` expects {what}. Received: column {name!r}, which is {target.iloc[0]!r} in all"
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
        return target.to_numpy(np.float32), task, (), notes
    if task == "sequence_to_sequence":
        return target.astype(str).to_numpy(object), task, (), notes
    y, class_names = _classes(target, name, numeric)
    return y, task, class_names, [*notes, *_about_classes(y, class_names, name)]


def _about_classes(y: np.ndarray, class_names: tuple[str, ...], name: str) -> list[str]:
    """Likely slips, and classes that are rare."""
    counts = np.bincount(y, minlength=len(class_names))
    notes = [
        f"Classes of `{name}`: {told}"
        for told in variants(dict(zip(class_names, counts.tolist(), strict=True)))
    ]
    share, rarest = counts.min() / counts.sum(), class_names[int(counts.argmin())]
    if share < RARE and share < 0.5 / len(class_names):
        notes.append(
            f"Class {rarest!r} is {share:.1%} of the rows, so a high accuracy says little: always answering"
            f" {class_names[int(counts.argmax())]!r} has {counts.max() / counts.sum():.1%};"
            " monitor=val_balanced_accuracy says more, and class_weight=balanced weighs classes alike"
        )
    return notes


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


def rows_with_target(target: pd.Series, name: str, marks: str = "") -> tuple[np.ndarray, list[str]]:
    """Finds the rows that have a target: their indices, [m], and what is to be said of the others.

    Args:
        target: [n].
        name: of its column.
        marks: what was said of its missing values.

    Raises:
        ValueError: too few of them.
    """
    missing = target.isna().to_numpy()
    if missing.sum() > MOST_MISSING * len(missing):
        raise ValueError(
            f"`target` expects values in at least {1 - MOST_MISSING:.0%} of the rows."
            f" Received: column {name!r}, missing in {missing.sum():,} of"
            f" {len(missing):,}{_beside(marks)}. What to do: leave those rows out; or, if a"
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
