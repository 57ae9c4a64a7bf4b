"""Connects to a Ray cluster, and refuses what it cannot give before anything is sent to it."""

import math
import os
import secrets
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any

from suite import paths
from suite.names import one_of
from suite.running.workers import cores

ANSWERS = 5.0
"""Seconds in which the address of a cluster is to take a connection."""

TOKEN_FILE = Path("~/.ray/auth_token")
"""Where Ray itself looks for the token of a cluster, unless a variable says otherwise."""

TOKEN_VARIABLES = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")


@dataclass(frozen=True)
class Needs:
    """What a worker on a cluster needs, which Ray gives to no other.

    Attributes:
        cpus: cores, and threads of TensorFlow.
        gpus: a share of one GPU, or a number of GPUs; None: one where the cluster has any.
        memory: GiB.
    """

    cpus: float = 1
    gpus: float | None = None
    memory: float = 1

    @classmethod
    def parse(cls, settings: Mapping[str, str | None]) -> "Needs":
        """Reads needs from texts.

        Raises:
            ValueError: an unknown name, or no such amount.
        """
        known = [field.name for field in fields(cls)]
        return cls(**{one_of("needs", name, known): _number(name, text) for name, text in settings.items()})

    def __post_init__(self) -> None:
        if self.cpus < 1 or self.cpus % 1:
            raise ValueError(f"`cpus` must be a whole number from 1. Received: cpus={self.cpus:g}.")
        if self.gpus is not None and (self.gpus < 0 or (self.gpus > 1 and self.gpus % 1)):
            raise ValueError(
                f"`gpus` must be a share in [0, 1] or a whole number. Received: gpus={self.gpus:g}."
            )
        if self.memory <= 0:
            raise ValueError(f"`memory` must be above 0 GiB. Received: memory={self.memory:g}.")

    def fitting(self, node: Mapping[str, float]) -> int:
        """Returns how many workers fit into a node with these resources of Ray's."""
        asked = {"CPU": self.cpus, "GPU": self.gpus or 0, "memory": self.memory * 2**30}
        return min(math.floor(node.get(name, 0) / amount + 1e-9) for name, amount in asked.items() if amount)

    def __str__(self) -> str:
        gpus = f", gpus={self.gpus:g}" if self.gpus else ""
        return f"cpus={self.cpus:g}{gpus}, memory={self.memory:g}"


@dataclass(frozen=True)
class Request:
    """Asks for a cluster.

    Attributes:
        address: `auto`: the cluster that runs on this machine, or else one that is started for the study; or
            HOST:PORT.
        needs: of each worker.
        workers: how many; None: as many as fit.
    """

    address: str
    needs: Needs
    workers: int | None = None


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
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
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
    return ray


def _init(ray: ModuleType, address: str | None) -> None:
    """Connects to the cluster at `address`; None: starts one of this machine's cores, with its home."""
    quiet: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    try:
        if address is not None:
            os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "error")  # it warns once a second of a wrong token
            ray.init(address=address, **quiet)
            return
        os.environ.setdefault("RAY_worker_niceness", "0")  # Ray's own 15 yields to all else that runs here
        with _home_for_all():
            ray.init(address="local", num_cpus=cores(), include_dashboard=False, **quiet)
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


def agreed(request: Request, nodes: Sequence[Mapping[str, float]]) -> tuple[Needs, int]:
    """Returns the needs of each worker in full, and how many workers there will be.

    Args:
        request: what is asked for.
        nodes: resources of each.

    Raises:
        ValueError: no node has so much, or there are fewer places than workers.
    """
    gpus = request.needs.gpus
    if gpus is None:
        gpus = min(1, max(node.get("GPU", 0) for node in nodes))
    needs = Needs(request.needs.cpus, gpus, request.needs.memory)
    places = sum(needs.fitting(node) for node in nodes)
    there = "; ".join(
        f"{node.get('CPU', 0):g} cores, {node.get('GPU', 0):g} GPUs, {node.get('memory', 0) / 2**30:.1f} GiB"
        for node in nodes
    )
    if not places:
        raise ValueError(
            f"`needs` expects what one node of the cluster has: {there}. Received: {needs}. What to do: ask"
            " for less, or add such a node."
        )
    if (request.workers or 0) > places:
        raise ValueError(
            f"`workers` must be at most {places}, as {needs} fit into the cluster ({there}). Received:"
            f" {request.workers}."
        )
    return needs, request.workers or places


def _number(name: str, text: str | None) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"`needs` expects a number for {name}. Received: {name}={text}.")
    return number
