"""Writes the runs of a study into MLflow: a parent, and a child for each training."""

import hashlib
import json
import logging
import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from suite.study.demonstration import Demonstration
from suite.study.study import Study
from suite.tracking import address, record, store, tables
from suite.tracking.model import SavedModel, log_current
from suite.tracking.names import key, texts, title
from suite.tracking.tables import FinishedRun
from suite.training.result import Result

if TYPE_CHECKING:
    from mlflow.entities import Metric, Run
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    from suite.analysis.records import Findings

NOTHING: Mapping[str, Any] = MappingProxyType({})

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Training:
    """A training that ended.

    Attributes:
        role: a trial of a search, or a replicate of a winner.
        label: of the case. number: of the trial or replicate, from 0.
        result: of the training.
        end: when it ended, in seconds since 1970.
    """

    role: str
    label: str
    number: int
    result: Result
    end: float


class Runs:
    """Writes a study into the store. What an earlier session wrote is found, and not written again.

    Every method waits until it is done, and may be called again after it failed.

    Args:
        study: what is run. name: of its experiment and of its first parent run.
    """

    def __init__(self, study: Study | Demonstration, name: str):
        self._study, self._name = study, title(name)
        self._levels = {case.label: case.levels for case in getattr(study, "cases", ())}
        self._logged: dict[str, str] = {}
        self._removed: dict[str, str] = {}
        self._replicates: dict[str, dict[int, str]] = {}
        self._made: set[str] = set()
        self._database: SqlAlchemyStore | None = None

    def open(self) -> None:
        """Finds the experiment, the parent and what is logged; makes, restores or removes what must be."""
        with store.lock():
            self._client = store.client()
            self._database = store.database()
            self._experiment = store.experiment(self._client, self._name)
            self._parent = self._found_parent() or self._new_parent()
        self._client.update_run(self._parent, status="RUNNING")
        self._write(self._parent, tags=record.study_tags(self._study, self._name))
        self._logged, self._removed = {}, {}
        for run in self._search(f"tags.`mlflow.parentRunId` = '{self._parent}'"):
            training, is_there = run.data.tags.get("training", ""), run.info.lifecycle_stage == "active"
            if run.info.status == "FINISHED" or run.info.run_id in self._made:
                (self._logged if is_there else self._removed)[training] = run.info.run_id
            elif is_there:  # an earlier session ended in the middle of it; or it failed, and is logged again
                self._client.delete_run(run.info.run_id)

    def _found_parent(self) -> str | None:
        """The parent of an earlier session, restored if it was deleted in the UI, with what it lacks."""
        found = self._search(f"{record.PARENT} AND tags.study_key = '{self._study.key}'")
        if not found:
            return None
        parent = min(found, key=lambda run: (run.info.lifecycle_stage != "active", run.info.start_time))
        if parent.info.lifecycle_stage != "active":
            self._client.restore_run(parent.info.run_id)
            log.warning("The run %s was deleted, and is restored.", parent.info.run_name)
        params = record.study_params(self._study)
        lacks = {name: value for name, value in params.items() if name not in parent.data.params}
        self._write(parent.info.run_id, params=lacks)
        return parent.info.run_id

    def _new_parent(self) -> str:
        params, name = texts(record.study_params(self._study)), self._name
        if others := self._search(record.PARENT):
            first = min(others, key=lambda run: run.info.start_time)
            name = record.variant(name, params, first.data.params, self._study.key)
        tags = {"study_key": self._study.key, "role": "study"}
        run_id = self._client.create_run(self._experiment, tags=tags, run_name=name).info.run_id
        self._write(run_id, params=params)
        return run_id

    def _search(self, query: str) -> "list[Run]":
        """All runs of the experiment that a query finds, those deleted in the UI too."""
        from mlflow.entities import ViewType

        page = self._client.search_runs([self._experiment], query, ViewType.ALL, 1000)
        runs = list(page)
        while page.token:
            page = self._client.search_runs(
                [self._experiment], query, ViewType.ALL, 1000, page_token=page.token
            )
            runs += page
        return runs

    def log_trainings(self, trainings: "Sequence[Training]") -> None:
        """Makes child runs, unless there are; one that was deleted in the UI is restored.

        Several are written at once into tables that fit; one, or what a server is told, by MLflow's client.
        """
        tags = [self._tags(each) for each in trainings]
        new: dict[str, FinishedRun] = {}
        for each, said in zip(trainings, tags, strict=True):
            training = said["training"]
            if training in self._removed:
                self._client.restore_run(self._removed[training])
                self._logged[training] = self._removed.pop(training)
                log.warning(
                    "The run of %s, %s %d, was deleted, and is restored.",
                    said["level"],
                    each.role,
                    each.number,
                )
            if training not in self._logged:
                new[training] = self._finished(each, said)
        for training, run_id in self._children(new):
            self._logged[training] = run_id
            self._made.add(run_id)
        for each, said in zip(trainings, tags, strict=True):
            if each.role == "replicate":
                self._replicates.setdefault(each.label, {})[each.number] = self._logged[said["training"]]

    def _tags(self, training: "Training") -> dict[str, Any]:
        levels = self._levels.get(training.label, {})
        tags = record.training_tags(training.role, training.label, training.number, training.result, levels)
        of_study = {"study": self._name, "study_key": self._study.key, "mlflow.parentRunId": self._parent}
        return {**tags, **of_study}

    def _finished(self, training: "Training", tags: Mapping[str, Any]) -> FinishedRun:
        result = training.result
        return FinishedRun(
            name=title(f"{tags['level']} {tags['role']} {tags['number']:02d}"),
            status="FAILED" if result.status == "failed" else "FINISHED",
            start=_milliseconds(training.end - result.seconds),
            end=_milliseconds(training.end),
            metrics=_points(record.training_metrics(result, training.end)),
            params=texts(record.training_params(result.config)),
            tags=texts(tags),
        )

    def _children(self, new: Mapping[str, FinishedRun]) -> Iterator[tuple[str, str]]:
        """Makes runs; gives the key of each with its id, as it is made."""
        if self._database and len(new) > 1:
            yield from zip(new, tables.write(self._database, self._experiment, [*new.values()]), strict=True)
        else:
            for training, run in new.items():
                yield training, self._new_child(run)

    def _new_child(self, run: FinishedRun) -> str:
        made = self._client.create_run(self._experiment, run.start, run.tags, run.name)
        run_id = made.info.run_id
        self._log(run_id, run.metrics, run.params, {})
        self._client.set_terminated(run_id, run.status, run.end)
        return run_id

    def log_dataset(self, name: str, digest: str, source: str, sizes: Mapping[str, int]) -> None:
        """Makes a data set an input of the parent; arguments as in Tracker.log_dataset."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        profile = {"num_rows": sum(sizes.values()), **sizes, "checksum": digest}
        # MLflow keeps one data set for a name and a digest, and would show the sizes of the first.
        drawn = hashlib.sha256(json.dumps(profile).encode()).hexdigest()[:8]
        kind = "http" if source.startswith(("http://", "https://")) else "local"
        where = json.dumps({"url" if kind == "http" else "uri": address.without_secrets(source)})
        dataset = Dataset(title(name), drawn, kind, where, profile=json.dumps(profile))
        tags = [InputTag("mlflow.data.context", "training")]
        self._client.log_inputs(self._parent, [DatasetInput(dataset, tags)])

    def log_model(self, saved: SavedModel) -> None:
        """Makes a SavedModel the current model of the parent."""
        model_id = log_current(self._client, self._experiment, self._parent, saved)
        once = {name: value for name, value in saved.metrics.items() if f"test_{name}" not in saved.metrics}
        self._write(self._parent, _now(once), model_id=model_id)

    def log_answer(self, folder: Path, findings: "Findings") -> None:
        """Puts a report and what `record.answer` says of the findings on the parent."""
        self._client.log_artifacts(self._parent, str(folder), "report")
        said = record.answer(self._study, findings)
        runs = self._replicates.get(findings.best or "", {})
        winners = json.dumps([runs[number] for number in sorted(runs)])
        self._write(self._parent, _now(said.metrics), tags={**said.tags, "winner_runs": winners})

    def end(self, status: str) -> None:
        """Ends the parent."""
        self._client.set_terminated(self._parent, status)

    def _write(
        self,
        run_id: str,
        metrics: Iterable[tuple[str, float, float, int]] = (),
        params: Mapping[str, Any] = NOTHING,
        tags: Mapping[str, Any] = NOTHING,
        model_id: str | None = None,
    ) -> None:
        """One call for all of it; `metrics` as `record.training_metrics` gives them."""
        self._log(run_id, _points(metrics, model_id), texts(params), texts(tags))

    def _log(
        self, run_id: str, metrics: "Sequence[Metric]", params: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        from mlflow.entities import Param, RunTag

        pairs = [Param(*pair) for pair in params.items()]
        self._client.log_batch(run_id, metrics, pairs, [RunTag(*pair) for pair in tags.items()])


def _points(metrics: Iterable[tuple[str, float, float, int]], model_id: str | None = None) -> "list[Metric]":
    """Metrics of MLflow, which would store infinity as 1.8e308 and draw it."""
    from mlflow.entities import Metric

    return [
        Metric(key(*name.split("/")), float(value), _milliseconds(at), step, model_id=model_id)
        for name, value, at, step in metrics
        if math.isfinite(value)
    ]


def _now(metrics: Mapping[str, float]) -> list[tuple[str, float, float, int]]:
    return [(name, value, time.time(), 0) for name, value in metrics.items()]


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
