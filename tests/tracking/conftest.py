"""Places for a store: where nothing is yet, and one with an empty database."""

import signal
import sqlite3
from contextlib import closing

import pytest
from tracked import Server, free_port

from suite.tracking import ui_command

LOGIN = (
    "MLFLOW_TRACKING_URI",
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_BACKEND_STORE_URI",
)


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """An empty database made by MLflow, which takes it seconds."""
    folder = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUITE_HOME", str(folder))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        ui_command(free_port())
    return folder / "mlflow.db"


@pytest.fixture
def no_store(tmp_path, monkeypatch):
    """A place for a store where nothing is yet."""
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "a home"))
    for name in LOGIN:  # set first, so that what the tracker sets is undone
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "a home"


@pytest.fixture
def store(no_store, template):
    """A place with an empty database."""
    no_store.mkdir()
    with (
        closing(sqlite3.connect(template)) as source,
        closing(sqlite3.connect(no_store / "mlflow.db")) as copy,
    ):
        source.backup(copy)
    return no_store


@pytest.fixture(scope="session")
def one_server(tmp_path_factory):
    """A server for all tests; those that harm it start it again."""
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.send(signal.SIGKILL)


@pytest.fixture
def server(one_server, no_store, monkeypatch):
    """The server, as MLFLOW_TRACKING_URI names it."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", one_server.address)
    yield one_server
    if one_server.process.poll() is not None:
        one_server.start()


@pytest.fixture
def report(tmp_path):
    """The folder of a report, which also passes for a SavedModel."""
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "index.html").write_text("<h1>Adam</h1>")
    (folder / "saved_model.pb").write_bytes(b"x")
    return folder
