"""Reads back a run in the tracker: what was trained, how, and every number of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from suite.models import is_own
from suite.study.config import Config
from suite.tracking import store
from suite.tracking.names import value_of

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True)
class TrackedRun:
    """A run of one training.

    Attributes:
        run_id: of the training; where the run of a study was asked for, of a replicate of its winner.
        name: that the tracker shows.
        params, tags: as texts.
        data: data set -> checksum, of the study's run.
    """

    run_id: str
    name: str
    params: Mapping[str, str]
    tags: Mapping[str, str]
    data: Mapping[str, str]
    _client: "MlflowClient"

    @property
    def config(self) -> Config:
        """What was trained."""
        return Config(
            **{
                name: value_of(text)
                for name, text in self.params.items()
                if name in Config.model_fields or is_own(self.params.get("model", ""))
            }
        )

    @cached_property
    def metrics(self) -> dict[tuple[str, int], float]:
        """Every number: (name, step) -> value."""
        names = self._client.get_run(self.run_id).data.metrics
        history = (point for name in names for point in self._client.get_metric_history(self.run_id, name))
        return {(point.key, point.step): point.value for point in history}


def tracked_run(run_id: str) -> TrackedRun:
    """Reads a run; of a study's own run, the first replicate of its winner.

    Raises:
        OSError: nobody answers at the address of the tracker.
        ValueError: no such run, or a study without a winner.
    """
    from mlflow.exceptions import MlflowException

    with store.lock():
        client = store.client()
    try:
        run = client.get_run(run_id)
        if run.data.tags.get("role") == "study":
            winners = json.loads(run.data.tags.get("winner_runs", "[]"))
            if not winners:
                raise ValueError(f"`RUN` expects a run that trained. Received: {run_id}, without a winner.")
            run = client.get_run(winners[0])
        above = client.get_run(run.data.tags.get("mlflow.parentRunId", run.info.run_id))
    except MlflowException:
        raise ValueError(f"`RUN` expects the id of a run in the tracker. Received: {run_id!r}.") from None
    data = {
        each.dataset.name: str(json.loads(each.dataset.profile or "{}").get("checksum"))
        for each in (above.inputs.dataset_inputs if above.inputs else ())
    }
    return TrackedRun(run.info.run_id, run.info.run_name, run.data.params, run.data.tags, data, client)
