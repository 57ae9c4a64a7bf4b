"""The target of a user's own data: which task it makes, and whether it can be learned."""

import numpy as np
import pandas as pd
import pyarrow as pa

from suite.data.user.columns import FEW, refuse_infinite, refuse_slips

LEAST_ROWS = 10
LEAST_OF_A_CLASS = 5
"""A fifth is test and a fifth validation: with fewer, one split would be without."""
MOST_MISSING = 0.2


def labels(target: pd.Series, name: str, task: str | None) -> tuple[np.ndarray, str, tuple[str, ...], str]:
    """The target as arrays: y, task, class names, and the rule that decided.

    Texts and booleans are classes; so are whole numbers if there are at most FEW and ten rows for each on average. Texts of
    which more than FEW and more than half are different are to be written: sequence to sequence. All else is regression.

    Args:
        target: [n] without missing values. task: None: inferred.

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
            f"`target` expects {what}. Received: column {name!r}, which is {target.iloc[0]!r} in all rows."
        )
    if numeric:
        refuse_infinite(target.to_numpy(), f"target {name!r}")
    elif task is None and not pd.api.types.is_bool_dtype(target):
        refuse_slips(name, pa.chunked_array([pa.array(target.astype(str), pa.large_string())]))
    inferred, held = _infer(target, numeric)
    other = "classification" if inferred == "regression" else "regression"
    offered = f" (`target={name}:{other}` makes it a {other})" if numeric else ""
    why = (
        f"The target `{name}` holds {held}, so the task is {inferred.replace('_', ' ')}{offered}."
        if task is None
        else ""
    )
    task = task or inferred
    if task == "regression":
        if not numeric:
            raise ValueError(
                f"`target` expects numbers for a regression. Received: column {name!r}, {target.iloc[0]!r} in it."
            )
        return target.to_numpy(np.float32), task, (), why
    if task == "sequence_to_sequence":
        return target.astype(str).to_numpy(object), task, (), why
    return *_classes(target, name, numeric), why


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


def _classes(target: pd.Series, name: str, numeric: bool) -> tuple[np.ndarray, str, tuple[str, ...]]:
    codes, values = pd.factorize(target, sort=True)
    counts = np.bincount(codes)
    names = tuple(f"{value:.15g}" if numeric else str(value) for value in values)
    if counts.min() < LEAST_OF_A_CLASS:
        few = np.flatnonzero(counts < LEAST_OF_A_CLASS)
        more = f", like {len(few) - 1} more classes" if len(few) > 1 else ""
        raise ValueError(
            f"`target` expects at least {LEAST_OF_A_CLASS} examples of each class, so that every split has one; merge or remove"
            f" rare ones. Received: {names[few[0]]!r} in column {name!r}, which has {counts[few[0]]}{more}."
        )
    return codes.astype(np.int32), "classification", names


def rows_with_target(target: pd.Series, name: str) -> tuple[np.ndarray, str]:
    """[m] indices of the rows that have a target, and what is to be said of the others."""
    missing = target.isna().to_numpy()
    if missing.sum() > MOST_MISSING * len(missing):
        raise ValueError(f"`target` expects values in at least {1 - MOST_MISSING:.0%} of the rows."
                         f" Received: column {name!r}, missing in {missing.sum():,} of {len(missing):,}.")  # fmt: skip
    if len(missing) - missing.sum() < LEAST_ROWS:
        raise ValueError(f"`dataset` expects at least {LEAST_ROWS} rows, to split them in train, validation and test."
                         f" Received: {len(missing) - missing.sum()}.")  # fmt: skip
    said = f"Rows without a target, which were dropped: {missing.sum():,}." if missing.any() else ""
    return np.flatnonzero(~missing), said
