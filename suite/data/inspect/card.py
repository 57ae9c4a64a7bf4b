"""The card of a data set: what a reader must know before relying on a result from it."""

import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from suite.data.dataset import Dataset, Split, is_array
from suite.data.inputs import KNOWN_CATEGORIES, file_columns, input_names


def card(dataset: Dataset) -> str:
    """Gives what `suite data NAME` prints: a line for each fact of `describe`, then notes, and the inputs of
    a user's table."""
    facts = describe(dataset)
    width = max(map(len, facts)) + 2
    lines = [f"{key:<{width}}{value}" for key, value in facts.items()]
    if dataset.notes:
        lines += ["", "decided", *(f"- {note}" for note in dataset.notes)]
    if dataset.missing:
        lines += ["", "inputs of the model", *_lines_up(inputs(dataset))]
    return "\n".join(lines)


def _lines_up(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """A table of texts under their headings; letters that are two columns wide count so."""
    if not rows:
        return []
    cells = [list(rows[0]), *(list(row.values()) for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def inputs(dataset: Dataset) -> list[dict[str, str]]:
    """Describes the inputs of a model on columns, in words: a row for each.

    Returns:
        `column` of the file, `input` of the model, `type`, and what a `missing` value and an `unknown` one
        become.
    """
    found, kinds = [], file_columns(dataset)
    for name, key in input_names(dataset).items():
        kind, unit = kinds[name], dataset.units.get(name)
        missing, unknown = MEANINGS[kind](dataset.train.frame[name])
        found.append({
            "column": name, "input": key,
            "type": f"number, in {unit}" if unit else TYPES[kind], "missing": missing, "unknown": unknown,
        })  # fmt: skip
    return found


TYPES = {
    "numeric": "number",
    "categorical": "category",
    "text": "words",
    "characters": "characters",
    "date": "date, as text",
}
"""Kind of a column, in words."""


def _of_numbers(column: pd.Series) -> tuple[str, str]:
    flag = " and a flag" if column.isna().any() else ""
    return f"the mean, {column.mean():.4g}{flag}", ""


def _of_categories(column: pd.Series) -> tuple[str, str]:
    unknown = "the average of the categories of train"
    if column.nunique() > KNOWN_CATEGORIES:
        unknown += f"; so are all but the {KNOWN_CATEGORIES:,} most frequent"
    return "a category of its own" if column.isna().any() else "as unknown", unknown


def _of_texts(column: pd.Series) -> tuple[str, str]:
    return "an empty text", "the token for what is unknown"


def _of_dates(column: pd.Series) -> tuple[str, str]:
    flag = " and a flag" if column.isna().any() else ""
    return f"the mean of each of its parts{flag}", "a text that is no date is missing"


MEANINGS = {
    "numeric": _of_numbers,
    "categorical": _of_categories,
    "text": _of_texts,
    "characters": _of_texts,
    "date": _of_dates,
}
"""Kind of a column -> what a missing value and an unknown one become, given the column of train."""


def describe(dataset: Dataset) -> dict[str, str]:
    """Describes a data set in words: fact -> text."""
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    facts = {
        "name": dataset.name,
        "about": dataset.description,
        "task": dataset.task.replace("_", " ")
        + (f", {dataset.num_classes} classes" if dataset.class_names else "")
        + (f", {len(dataset.targets)} targets" if dataset.targets else ""),
        "target": dataset.target + (" (the model learns its logarithm)" if dataset.log_target else ""),
        "quantiles": ", ".join(f"{quantile:g}" for quantile in dataset.quantiles),
        "input": _input_in_words(dataset),
        "sizes": ", ".join(f"{part} {len(split):,}" for part, split in parts.items()),
        "splits": dataset.splits,
        "balance": _balance(dataset, parts),
        "mean": "" if dataset.mean is None else f"{np.array2string(dataset.mean, precision=4)} (train only)",
        "variance": ""
        if dataset.variance is None
        else f"{np.array2string(dataset.variance, precision=4)} (train only)",
        "source": dataset.source,
        "licence": dataset.licence,
        "published": dataset.published,
        "sha256": dataset.sha256,
    }
    return {name: text for name, text in facts.items() if text}


def _input_in_words(dataset: Dataset) -> str:
    x = dataset.train.x
    if is_array(x):
        return f"{' x '.join(map(str, dataset.input_shape))}, {x.dtype}"
    return ", ".join(
        f"{name} ({kind}{f', {missing:.1%} missing' if (missing := x[name].isna().mean()) else ''})"
        for name, kind in dataset.kinds.items()
    )


def _balance(dataset: Dataset, parts: Mapping[str, Split]) -> str:
    """Classes and their counts, shares of labels, or the range of each numeric target."""
    if dataset.class_names:
        counts = [np.bincount(split.y, minlength=len(dataset.class_names)) for split in parts.values()]
        rows = (
            f"{name}: {' / '.join(map(str, numbers))}"
            for name, *numbers in zip(dataset.class_names, *counts, strict=True)
        )
        return f"train / validation / test: {', '.join(rows)}"
    if dataset.task == "multilabel_classification":
        shares = zip(dataset.targets, *(split.y.mean(axis=0) for split in parts.values()), strict=True)
        rows = (f"{name}: {' / '.join(f'{share:.1%}' for share in each)}" for name, *each in shares)
        return f"examples with the label, of train / validation / test: {', '.join(rows)}"
    if dataset.task not in ("regression", "quantile_regression"):
        return ""
    y = dataset.train.y.reshape(len(dataset.train), -1)
    ranges = (
        f"{name} from {low:.4g} to {high:.4g}, median {middle:.4g}"
        for name, low, middle, high in zip(
            dataset.targets or ["target"], *np.quantile(y, [0, 0.5, 1], axis=0), strict=True
        )
    )
    return f"{'; '.join(ranges)} (train)"
