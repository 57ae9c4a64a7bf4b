"""Tracker: a study as an MLflow parent run, each of its trainings as a child."""

import hashlib
import json
import math
import re
import tempfile
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self

from suite.study.study import Study
from suite.tracking import record, store
from suite.training.result import Result

if TYPE_CHECKING:
    from mlflow.entities import Run

    from suite.export.records import Form

MAX_TEXT = 5000  # characters of a tag or parameter that every store takes
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Tracker:
    """The parent run of a study, as a context manager. Nothing but leaving the context waits for MLflow.

    A study that is started again goes on with the parent of its earlier session, found by its `key`. The parent ends as
    FINISHED; as KILLED on Ctrl-C; as FAILED on another exception, or where something could not be logged.

    Args:
        study: what is run. Budget, seeds and question may change between sessions of one key, so they are tags.
        name: of the study: of its experiment and of its parent run.

    Raises:
        OSError: on leaving the context without another exception, if something could not be logged.
    """

    def __init__(self, study: Study, name: str):
        self._study, self._name = study, name
        self._logged: set[str] = set()
        self._error: Exception | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tracking")

    def __enter__(self) -> Self:
        self._later(self._open)
        return self

    def __exit__(self, kind, value, traceback) -> None:
        status = "FINISHED" if kind is None else "KILLED" if issubclass(kind, KeyboardInterrupt) else "FAILED"
        self._thread.submit(self._end, status)
        self._thread.shutdown(wait=True)
        if self._error and kind is None:
            reason = next(iter(str(self._error).splitlines()), type(self._error).__name__)
            raise OSError(
                f"tracking in {store.tracking_uri()} failed; the results are kept. {reason}"
            ) from self._error

    def log(self, role: Literal["trial", "replicate"], label: str, number: int, result: Result) -> None:
        """Logs a training as a child run, unless a session before this one did: see `suite.tracking.record`.

        Args:
            role: a trial of a search, or a replicate of a winner.
            label: of the scientific value.
            number: of the trial or replicate, from 0.
            result: of the training, which is taken to have ended now. Numbers that are not finite are left out.
        """
        self._later(self._log, role, label, number, result, time.time())

    def log_dataset(self, name: str, digest: str, source: str, sizes: Mapping[str, int]) -> None:
        """Logs the data set as an input of the parent.

        Args:
            name: of the data set.
            digest: checksum of its content.
            source: where it came from.
            sizes: split -> number of examples.
        """
        self._later(self._log_dataset, name, digest, source, dict(sizes))

    def log_model(
        self,
        folder: Path,
        name: str,
        *,
        inputs: "Mapping[str, Form]",
        output: "Form",
        metrics: Mapping[str, float],
    ) -> None:
        """Logs a SavedModel of `suite.export.saved_model`, byte for byte, as a logged model of the parent.

        Args:
            folder: the SavedModel.
            name: of the logged model.
            inputs: raw input -> type and shape without the batch. output: of what calling it gives.
            metrics: of this model, such as its test accuracy.

        Raises:
            ValueError: `folder` holds no SavedModel.
        """
        if not (Path(folder) / "saved_model.pb").is_file():
            raise ValueError(f"`folder` must hold a SavedModel. Received: {folder}.")
        self._later(self._log_model, Path(folder), name, (dict(inputs), output), dict(metrics))

    def finish(self, folder: Path, metrics: Mapping[str, float], answer: str) -> None:
        """Logs the outcome on the parent.

        Args:
            folder: the report, which becomes the artifact `report`.
            metrics: the summary, such as `adam/iqm`.
            answer: the verdict in words, which becomes a tag and, below the question, the description.

        Raises:
            ValueError: there is no such folder, which MLflow would pass over in silence.
        """
        if not Path(folder).is_dir():
            raise ValueError(f"`folder` must be the folder of a report. Received: {folder}.")
        self._later(self._finish, Path(folder), dict(metrics), answer)

    def _later(self, work, *arguments) -> None:
        self._thread.submit(self._unless_failed, work, *arguments)

    def _unless_failed(self, work, *arguments) -> None:
        if self._error is None:
            try:
                work(*arguments)
            except Exception as error:
                self._error = error

    def _open(self) -> None:
        with store.lock():
            self._client = store.client()
            self._experiment = store.experiment(self._client, self._name)
            earlier = self._search(f"tags.study_key = '{self._study.key}' and tags.role = 'study'")
            self._parent = earlier[0].info.run_id if earlier else self._new_parent()
        self._client.update_run(self._parent, status="RUNNING")
        self._write(self._parent, tags=record.study_tags(self._study, self._name))
        for run in self._search(f"tags.`mlflow.parentRunId` = '{self._parent}'"):
            if run.info.status == "FINISHED":
                self._logged.add(run.data.tags["training"])
            else:  # an earlier session ended in the middle of it
                self._client.delete_run(run.info.run_id)

    def _new_parent(self) -> str:
        tags = {"study_key": self._study.key, "role": "study"}
        run_id = self._client.create_run(self._experiment, tags=tags, run_name=self._name).info.run_id
        self._write(run_id, params=record.study_params(self._study))
        return run_id

    def _search(self, query: str) -> "list[Run]":
        page = self._client.search_runs([self._experiment], query, max_results=1000)
        runs = list(page)
        while page.token:
            page = self._client.search_runs(
                [self._experiment], query, max_results=1000, page_token=page.token
            )
            runs += page
        return runs

    def _log(self, role: str, label: str, number: int, result: Result, end: float) -> None:
        tags = record.training_tags(role, label, number, result)
        if tags["training"] in self._logged:
            return
        tags |= {"study": self._name, "study_key": self._study.key, "mlflow.parentRunId": self._parent}
        start, name = _milliseconds(end - result.seconds), f"{label} {role} {number:02d}"
        run_id = self._client.create_run(self._experiment, start, _texts(tags), name).info.run_id
        self._write(run_id, record.training_metrics(result, end), result.config.model_dump())
        self._client.set_terminated(run_id, "FINISHED", _milliseconds(end))
        self._logged.add(tags["training"])

    def _log_dataset(self, name: str, digest: str, source: str, sizes: dict[str, int]) -> None:
        from mlflow.entities import Dataset, DatasetInput, InputTag

        profile = {"num_rows": sum(sizes.values()), **sizes, "checksum": digest}
        # MLflow keeps one data set for a name and a digest, and would show the sizes of the first.
        drawn = hashlib.sha256(json.dumps(profile).encode()).hexdigest()[:8]
        kind = "http" if source.startswith(("http://", "https://")) else "local"
        where = json.dumps({"url" if kind == "http" else "uri": source})
        dataset = Dataset(name, drawn, kind, where, profile=json.dumps(profile))
        self._client.log_inputs(
            self._parent, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])]
        )

    def _log_model(self, folder: Path, name: str, form: tuple, metrics: dict[str, float]) -> None:
        from mlflow.entities import LoggedModelOutput

        model_id = self._client.create_logged_model(
            self._experiment, name, self._parent, params={"from": str(folder)}, model_type="SavedModel"
        ).model_id
        with tempfile.TemporaryDirectory() as aside:
            _describe_model(Path(aside), model_id, self._parent, *form)
            self._client.log_model_artifacts(model_id, aside)
        self._client.log_model_artifacts(model_id, str(folder), "saved_model")
        self._client.finalize_logged_model(model_id, "READY")
        self._client.log_outputs(self._parent, [LoggedModelOutput(model_id, step=0)])
        self._write(self._parent, _now(metrics), model_id=model_id)

    def _finish(self, folder: Path, metrics: dict[str, float], answer: str) -> None:
        self._client.log_artifacts(self._parent, str(folder), "report")
        note = f"**{self._study.question.strip()}**\n\n{answer}"
        self._write(self._parent, _now(metrics), tags={"answer": answer, "mlflow.note.content": note})

    def _end(self, status: str) -> None:
        try:
            self._client.set_terminated(self._parent, "FAILED" if self._error else status)
        except Exception as error:
            self._error = self._error or error

    def _write(
        self,
        run_id: str,
        metrics: Iterable[tuple[str, float, float, int]] = (),
        params: Mapping[str, Any] = NOTHING,
        tags: Mapping[str, Any] = NOTHING,
        model_id: str | None = None,
    ) -> None:
        """One call for all of it; `metrics` as `record.training_metrics` gives them."""
        from mlflow.entities import Metric, Param, RunTag

        points = [
            Metric(_key(name), float(value), _milliseconds(at), step, model_id=model_id)
            for name, value, at, step in metrics
            if math.isfinite(value)  # MLflow would store infinity as 1.8e308 and draw it
        ]
        pairs = [Param(_key(name), text) for name, text in _texts(params).items()]
        self._client.log_batch(run_id, points, pairs, [RunTag(*tag) for tag in _texts(tags).items()])


