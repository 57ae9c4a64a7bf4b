"""Starts the processes that train. Each keeps its programs: work of one shape is best sent to one of them."""

import functools
import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from suite import paths
from suite.running.pool import work
from suite.running.pool.work import Job, Rule
from suite.study.config import Config
from suite.training.result import Result

if TYPE_CHECKING:
    from suite.diagnosis.experiments import Group
    from suite.diagnosis.trained import Trained

P = ParamSpec("P")
R = TypeVar("R")


class Workers:
    """A pool of processes that divide the machine's cores; a context manager.

    Args:
        count: number of processes.
        threads: of each for one operation; None: its share of the cores.
    """

    def __init__(self, count: int, threads: int | None = None):
        warm_up()
        self.count = count
        self._threads = threads or max(1, cores() // count)
        self._environment = dict(os.environ) | {"SUITE_HOME": str(paths.home().absolute())}
        self._processes: dict[int, BaseProcess] = {}
        self._events: dict[int, Connection] = {}
        self._executors = {worker: self._executor(worker) for worker in range(count)}

    def _executor(self, worker: int) -> ProcessPoolExecutor:
        """A worker that starts with its first work. Its events have a pipe of their own: one that is killed
        while it writes blocks no other."""
        self._events[worker], events = _context().Pipe(duplex=False)
        initargs = (worker, self._threads, self._environment, events)
        return ProcessPoolExecutor(1, _context(), initializer=_initialize, initargs=initargs)

    def __enter__(self) -> Self:
        return self

    def __str__(self) -> str:
        return str(self.count)

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is not None:
            for process in self._processes.values():
                process.kill()
        for executor in self._executors.values():
            try:
                executor.shutdown(cancel_futures=True)
            except RuntimeError:  # it waits for a thread that a signal kept from starting
                if kind is None:
                    raise

    def submit(
        self, worker: int, function: Callable[P, R], *arguments: P.args, **named: P.kwargs
    ) -> "Future[R]":
        """Runs `function(*arguments)` in worker number `worker`, which is started if it was not."""
        before = set(multiprocessing.active_children())
        try:
            with _apart():
                return self._executors[worker].submit(function, *arguments, **named)
        finally:  # a signal may come in between
            for process in set(multiprocessing.active_children()) - before:
                self._processes[worker] = process

    def start(self, worker: int) -> "Future[None]":
        """Starts a worker: see `suite.running.pool.executor`."""
        return self.submit(worker, work.start)

    def train(
        self, worker: int, jobs: Sequence[Job], gradient_steps: Mapping[str, int], rule: Rule | None
    ) -> "Future[list[Result]]":
        """Trains `jobs` in a worker: see `suite.running.pool.executor`."""
        return self.submit(worker, work.run, jobs, gradient_steps, rule)

    def experiment(
        self, worker: int, config: Config, group: "Group", seeds: Sequence[int], path: Path
    ) -> "Future[Trained]":
        """Trains experiments in a worker: see `suite.running.pool.executor`."""
        return self.submit(worker, work.experiment, config, group, seeds, path)

    def finished(self) -> Iterator[tuple[str, str, int]]:
        """Gives the places of the trainings that were finished since the last call."""
        for events in self._events.values():
            while events.poll():
                yield events.recv()

    def replace(self, worker: int) -> None:
        """Ends a worker if it lives: what it had ends with BrokenExecutor, begun or not.

        What it is given from now on runs in a new one.
        """
        if process := self._processes.pop(worker, None):
            process.kill()
        self._executors[worker].shutdown(wait=False)
        self._executors[worker] = self._executor(worker)

    def memory(self, worker: int) -> float:
        """Returns the GiB of memory that a worker holds; 0 where it does not run."""
        import psutil

        process = self._processes.get(worker)
        try:
            return psutil.Process(process.pid).memory_info().rss / 2**30 if process else 0.0
        except psutil.Error:
            return 0.0


def warm_up() -> None:
    """Starts importing TensorFlow for workers to come, in another process; returns at once."""
    if _context().get_start_method() == "forkserver":
        _keep_count_of_semaphores()
        with _apart():
            forkserver.ensure_running()


def _keep_count_of_semaphores() -> None:
    """Starts the process that removes what a killed process of `multiprocessing` leaves, without a word.


    It is started here because starting it unblocks signals.
    """
    said = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [said, "ignore:resource_tracker:UserWarning"]))
    try:
        resource_tracker.ensure_running()
    finally:
        del os.environ["PYTHONWARNINGS"]
        if said is not None:
            os.environ["PYTHONWARNINGS"] = said


@functools.cache
def _context() -> BaseContext:
    """How workers start.

    On Linux they are forked from a server that has imported TensorFlow but not started it, so that they do
    not each import it. CUDA's libraries make no promise for that, and macOS's neither: there each starts
    from nothing.
    """
    if sys.platform != "linux" or gpus():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["suite.running.pool.preload"])
    return context


@contextmanager
def _apart() -> Iterator[None]:
    """Starts processes that Ctrl-C does not reach and that do not run this one's script once more.

    A process inherits which signals are blocked, from its first moment on. And it would import the main
    module, to find functions there: a script without `if __name__ == "__main__":` would start its study
    again. None are needed.
    """
    main = sys.modules["__main__"]
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def settle() -> None:
    """Sets what TensorFlow reads when it is imported, in a process that trains."""
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "GRPC_VERBOSITY": "NONE"}
    # TensorFlow takes oneDNN by itself only where there is AVX512 or AMX; its convolutions are the faster
    # ones elsewhere too
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def cores() -> int:
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gpus() -> int:
    """Returns the number of NVIDIA GPUs of this machine."""
    return len(list(Path("/proc/driver/nvidia/gpus").glob("*")))


def default_count() -> int:
    """Returns how many workers suit this machine.

    It is one a GPU; without one a core, for small models gain little from threads, up to 8. Each wants
    about 1 GB.
    """
    import psutil

    if gpus():
        return gpus()

    return int(max(1, min(cores(), 8, psutil.virtual_memory().available // 2**30)))


def _initialize(worker: int, threads: int, environment: dict[str, str], events: Connection) -> None:
    """Sets up a worker: Ctrl-C is its parent's affair, and TensorFlow has a share of the cores, or a GPU."""
    work.announce = events.send
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ |= environment
    if gpus():
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", str(worker % gpus()))
    start_tensorflow(threads)


def start_tensorflow(threads: int | None = None) -> None:
    """Starts TensorFlow in a process that trains, or builds models, without what it writes of itself.

    Args:
        threads: that one operation may use, and operations at once; None: as TensorFlow has it.
    """
    settle()
    with quiet():
        import tensorflow as tf

        tf.get_logger().setLevel("ERROR")
        if threads is not None:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
        tf.constant(0)
        import suite.training  # noqa: F401


@contextmanager
def quiet() -> Iterator[None]:
    """Discards what is written to the descriptor of errors: TensorFlow writes before its log level holds."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _end_with_parent() -> None:
    """Ends this worker when the process that started it is gone, however that ended."""
    if parent := multiprocessing.parent_process():
        parent.join()
    os._exit(1)
