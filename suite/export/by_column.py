"""Predicts from a DataFrame with the user's own column names: what `mlflow.pyfunc` loads beside a SavedModel.

This file is stored with the model and runs where the suite is not installed: it needs NumPy, pandas and
TensorFlow.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


class ByColumn:
    """Holds a loaded SavedModel, whose `assets/inputs.json` says which column enters by which input.

    Args:
        folder: of the SavedModel.
    """

    def __init__(self, folder: str):
        import tensorflow as tf

        self._model = tf.saved_model.load(folder)
        text = (Path(folder) / "assets" / "inputs.json").read_text(encoding="utf-8")
        self._inputs: dict[str, dict[str, Any]] = json.loads(text)

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> np.ndarray:
        """Returns the model's main output: [n, classes] probabilities, or [n] predictions or texts.

        Args:
            model_input: a DataFrame, or what makes one, with the columns that the model was trained on, in
                any order; others are passed over. Numbers of any type are taken, and None, NaN and NA as
                missing.
            params: none are known.

        Raises:
            ValueError: a column is not there, or holds what is no number where numbers are expected.
        """
        table = pd.DataFrame(model_input)
        columns = {name: item["column"] for name, item in self._inputs.items()}
        absent = [column for column in columns.values() if column not in table]
        if absent:
            raise ValueError(
                f"`model_input` expects the columns {', '.join(columns.values())}."
                f" Received: none named {absent[0]!r}."
            )
        given = {name: self._values(table[column], name) for name, column in columns.items()}
        return self._model(given).numpy()

    def _values(self, column: pd.Series, name: str) -> np.ndarray:
        dtype = self._inputs[name]["dtype"]
        if dtype == "string":
            return np.array(
                ["" if missing else _text(x) for x, missing in zip(column, column.isna(), strict=True)],
                object,
            )
        try:
            return pd.to_numeric(column).to_numpy(dtype, na_value=np.nan)
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"`model_input` expects numbers in column {column.name!r}. Received: {error}."
            ) from None


def _text(value: Any) -> str:
    """Returns a value as a file would have it: pandas makes 3.0 of a 3 in a column with missing values."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _load_pyfunc(folder: str) -> ByColumn:
    """Is what MLflow calls with the folder of the SavedModel."""
    return ByColumn(folder)
