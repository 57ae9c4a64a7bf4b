"""Says what an exported model takes: raw columns, the names of their inputs, and what odd values become."""

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

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
        unit: as the column's name says it; empty if it does not.
        missing: how a missing value is written, and what it becomes.
        unknown: what becomes of a value that training never saw.
    """

    name: str
    column: str | None
    dtype: str
    shape: tuple[int, ...]
    unit: str
    missing: str
    unknown: str

    def record(self) -> dict[str, Any]:
        """Returns all but the name, as `assets/inputs.json` has it under that name."""
        return {key: value for key, value in asdict(self).items() if key != "name"}


def served_inputs(prepared: "Prepared") -> list[Input]:
    """Returns the inputs of the exported model, in the order of the columns."""
    from suite.data.preprocessing import identifiers

    dataset = prepared.dataset
    x = dataset.train.x
    if not isinstance(x, pd.DataFrame):
        padding = "NaN in all channels: padding after the end" if prepared.masked else "not taken"
        return [Input("inputs", None, str(x.dtype), tuple(x.shape[1:]), "", padding, "–")]
    found = []
    for column, name in identifiers(dataset.kinds).items():
        kind, seen = dataset.kinds[column], bool(x[column].isna().any())
        unit = UNIT.search(column)
        dtype = "float32" if kind == "numeric" else "string"
        found.append(Input(name, column, dtype, (), unit[1] if unit else "", *_odd_values(kind, seen)))
    return found


def _odd_values(kind: str, seen: bool) -> tuple[str, str]:
    """Says what missing and unknown values of a column become.

    Args:
        kind: of the column, see `suite.data.dataset.Facts`.
        seen: whether some were missing in training.
    """
    if kind == "numeric":
        return f"NaN: the mean of training{', and a flag' if seen else ''}", "any number is taken"
    if kind == "categorical":
        return (
            f'"": {"a category of its own" if seen else "as unknown"}',
            "counts as no category in particular",
        )
    return '"": no words', "words that training did not have count as one, unknown"
