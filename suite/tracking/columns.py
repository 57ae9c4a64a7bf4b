"""Lets `mlflow.pyfunc` take a DataFrame with the user's own column names, and numbers of any type."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow.models import Model
    from mlflow.types import Schema


def columns_of(folder: Path) -> list[str]:
    """Returns the columns that an exported SavedModel takes, as the user wrote them; none of an array."""
    inputs = folder / "assets" / "inputs.json"
    if not inputs.is_file():
        return []
    found = json.loads(inputs.read_text(encoding="utf-8")).values()
    return [item["column"] for item in found if item["column"] is not None]


def schema(columns: list[str]) -> "Schema":
    """Returns columns that must be there, of any type: the model's own loader says what it makes of them.

    MLflow would refuse whole numbers where numbers with a fraction are declared, and NA among texts.
    """
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    return Schema([ColSpec(AnyType(), column) for column in columns])


def add_loader(model: "Model", folder: Path) -> None:
    """Stores the loader with a model of columns: whoever loads it needs no more than TensorFlow and pandas.

    Args:
        model: to be written into `folder`, beside `saved_model`.
        folder: of the MLflow model.
    """
    from mlflow import pyfunc

    from suite.export import by_column  # it imports pandas, which takes a while

    loader = Path(by_column.__file__)
    (folder / "code").mkdir()
    shutil.copyfile(loader, folder / "code" / loader.name)
    pyfunc.add_to_model(model, loader_module=loader.stem, data="saved_model", code="code")
