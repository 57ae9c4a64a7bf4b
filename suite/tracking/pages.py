"""Serves MLflow's UI over the local store, and knows the addresses of its pages: nothing else builds one."""

import json
import os
import socket
import sys
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from suite.tracking import address, record
from suite.tracking.address import is_server, tracking_uri
from suite.tracking.store import check_store, client, lock, refused

if TYPE_CHECKING:
    from mlflow import MlflowClient

CLASSIC = {"workflowType": "machine_learning"}
"""What keeps the UI on its pages for models that are trained."""

OVERLAID = 20
"""Most curves that are drawn over each other."""


class Pages(NamedTuple):
    """Addresses of a study in the UI.

    Attributes:
        runs: its runs: a parent for each version of the study, with the trainings below it.
        curves: the validation curves of the best level's replicates, overlaid; None before the first answer.
    """

    runs: str
    curves: str | None


def ui_address(port: int = 5000) -> str:
    """Returns where the UI is: at the server that keeps the runs, or where `ui_command` serves it.

    Args:
        port: of this machine, where no server keeps them.
    """
    uri = tracking_uri()
    return address.without_secrets(uri).rstrip("/") if is_server(uri) else f"http://127.0.0.1:{port}"


def ui_command(port: int) -> list[str] | None:
    """Returns the command that serves MLflow's UI at `http://127.0.0.1:<port>`, to this machine only; None
    where a server keeps the runs, which has its own UI.

    It also sets the environment variables that keep MLflow quiet, for the process that will run it.

    Raises:
        ValueError: the port is taken, or nobody here knows the pages of what keeps the runs.
        OSError: the store cannot be used.
    """
    uri, artifacts = tracking_uri(), address.artifacts()
    if uri.startswith("http"):
        return None
    if is_server(uri):
        raise ValueError(f"`ui` expects a database or a server. Received: {uri}, which has pages of its own.")
    check_store()
    try:
        with lock():
            client()
    except Exception as error:
        raise refused(error) from None
    _check_free(port)
    secret = address.without_secrets(uri) != uri
    if secret:  # everybody on a machine can read a command line
        os.environ["MLFLOW_BACKEND_STORE_URI"] = uri
    hosts = [f"127.0.0.1:{port}", f"localhost:{port}"]
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
        *("--allowed-hosts", ",".join(hosts)),
        *("--cors-allowed-origins", ",".join(f"http://{host}" for host in hosts)),
        *("--default-artifact-root", artifacts, "--artifacts-destination", artifacts),
        *(() if secret else ("--backend-store-uri", uri)),
    ]


def ui_addresses(port: int = 5000) -> dict[str, Pages]:
    """Returns the pages of each study, latest first. By itself MLflow opens on pages for language models.

    Args:
        port: as for `ui_address`.

    Raises:
        OSError: the store cannot be used.
    """
    try:
        with lock():
            opened = client()
        studies = [each for each in opened.search_experiments() if each.name != "Default"]
        pages = {each.name: _pages(opened, each.experiment_id, ui_address(port)) for each in studies}
    except Exception as error:
        raise refused(error) from None
    return {name: found for name, found in pages.items() if found}


def runs_page(experiment: str) -> str:
    """Returns the fragment of the UI's address that opens the runs of an experiment."""
    return f"#/experiments/{experiment}/runs?{urlencode(CLASSIC)}"


def curves_page(experiment: str, runs: list[str], metric: str) -> str:
    """Returns the fragment of the UI's address that opens one metric of several runs, curve over curve."""
    query = {
        "runs": json.dumps(runs),
        "experiments": json.dumps([experiment]),
        "metric": json.dumps(metric),
        "plot_metric_keys": json.dumps([metric]),
        "x_axis": "step",
    }
    return f"#/metric?{urlencode(query | CLASSIC)}"


def _pages(opened: "MlflowClient", experiment: str, server: str) -> Pages | None:
    """The pages of an experiment; None where it is no study: a server may keep others too."""
    if not opened.search_runs([experiment], record.PARENT, max_results=1):
        return None
    runs = f"{server}/{runs_page(experiment)}"
    latest = ["attributes.end_time DESC"]
    for parent in opened.search_runs([experiment], record.ANSWERED, max_results=1, order_by=latest):
        winners = json.loads(parent.data.tags["winner_runs"])[:OVERLAID]
        if winners:
            page = curves_page(experiment, winners, parent.data.params["monitor"])
            return Pages(runs, f"{server}/{page}")
    return Pages(runs, None)


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ValueError(
                f"`--port` must be free. Received: {port}: {error.strerror}. Choose another one."
            ) from None
