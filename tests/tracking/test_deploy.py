"""The server of deploy/compose.yaml, by its own command, on a real PostgreSQL and without containers."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager

import pytest
import requests
import yaml
from commands import SUITE
from postgresql import PASSWORD, postgres, programs  # noqa: F401
from readme import ROOT, fences
from test_failures import is_whole, session
from tracked import Server, client, free_port, parent

from suite.tracking import address, check_store, ui_addresses

DOCS = (ROOT / "docs/deploy.md").read_text()
SERVICES = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
NAME, SECRET = "runs.example.org", "s3cr/et@?"


@contextmanager
def deployed(postgres, database, folder, monkeypatch, **given):  # noqa: F811
    """The server, at a port of its own, and with a folder in place of its volume.

    Args:
        given: what is in `deploy/.env`.
    """
    postgres.ask(database, "SELECT 1")
    variable = re.compile(r"\$\{(\w+):-(.*?)\}")
    command = variable.sub(lambda found: given.get(found[1], found[2]), SERVICES["mlflow"]["command"])
    command = command.replace("file:///artifacts", (folder / "artifacts").as_uri())
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", postgres.address(database))
    server = Server(
        folder, lambda port: command.replace("5000", str(port)).replace("0.0.0.0", "127.0.0.1").split()[1:]
    )
    monkeypatch.delenv("MLFLOW_BACKEND_STORE_URI")
    monkeypatch.setenv(address.TRACKING, server.address)
    yield server
    server.send(signal.SIGKILL)


def search(server: str, **options) -> int:
    """What a server answers who asks for experiments, as its pages do."""
    path = "ajax-api/2.0/mlflow/experiments/search"
    return requests.post(f"{server}/{path}", json={"max_results": 1}, timeout=30, **options).status_code


def test_the_deployed_server_takes_a_study_and_answers_its_own_names_only(
    postgres,  # noqa: F811
    no_store,
    report,
    tmp_path,
    monkeypatch,
):
    with deployed(postgres, "deployed", tmp_path, monkeypatch) as server:
        check_store()
        assert session(report, "deployed").failure is None
        is_whole("deployed")
        assert [each.path for each in client().list_artifacts(parent("deployed").info.run_id)] == ["report"]
        assert list((tmp_path / "artifacts").rglob("index.html"))
        said = subprocess.run([SUITE, "ui"], capture_output=True, text=True, timeout=60)
        assert (said.returncode, said.stderr) == (0, "")
        assert said.stdout.rstrip().endswith(f"All: {server.address}")
        assert f"curves of the best: {server.address}/#/metric?" in said.stdout
        assert search(server.address, headers={"Origin": server.address}) == 200
        assert search(server.address, headers={"Origin": "https://evil.com"}) == 403
        for host in ("evil.com", "10.evil.com"):
            assert search(server.address, headers={"Host": host}) == 403


@contextmanager
def proxied(server, folder, by_token):
    """Nginx before a server, by the lines of the docs; gives its port and its certificate."""
    lines, tokens = (block for language, block in fences(DOCS) if language == "nginx")
    key, certificate, users = folder / "runs.key", folder / "runs.crt", folder / "runs.users"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key,
         "-out", certificate, "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"],
        check=True, capture_output=True,
    )  # fmt: skip
    (hashed,) = re.findall(r"openssl (passwd -\w+)", DOCS)
    said = subprocess.run(["openssl", *hashed.split(), SECRET], check=True, capture_output=True, text=True)
    users.write_text(f"ann:{said.stdout}")
    port = free_port()
    here = {
        "listen 443": f"listen 127.0.0.1:{port}",
        "http://127.0.0.1:5000": server.address,
        "/etc/ssl/runs.crt": str(certificate),
        "/etc/ssl/runs.key": str(key),
        "/etc/nginx/runs.users": str(users),
    }
    for there, meant in here.items():
        assert there in lines
        lines = lines.replace(there, meant)
    if by_token:
        (asks,) = re.findall(r"become\s`(.*?)`", DOCS)
        lines = re.sub(r"auth_basic .*\n.*auth_basic_user_file .*", asks, lines)
        lines = tokens.replace("TOKEN-OF-ANN", SECRET) + lines
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    conf = folder / "nginx.conf"
    conf.write_text(f"{user} pid {folder}/pid; events {{}} http {{ access_log off; {kept}\n{lines} }}")
    log = folder / "nginx.log"
    nginx = subprocess.Popen(["nginx", "-e", log, "-p", folder, "-c", conf, "-g", "daemon off;"])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert nginx.poll() is None, log.read_text()
            time.sleep(0.1)
        yield port, certificate
    finally:
        nginx.terminate()
        nginx.wait(30)


@pytest.mark.parametrize("by_token", [False, True], ids=["login", "token"])
def test_a_study_and_the_pages_go_through_the_proxy_of_the_docs(
    by_token,
    postgres,  # noqa: F811
    no_store,
    report,
    tmp_path,
    monkeypatch,
):
    if not shutil.which("nginx"):
        pytest.skip("needs nginx (Debian: nginx-light)")
    given = {name: value for name, value in re.findall(r"`(ALLOWED_\w+)=(\S+?)`", DOCS)}
    database, find = f"proxied-{by_token}", socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *more, **options: find(
            "127.0.0.1" if host == NAME else host, *more, **options)
    )  # fmt: skip
    with (
        deployed(postgres, database, tmp_path, monkeypatch, **given) as server,
        proxied(server, tmp_path, by_token) as (port, certificate),
    ):
        at = f"https://{NAME}:{port}"
        monkeypatch.setenv(address.TRACKING, at)
        monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(certificate))
        with pytest.raises(OSError, match="401"):
            check_store()
        login = {"MLFLOW_TRACKING_USERNAME": "ann", "MLFLOW_TRACKING_PASSWORD": SECRET}
        for name, value in ({"MLFLOW_TRACKING_TOKEN": SECRET} if by_token else login).items():
            monkeypatch.setenv(name, value)
        check_store()
        assert session(report, "proxied").failure is None
        is_whole("proxied")
        assert [each.path for each in client().list_artifacts(parent("proxied").info.run_id)] == ["report"]
        assert ui_addresses()["proxied"].curves.startswith(f"{at}/#/metric?")

        secret = {"Authorization": f"Bearer {SECRET}"} if by_token else {}
        known = {"verify": str(certificate), "auth": None if by_token else ("ann", SECRET)}
        assert search(at, headers={"Origin": f"https://{NAME}", **secret}, **known) == 200
        assert search(at, headers={"Origin": "https://evil.com", **secret}, **known) == 403
        assert search(at, verify=str(certificate)) == 401


def test_a_database_comes_back_from_its_dump(postgres, no_store, report, tmp_path, monkeypatch):  # noqa: F811
    """By the commands of the docs, into a database from which runs are gone, and into an empty one."""
    (dump,), (restore,) = (
        re.findall(rf"-T postgres ({program} .*?) [<>] runs", DOCS) for program in ("pg_dump", "pg_restore")
    )
    place = {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGPASSWORD": PASSWORD}
    environment = {**os.environ, **place, "PATH": f"{programs()}:{os.environ['PATH']}"}

    def run(command: str, **files) -> None:
        words = ["kept" if word == "runs" else word for word in command.split()]
        done = subprocess.run(words, env=environment, stderr=subprocess.PIPE, text=True, **files)
        assert (done.returncode, done.stderr) == (0, "")

    postgres.ask("kept", "SELECT 1")
    monkeypatch.setenv(address.TRACKING, postgres.address("kept"))
    assert session(report, "kept").failure is None
    query = "SELECT name, status, key, value FROM runs JOIN latest_metrics USING (run_uuid) ORDER BY 1, 3"
    rows = postgres.ask("kept", query)
    with open(tmp_path / "runs.dump", "wb") as file:
        run(dump, stdout=file)
    for lost in (False, True):
        if lost:
            postgres.drop("kept")
            postgres.ask("kept", "SELECT 1")
        else:
            postgres.ask("kept", "DELETE FROM latest_metrics RETURNING key")
        with open(tmp_path / "runs.dump", "rb") as file:
            run(restore, stdin=file)
        assert rows and postgres.ask("kept", query) == rows


def test_everything_listens_on_this_machine_only_unless_said_otherwise():
    ports = [port for service in SERVICES.values() for port in service["ports"]]
    assert len(ports) == 2 and all(port.startswith("${BIND:-127.0.0.1}:") for port in ports)
