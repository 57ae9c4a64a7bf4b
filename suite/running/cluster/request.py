"""Says what is asked of a cluster, and how many workers that gives. Light to import."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from suite.names import one_of


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

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"`workers` must be at least 1. Received: {self.workers}.")

    @classmethod
    def parse(
        cls, cluster: str | None, needs: Mapping[str, str | None], workers: int | None
    ) -> "Request | None":
        """Returns what is asked of a cluster; None where none is to train.

        Args:
            cluster: its address; None: there is none.
            needs: as `Needs.parse` takes them. workers: how many.

        Raises:
            ValueError: no such need, or there is no cluster that it is asked of.
        """
        asked = Needs.parse(needs)
        if cluster is None and needs:
            raise ValueError("`needs` is of the workers of a cluster. Received: no cluster.")
        return None if cluster is None else cls(cluster, asked, workers)


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
