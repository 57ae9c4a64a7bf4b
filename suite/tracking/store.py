"""Opens the store: the database below `suite.paths.home()`, or what MLFLOW_TRACKING_URI names."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from suite import paths
from suite.tracking import address, local, shared, tables
from suite.tracking.address import is_local, is_server, tracking_uri

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

ENVIRONMENT = {  # a user's own setting wins
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # background jobs of the server, of no use to a study
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # seconds; MLflow itself waits for minutes
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # what fails is tried again later, see `suite.tracking.later`
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER": "false",  # a server may ask for an hour
    "PGCONNECT_TIMEOUT": "10",
}


def check_store() -> None:
    """Ends a study that could not be tracked before it trains.

    For the local store that takes milliseconds, and no MLflow.

    Raises:
        OSError: the store cannot be written, is no database, or its server does not answer within seconds.
        ValueError: MLFLOW_TRACKING_URI is no address.
    """
    tracking_uri()  # says what is wrong with an address
    try:
        if is_local():
            local.check()
        else:
            with lock():
                client().search_experiments(max_results=1)
    except Exception as error:  # MLflow, sqlite and the operating system have no nearer class in common
        raise refused(error) from None  # the error itself may hold a password


def refused(error: Exception) -> OSError:
    """Returns the error that says in one line, without secrets, why the store cannot be used."""
    reason = address.reason(error)
    return OSError(f"the tracking store must be writable. Received: {address.shown()}: {reason}")


@contextmanager
def lock() -> Iterator[None]:
    """Held while something is created that must be there once: an experiment, a parent run.

    Processes of other machines wait too where the store is a PostgreSQL of all of them.

    Raises:
        OSError: another process held it for two minutes, or nobody answers.
        ValueError: the database refuses.
    """
    paths.home().mkdir(parents=True, exist_ok=True)
    uri = tracking_uri()
    everywhere = shared.locked(uri, "mlflow") if address.is_shared(uri) else nullcontext()
    with paths.locked(paths.home() / "mlflow.lock"), everywhere:
        yield


def client() -> "MlflowClient":
    """Opens the store, quietly. Hold the lock: a local database is created, replaced or mended if it must be.

    Raises:
        OSError: nobody answers at the address.
    """
    for name, setting in ENVIRONMENT.items():
        os.environ.setdefault(name, setting)
    uri = tracking_uri()
    if given := address.login():  # MLflow repeats its address in messages
        os.environ.update(given, MLFLOW_TRACKING_URI=uri)
    local.prepare(_make) if is_local() else address.reach(uri)
    return _opened(uri)


def database() -> "SqlAlchemyStore | None":
    """Returns the database that a client opened, to write to its tables; None where a server keeps the runs,
    or the tables are of another version of MLflow."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    if not address.is_database():
        return None
    opened = SqlAlchemyStore(tracking_uri(), address.artifacts())
    return opened if tables.fits(opened) else None


def experiment(client: "MlflowClient", name: str) -> str:
    """Returns the id of the experiment of that name, which is created, or restored if it was deleted."""
    found = client.get_experiment_by_name(name)
    if found is None:
        location = None if is_server(tracking_uri()) else address.artifacts()
        return client.create_experiment(name, location, {"mlflow.experimentKind": "custom_model_development"})
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
        logging.getLogger(__name__).warning("The experiment %s was deleted, and is restored.", name)
    return found.experiment_id


def _opened(uri: str) -> "MlflowClient":
    from mlflow import MlflowClient

    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it tells of each retry
    logging.getLogger("mlflow.store.db").setLevel(logging.CRITICAL)  # it raises what it logs
    opened = MlflowClient(uri)
    opened.search_experiments(max_results=1)  # MLflow connects at the first question
    return opened


def _make(path: Path) -> None:
    _opened(address.sqlite_uri(path))
