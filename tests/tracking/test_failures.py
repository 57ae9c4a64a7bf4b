"""A tracker that fails costs a warning: real servers die, hang, come back and ask for a login."""

import base64
import os
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tracked import STUDY, children, client, findings, free_port, parent, runs, training

from suite.tracking import Tracker, address, check_store, later, ui_addresses, ui_command

pytestmark = pytest.mark.usefixtures("no_store")

SECRET = "s3cr/et@?"
QUOTED = "s3cr%2Fet%40%3F"

MINI = '''"""Which learning rate trains a small network on digits?"""
from suite import Config, LogUniform, Study
STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="digits", width=8, depth=1, epochs=2, batch_size=32),
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
    budget=2,
    replicates=2,
)
'''


def session(report: Path, name: str, between=lambda tracker: None) -> Tracker:
    """A session that logs a trial, meets with `between`, and logs the rest."""
    with Tracker(STUDY, name) as tracker:
        tracker.log("trial", "adam", 0, training(seed=1))
        between(tracker)
        tracker.log("trial", "adam", 1, training(seed=2))
        tracker.log("replicate", "adam", 0, training(seed=3, test={"test_loss": 0.3}))
        tracker.log_dataset("digits", "ab" * 32, "scikit-learn", {"train": 10})
        tracker.finish(report, findings())
    return tracker


def logged(name: str, count: int) -> None:
    """Waits until so many trainings are logged."""
    for _ in range(600):
        try:
            if [run.info.status for run in children(name)].count("FINISHED") >= count:
                return
        except AttributeError:  # no such experiment yet
            pass
        time.sleep(0.1)
    pytest.fail(f"{count} trainings were not logged within a minute")


def is_whole(name: str) -> None:
    """The parent and each training once, and nothing left running."""
    assert Counter(run.info.run_name for run in children(name)) == dict.fromkeys(
        ("adam trial 00", "adam trial 01", "adam replicate 00"), 1
    )
    assert {run.info.status for run in runs(name=name)} == {"FINISHED"}
    assert parent(name).data.tags["answer"] == "Adam beats SGD."
    assert len(parent(name).inputs.dataset_inputs) == 1


@pytest.mark.slow
@pytest.mark.fault("an MLflow server that is killed")
def test_a_server_that_dies_costs_a_warning_and_the_next_start_logs_what_is_missing(server, report):
    def dies(tracker):
        logged("dies", 1)
        server.send(signal.SIGKILL)

    failure = session(report, "dies", dies).failure
    assert re.fullmatch(
        rf"tracking in {server.address} failed: nobody answers: .*refused; 1 trial, 1 replicate, 1 data set,"
        r" 1 answer not logged, the results are kept in .*a home\. To do: start the server and run the same"
        r" command again: it logs what is missing\.",
        failure,
    )
    server.start()
    assert session(report, "dies").failure is None
    is_whole("dies")


@pytest.mark.fault("an MLflow server that hangs")
def test_a_server_that_hangs_is_not_waited_for(server, report, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setattr(address, "SECONDS", 1.0)

    def hangs(tracker):
        logged("hangs", 1)
        server.send(signal.SIGSTOP)

    try:
        failure = session(report, "hangs", hangs).failure
    finally:
        server.send(signal.SIGCONT)
    assert "timed out; 1 trial, 1 replicate, 1 data set, 1 answer not logged" in failure
    assert session(report, "hangs").failure is None
    is_whole("hangs")


@pytest.mark.slow
@pytest.mark.fault("an MLflow server that is killed and comes back")
def test_a_server_that_comes_back_gets_everything(server, report, monkeypatch):
    monkeypatch.setattr(later, "RETRY", 0.5)

    def comes_back(tracker):
        logged("comes back", 1)
        server.send(signal.SIGKILL)
        tracker.log("trial", "adam", 1, training(seed=2))
        while not tracker._later.error:
            time.sleep(0.1)
        server.start()

    assert session(report, "comes back", comes_back).failure is None
    is_whole("comes back")


def test_a_server_that_is_not_there_is_refused_before_training(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"postgresql://suite:{QUOTED}@127.0.0.1:{free_port()}/runs")
    with pytest.raises(
        OSError, match=r"must be writable\. Received: postgresql://\*\*\*@127.*refused"
    ) as caught:
        check_store()
    says_no_secret("".join(traceback.format_exception(caught.value)))


@pytest.fixture
def door(server, monkeypatch):
    """A door before the server that opens to ada with the secret; MLFLOW_TRACKING_URI holds both."""

    class Door(BaseHTTPRequestHandler):
        wanted = "Basic " + base64.b64encode(f"ada:{SECRET}".encode()).decode()

        def do_GET(self):
            if self.headers["Authorization"] != self.wanted:
                self.send_error(401)
                return
            length = int(self.headers["Content-Length"] or 0)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host",)}
            request = urllib.request.Request(
                server.address + self.path, self.rfile.read(length) or None, headers, method=self.command
            )
            try:
                answer = urllib.request.urlopen(request, timeout=30)
            except urllib.error.HTTPError as error:
                answer = error
            body = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"] or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as guarded:
        threading.Thread(target=guarded.serve_forever, daemon=True).start()
        guarded.uri = f"http://ada:{QUOTED}@127.0.0.1:{guarded.server_port}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", guarded.uri)
        yield guarded
        guarded.shutdown()


