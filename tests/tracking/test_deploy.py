"""The server of deploy/compose.yaml, by its own command, on a real PostgreSQL and without containers."""

import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml
from postgresql import postgres  # noqa: F401
from test_failures import is_whole, session
from tracked import Server, client, parent

from suite.tracking import address, check_store

SERVICES = yaml.safe_load((Path(__file__).parents[2] / "deploy" / "compose.yaml").read_text())["services"]


@pytest.fixture
def deployed(postgres, no_store, tmp_path, monkeypatch):  # noqa: F811
    """The server, at a port of its own, and with a folder in place of its volume."""
    postgres.ask("deployed", "SELECT 1")
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", postgres.address("deployed"))
    command = SERVICES["mlflow"]["command"].replace("${ALLOWED_HOSTS:-", "").replace("}", "")
    command = command.replace("file:///artifacts", (tmp_path / "artifacts").as_uri())
    server = Server(
        tmp_path, lambda port: command.replace("5000", str(port)).replace("0.0.0.0", "127.0.0.1").split()[1:]
    )
    monkeypatch.delenv("MLFLOW_BACKEND_STORE_URI")
    monkeypatch.setenv(address.TRACKING, server.address)
    yield server
    server.send(signal.SIGKILL)


def test_the_deployed_server_takes_a_study_and_answers_its_own_names_only(deployed, report, tmp_path):
    check_store()
    assert session(report, "deployed").failure is None
    is_whole("deployed")
    assert [each.path for each in client().list_artifacts(parent("deployed").info.run_id)] == ["report"]
    assert list((tmp_path / "artifacts").rglob("index.html"))
    for host in ("evil.com", "10.evil.com"):
        asked = urllib.request.Request(
            f"{deployed.address}/api/2.0/mlflow/experiments/search", headers={"Host": host}
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=30)
        assert refused.value.code == 403


def test_everything_listens_on_this_machine_only_unless_said_otherwise():
    ports = [port for service in SERVICES.values() for port in service["ports"]]
    assert len(ports) == 2 and all(port.startswith("${BIND:-127.0.0.1}:") for port in ports)