def _describe_model(
    folder: Path, model_id: str, run_id: str, inputs: "Mapping[str, Form]", output: "Form"
) -> None:
    """Writes what MLflow wants beside a SavedModel. Its `log_model` would import TensorFlow and trace anew."""
    import numpy as np
    from mlflow import pyfunc
    from mlflow.models import Model, ModelSignature
    from mlflow.types import Schema, TensorSpec

    def spec(form: "Form", name: str | None = None) -> TensorSpec:
        dtype, shape = form
        return TensorSpec(np.dtype("str" if dtype == "string" else dtype), (-1, *shape), name)

    several = len(inputs) > 1 or "inputs" not in inputs
    given = [spec(form, name if several else None) for name, form in inputs.items()]
    model = Model(
        run_id=run_id, model_id=model_id, signature=ModelSignature(Schema(given), Schema([spec(output)]))
    )
    model.add_flavor("tensorflow", saved_model_dir="saved_model", model_type="tf2-module", code=None)
    pyfunc.add_to_model(model, loader_module="mlflow.tensorflow")
    model.save(str(folder / "MLmodel"))
    (folder / "requirements.txt").write_text(
        f"mlflow=={version('mlflow')}\ntensorflow=={version('tensorflow')}\n"
    )


def _now(metrics: Mapping[str, float]) -> list[tuple[str, float, float, int]]:
    return [(name, value, time.time(), 0) for name, value in metrics.items()]


def _texts(items: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value)[:MAX_TEXT] for name, value in items.items()}


def _key(text: str) -> str:
    """`text` with what MLflow does not allow in a name replaced."""
    return re.sub(r"[^\w\-./ :]", "_", text)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