def says_no_secret(text: str) -> None:
    assert SECRET not in text
    assert QUOTED not in text


def test_an_address_with_a_login_works_and_is_never_said(door, report, caplog, capfd):
    check_store()
    assert session(report, "login").failure is None
    is_whole("login")
    says_no_secret(" ".join(str(run.to_dictionary()) for run in runs(name="login")))
    assert ui_command(free_port()) is None
    says_no_secret(str(ui_addresses()["login"]))
    door.shutdown()
    door.server_close()
    failure = session(report, "login").failure
    assert "nobody answers" in failure
    says_no_secret(failure)
    says_no_secret(caplog.text)
    says_no_secret("".join(capfd.readouterr()))


def test_a_wrong_login_is_refused_without_saying_it(door, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", door.uri.replace("s3cr", "wrong"))
    with pytest.raises(OSError, match=r"must be writable\. Received: http://.*401") as caught:
        check_store()
    assert "wrong" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "uri", ["https://ada:s3cr/et@here", "https://ada:s3[cret@here", "https://ada:s3 cret@here:x"]
)
def test_a_login_that_breaks_the_address_is_not_said_either(uri, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(ValueError, match=r"expects an address.*Received: https://\*\*\*@here") as caught:
        check_store()
    assert "s3" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at https://ada:pw@host/path failed", "at https://***@host/path failed"),
        ("token-of-mine is no token", "*** is no token"),
        ("nothing to hide at https://host", "nothing to hide at https://host"),
        ("password=hunter22&x=1", "password=***&x=1"),
    ],
)
def test_secrets_are_replaced(text, shown, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "token-of-mine")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://host/db?sslpassword=hunter22&application_name=x")
    assert address.without_secrets(text) == shown


@pytest.mark.slow
@pytest.mark.fault("an MLflow server that is killed")
def test_the_command_prints_its_answer_though_the_server_died(server, tmp_path):
    (tmp_path / "mini.py").write_text(MINI)
    home = tmp_path / "a home"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "80"}
    command = [
        sys.executable,
        "-c",
        "from suite.cli.app import main; main()",
        "study",
        "mini.py",
        "--workers",
        "1",
    ]
    study = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while study.poll() is None and not list(home.glob("studies/*/trainings/*.json")):
        time.sleep(0.05)
    server.send(signal.SIGKILL)
    output, errors = study.communicate(timeout=300)
    assert study.returncode == 1, errors
    assert "The best configuration found" in output
    assert "SavedModel" in output
    (failed,) = [line for line in output.splitlines() if "tracking in" in line]
    assert f"failed: tracking in {server.address} failed: nobody answers" in failed
    assert "The answer stands." in output
    assert "Traceback" not in errors
    server.start()
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert again.returncode == 0, again.stderr
    assert "tracking in" not in again.stdout
    (name,) = [each.name for each in client().search_experiments() if each.name.startswith("mini")]
    assert len(children(name)) == 4
    assert {run.info.status for run in runs(name=name)} == {"FINISHED"}
    assert parent(name).data.tags["answer"] in output.replace("\n", " ")
