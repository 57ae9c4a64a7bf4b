"""The machine that was measured: its facts, and what else ran on it meanwhile."""

import resource
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import psutil

from suite.running.pool.workers import cores
from suite.tracking.environment import environment
from suite.training.arithmetic import processor


def facts() -> dict[str, str]:
    """Machine and versions."""
    return environment() | {"torch": _torch(), "cores": str(cores()), "processor": processor()}


class ForeignLoad:
    """How busy other processes keep the machine: figures taken under it are disturbed."""

    def __init__(self) -> None:
        self._at, self._busy, self._own = time.perf_counter(), _busy_seconds(), _own_seconds()

    def share(self, watched: float | None = None) -> float:
        """Share of all cores that others took so far, in [0, 1].

        Args:
            watched: CPU seconds of the processes that are measured, where they are no longer there and not
                all were children that ended; by default this process and all its descendants.
        """
        wall = (time.perf_counter() - self._at) * psutil.cpu_count()
        own = _own_seconds() - self._own if watched is None else watched
        return min(1.0, max(0.0, _busy_seconds() - self._busy - own) / wall)


def _busy_seconds() -> float:
    """CPU seconds of all processes since the machine started."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system + getattr(times, "steal", 0.0)


def _own_seconds() -> float:
    """CPU seconds of this process and its descendants; of those that ended, only children are known."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = ended.ru_utime + ended.ru_stime
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            own += sum(process.cpu_times()[:2])
    return own


def _torch() -> str:
    try:
        return version("torch")
    except PackageNotFoundError:
        return "not installed"
