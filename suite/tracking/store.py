"""Where runs are kept: sqlite and an artifact folder below `suite.paths.home()`, or what MLFLOW_TRACKING_URI names."""

import logging
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

from suite.paths import check_writable, home

if TYPE_CHECKING:
    from mlflow import MlflowClient

ENVIRONMENT = {  # a user's own setting wins
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # background jobs of the server, of no use to a study
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # seconds; with MLflow's own defaults a lost server holds a study for minutes
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI if it is set, else the sqlite database below `home()`."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{_database()}"


def check_store() -> None:
    """Ends a study that could not be tracked before it trains; in milliseconds and without MLflow for the local store.

    Raises:
        OSError: the store cannot be written, is no database, or its server does not answer within seconds.
    """
    try:
        if os.environ.get("MLFLOW_TRACKING_URI"):
            _reach(tracking_uri())
            client().search_experiments(max_results=1)
        else:
            _write_locally()
    except Exception as error:  # MLflow, sqlite and the operating system have no nearer class in common
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise OSError(f"the tracking store must be writable. Received: {tracking_uri()}: {reason}") from error


def ui_command(port: int) -> list[str]:
    """The command that serves MLflow's UI at `http://127.0.0.1:<port>`, to this machine only.

    It also sets the environment variables that keep MLflow quiet, for the process that will run it.

    Raises:
        ValueError: MLFLOW_TRACKING_URI names a server, which has its own UI.
        OSError: the store cannot be written.
    """
    uri, artifacts = tracking_uri(), _artifacts()
    if is_server(uri):
        raise ValueError(
            f"`ui` expects a local store. Received: MLFLOW_TRACKING_URI={uri}; open that address instead."
        )
    check_store()
    with lock():
        client()
    return [
        *(
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--workers",
            "1",
        ),
        *("--allowed-hosts", f"127.0.0.1:{port},localhost:{port}", "--backend-store-uri", uri),
        *("--default-artifact-root", artifacts, "--artifacts-destination", artifacts),
    ]


def ui_addresses(port: int) -> dict[str, str]:
    """Study -> address of its runs in the UI, latest first. By itself MLflow opens on pages for language models."""
    studies = [each for each in client().search_experiments() if each.name != "Default"]
    page = f"http://127.0.0.1:{port}/#/experiments/{{}}/runs?workflowType=machine_learning"
    return {each.name: page.format(each.experiment_id) for each in studies}


@contextmanager
def lock() -> Iterator[None]:
    """Held while something is created that must be there once: the database, an experiment, a parent run.

    Raises:
        OSError: another process held it for two minutes.
    """
    from filelock import FileLock, Timeout

    home().mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(home() / "mlflow.lock", timeout=120):
            yield
    except Timeout as error:
        raise OSError(
            f"{error.lock_file} must be free. Received: held by another process for 2 minutes."
        ) from error


def client() -> "MlflowClient":
    """A quiet client of the store. It creates the local database if there is none, so hold the lock the first time."""
    for name, setting in ENVIRONMENT.items():
        os.environ.setdefault(name, setting)
    from mlflow import MlflowClient

    logging.getLogger("alembic").setLevel(logging.WARNING)
    opened = MlflowClient(tracking_uri())
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        opened.search_experiments(max_results=1)
        with closing(sqlite3.connect(_database(), timeout=20)) as connection:
            connection.execute(
                "PRAGMA journal_mode=WAL"
            )  # the UI reads while a study writes; writes wait less
    return opened


def experiment(client: "MlflowClient", name: str) -> str:
    """The id of the experiment of that name, which is created, or restored if it was deleted in the UI."""
    found = client.get_experiment_by_name(name)
    if found is None:
        location = None if is_server(tracking_uri()) else _artifacts()
        return client.create_experiment(name, location, {"mlflow.experimentKind": "custom_model_development"})
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return found.experiment_id


def _reach(uri: str) -> None:
    """Asks whether anybody answers, within seconds; MLflow asks for longer. A refusal is an answer here."""
    if uri.startswith(("http:", "https:")):
        with suppress(HTTPError):
            urlopen(uri, timeout=5).close()


def _write_locally() -> None:
    check_writable()
    if _database().exists():
        with closing(sqlite3.connect(_database(), timeout=20)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "CREATE TABLE is_writable (x)"
            )  # never committed; BEGIN alone is content with reading


def is_server(uri: str) -> bool:
    """Whether runs are kept by a server that decides itself where artifacts go."""
    return uri.startswith(("http:", "https:", "databricks"))


def _database() -> Path:
    return home().resolve() / "mlflow.db"


def _artifacts() -> str:
    return (home().resolve() / "artifacts").as_uri()
