"""Logs a SavedModel byte for byte, as the one current model of a study."""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from suite import paths
from suite.names import safe
from suite.tracking.columns import add_loader, columns_of, schema

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

    from suite.export.records import Form


@dataclass(frozen=True)
class SavedModel:
    """A SavedModel and what is said of it.

    Attributes:
        folder: of the SavedModel. name: of the study that it comes from.
        inputs: raw input -> type and shape without the batch. output: of what calling it gives.
        metrics: of this model, such as its test accuracy.
    """

    folder: Path
    name: str
    inputs: "Mapping[str, Form]"
    output: "Form"
    metrics: Mapping[str, float]

    @property
    def digest(self) -> str:
        """Identifies weights, form and versions; the graph is written in another order at each export."""
        facts = [self.inputs, self.output, version("tensorflow"), version("mlflow")]
        found = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
        for path in sorted((self.folder / "variables").glob("*.data-*")):
            found.update(path.read_bytes())
        return found.hexdigest()[:16]


def log_current(client: "MlflowClient", experiment: str, parent: str, saved: SavedModel) -> str:
    """Logs a model of a parent run unless the same is there, and removes all others; returns its id."""
    models = [each for each in _all(client, experiment) if each.source_run_id == parent]
    same = [
        each for each in models if each.tags.get("digest") == saved.digest and str(each.status) == "READY"
    ]
    current = same[0].model_id if same else _log(client, experiment, parent, saved)
    for each in models:
        if each.model_id != current:
            client.delete_logged_model(each.model_id)
    return current


def _all(client: "MlflowClient", experiment: str) -> "list[LoggedModel]":
    page = client.search_logged_models([experiment])
    models = list(page)
    while page.token:
        page = client.search_logged_models([experiment], page_token=page.token)
        models += page
    return models


def _log(client: "MlflowClient", experiment: str, parent: str, saved: SavedModel) -> str:
    from mlflow.entities import LoggedModelOutput

    folder = saved.folder.resolve()
    home = paths.home().resolve()
    params = {"from": str(folder.relative_to(home) if folder.is_relative_to(home) else folder)}
    model_id = client.create_logged_model(
        experiment, safe(saved.name), parent, {"digest": saved.digest}, params, "SavedModel"
    ).model_id
    with tempfile.TemporaryDirectory() as aside:
        _describe(Path(aside), model_id, parent, saved)
        client.log_model_artifacts(model_id, aside)
    client.log_model_artifacts(model_id, str(saved.folder), "saved_model")
    client.finalize_logged_model(model_id, "READY")
    client.log_outputs(parent, [LoggedModelOutput(model_id, step=0)])
    return model_id


def _describe(folder: Path, model_id: str, run_id: str, saved: SavedModel) -> None:
    """Writes what MLflow wants beside a SavedModel; its `log_model` would import TensorFlow and trace."""
    import numpy as np
    from mlflow import pyfunc
    from mlflow.models import Model, ModelSignature
    from mlflow.types import Schema, TensorSpec

    def spec(form: "Form") -> TensorSpec:
        dtype, shape = form
        return TensorSpec(np.dtype("str" if dtype == "string" else dtype), (-1, *shape))

    columns = columns_of(saved.folder)
    given = schema(columns) if columns else Schema([spec(form) for form in saved.inputs.values()])
    signature = ModelSignature(given, Schema([spec(saved.output)]))
    model = Model(run_id=run_id, model_id=model_id, signature=signature)
    model.add_flavor("tensorflow", saved_model_dir="saved_model", model_type="tf2-module", code=None)
    if columns:
        add_loader(model, folder)
    else:
        pyfunc.add_to_model(model, loader_module="mlflow.tensorflow")
    model.save(str(folder / "MLmodel"))
    requirements = (f"{package}=={version(package)}\n" for package in ("mlflow", "tensorflow"))
    (folder / "requirements.txt").write_text("".join(requirements))
