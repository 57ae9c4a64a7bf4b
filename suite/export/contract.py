"""Says what an exported model takes: raw columns, the names of their inputs, and what odd values become."""

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from suite.data.inspect.card import inputs

if TYPE_CHECKING:
    from suite.data.preprocessing import Prepared

UNIT = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")
"""What stands in brackets at the end of a column's name."""


@dataclass(frozen=True)
class Input:
    """Describes one input of an exported model.

    Attributes:
        name: of the input in the SavedModel's signatures.
        column: as the user wrote it; None: the input is an array of all that an example has.
        dtype: `string` or a type of NumPy.
        shape: without the batch.
        kind: what a column, or each time step of an array, holds, in words.
        unit: of the numbers, as the values or the column's name have it; empty if they do not.
        missing: what a missing value becomes.
        unknown: what becomes of a value that training never saw.
    """

    name: str
    column: str | None
    dtype: str
    shape: tuple[int, ...]
    kind: str
    unit: str
    missing: str
    unknown: str

    def record(self) -> dict[str, Any]:
        """Returns all but the name, as `assets/inputs.json` has it under that name."""
        return {key: value for key, value in asdict(self).items() if key != "name"}


def served_inputs(prepared: "Prepared") -> list[Input]:
    """Returns the inputs of the exported model, in the order of the columns."""
    dataset = prepared.dataset
    x = dataset.train.x
    if not isinstance(x, pd.DataFrame):
        padding = "NaN in all channels: padding after the end" if prepared.masked else "not taken"
        kind = f"time steps of {', '.join(dataset.channels)}" if dataset.channels else ""
        return [Input("inputs", None, str(x.dtype), tuple(x.shape[1:]), kind, "", padding, "–")]
    found = []
    for row in inputs(dataset):
        column, name = row["column"], row["input"]
        bracket = UNIT.search(column)
        found.append(Input(
            name=name, column=column, dtype=str(prepared.inputs[name].dtype), shape=(),
            kind=row["type"].partition(", in ")[0],
            unit=dataset.units.get(column) or (bracket[1] if bracket else ""),
            missing=row["missing"], unknown=row["unknown"] or "any number is taken",
        ))  # fmt: skip
    return found


def missing_values(prepared: "Prepared") -> str:
    """Says how a missing value is written; empty if the inputs are one array."""
    dataset = prepared.dataset
    if not isinstance(dataset.train.x, pd.DataFrame):
        return ""
    marks = " ".join(f"`{mark}`" for mark in dataset.missing if mark)
    return (
        f"A missing number is NaN, a missing text is empty{f' or one of {marks}' if marks else ''}."
        f"{' Blanks around a text do not count.' if marks else ''}"
    )
