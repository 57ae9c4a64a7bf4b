"""Connects to a Ray cluster, and refuses what it cannot give before anything is sent to it."""

import os
import secrets
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from suite import paths
from suite.running.cluster.request import Needs, Request, agreed
from suite.running.pool.workers import cores, quiet

ANSWERS = 5.0
"""Seconds in which the address of a cluster is to take a connection."""

TOKEN_FILE = Path("~/.ray/auth_token")
"""Where Ray itself looks for the token of a cluster, unless a variable says otherwise."""

TOKEN_VARIABLES = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")


@dataclass(frozen=True)
class Connection:
    """A cluster that this process is connected to.

    Attributes:
        ray: the package.
        needs: of each worker.
        count: workers that are to be started.
    """

    ray: ModuleType
    needs: Needs
    count: int

    def nodes(self) -> dict[str, Mapping[str, float]]:
        """Returns the resources of each node that lives, by its number."""
        return {node["NodeID"]: node["Resources"] for node in self.ray.nodes() if node["Alive"]}


@contextmanager
def connected(request: Request) -> Iterator[Connection]:
    """Connects to a cluster, and leaves it at the end; one that was started for this ends then.

    Raises:
        ValueError: Ray is not installed, there is no such cluster, or it does not have what is needed.
    """
    address = find(request.address)
    secure(joins=address is not None)
    ray = _ray()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        _init(ray, address)
        for number, handler in handlers.items():  # Ray puts its own in their place
            signal.signal(number, handler)
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        needs, count = agreed(request, nodes)
        yield Connection(ray, needs, count)
    finally:
        ray.shutdown()


def find(address: str) -> str | None:
    """Finds where a cluster is; None: one is to be started.

    Raises:
        ValueError: it is no address, or nobody answers there.
    """
    if address != "auto":
        return _answering("cluster", address)
    if named := os.environ.get("RAY_ADDRESS"):
        return _answering("RAY_ADDRESS", named)
    started = Path(os.environ.get("RAY_TMPDIR", "/tmp")) / "ray" / "ray_current_cluster"  # by `ray start`
    try:
        return _answering("cluster", started.read_text().strip())
    except (OSError, ValueError):  # none, or one that ended
        return None


def _answering(argument: str, address: str) -> str:
    host, _, port = address.rpartition(":")
    if not host or "/" in address or not port.isdigit():
        raise ValueError(
            f"`{argument}` expects auto, or HOST:PORT of a cluster that `ray start --head --port=PORT` began."
            f" Received: {address!r}."
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWERS).close()
    except (OSError, OverflowError) as error:
        raise ValueError(
            f"`{argument}` expects the address of a Ray cluster that runs. Received: {address!r}, where"
            f" nobody answers ({error}). What to do: start it, or look at the port and the firewall."
        ) from None
    return address


def secure(*, joins: bool) -> None:
    """Has Ray ask for a token, unless RAY_AUTH_MODE says otherwise: without, whoever reaches a port of it
    runs what he likes. A cluster that is started for a study has a token of its own.

    Args:
        joins: whether the cluster runs already.

    Raises:
        ValueError: there is no token.
    """
    # a thread that asks Ray after the end must not start a cluster once more
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_AUTO_CONNECT": "0"}
    if os.environ.setdefault("RAY_AUTH_MODE", "token") != "token":
        return
    known = any(os.environ.get(name) for name in TOKEN_VARIABLES) or TOKEN_FILE.expanduser().exists()
    if joins and not known:
        raise ValueError(
            f"`cluster` expects the token of the cluster in {' or '.join(TOKEN_VARIABLES)} or {TOKEN_FILE}."
            " Received: none. What to do: copy it from there, or, where a cluster in a closed network was"
            " started without one, set RAY_AUTH_MODE=disabled."
        )
    if not joins and not known:
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


def _ray() -> ModuleType:
    try:
        import ray
    except ImportError:
        raise ValueError(
            "`cluster` expects Ray. Received: no package ray. What to do: pip install"
            " 'keras-experiment-suite[ray]'."
        ) from None
    # A part that Ray keeps to itself: where it is another, Ray prints ten lines for each worker that dies.
    worker: Any = getattr(getattr(ray, "_private", None), "worker", None)
    if hasattr(worker, "_worker_logs_enabled"):
        worker._worker_logs_enabled = False
    return ray


def _init(ray: ModuleType, address: str | None) -> None:
    """Connects to the cluster at `address`; None: starts one of this machine's cores, with its home."""
    silent: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    try:
        if address is not None:
            with quiet():  # it writes once a second that a token is wrong
                ray.init(address=address, **silent)
            return
        os.environ.setdefault("RAY_worker_niceness", "0")  # Ray's own 15 yields to all else that runs here
        with quiet(), _home_for_all():
            ray.init(address="local", num_cpus=cores(), include_dashboard=False, **silent)
    except (ray.exceptions.RayError, RuntimeError, OSError) as error:
        raise ValueError(
            f"`cluster` expects a cluster of Ray {ray.__version__} and this Python, and the token of it."
            f" Received: {type(error).__name__}: {error}"
        ) from None


@contextmanager
def _home_for_all() -> Iterator[None]:
    """Lets processes that are started take over this one's home, whatever their folder is."""
    said = os.environ.get("SUITE_HOME")
    os.environ["SUITE_HOME"] = str(paths.home().absolute())
    try:
        yield
    finally:
        del os.environ["SUITE_HOME"]
        if said is not None:
            os.environ["SUITE_HOME"] = said
