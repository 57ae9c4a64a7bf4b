"""Worker processes that train. Each keeps its compiled programs, so work of one case is best sent to the same worker.

Only plain data crosses: jobs and results, never a model. A worker writes each training's result before it goes on to the next.
"""

import functools
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path

import numpy as np

from suite import paths
from suite.study.config import Config
from suite.study.identity import shape_key, structure, timing_key
from suite.training.result import Result


@dataclass(frozen=True)
class Job:
    """One training to run: its place in the study, and the file that its result goes to."""

    label: str
    role: str
    number: int
    config: Config
    path: Path

    @functools.cached_property
    def shape(self) -> str:
        """Jobs of one shape can share a program."""
        return shape_key(self.config)


class Workers:
    """A pool of processes that divide the machine's cores; a context manager.

    Args:
        count: number of processes.
    """

    def __init__(self, count: int):
        warm_up()
        context = _context()
        self.count = count
        self.events = context.SimpleQueue()
        threads = max(1, cores() // count)
        environment = dict(os.environ) | {"SUITE_HOME": str(paths.home().absolute())}
        self._executors = [
            ProcessPoolExecutor(
                1, context, initializer=_initialize, initargs=(worker, threads, environment, self.events)
            )
            for worker in range(count)
        ]

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, kind, *error) -> None:
        for executor in self._executors:
            if kind:
                for process in executor._processes.copy().values():
                    process.kill()
            executor.shutdown(cancel_futures=True)

    def submit(self, worker: int, function, *arguments) -> Future:
        """Runs `function(*arguments)` in worker number `worker`."""
        return self._executors[worker].submit(function, *arguments)


def warm_up() -> None:
    """Starts importing TensorFlow for workers to come, in another process; returns at once."""
    if _context().get_start_method() == "forkserver":
        forkserver.ensure_running()


@functools.cache
def _context() -> multiprocessing.context.BaseContext:
    """How workers start: on Linux forked from a server that has imported TensorFlow but not started it, so that they do not
    each import it. CUDA's libraries make no promise for that, and macOS's neither: there each starts from nothing."""
    if sys.platform != "linux" or gpus():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["suite.running.preload"])
    return context


def settle() -> None:
    """Sets what TensorFlow reads when it is imported, in a process that trains."""
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "GRPC_VERBOSITY": "NONE"}
    # TensorFlow takes oneDNN by itself only on processors with AVX512 or AMX; its convolutions are the faster ones on others too
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gpus() -> int:
    """NVIDIA GPUs of this machine."""
    return len(list(Path("/proc/driver/nvidia/gpus").glob("*")))


def default_count() -> int:
    """Workers for this machine: one a GPU; without one a core, for small models gain little from threads, up to 8. Each
    wants about 1 GB."""
    import psutil

    if gpus():
        return gpus()

    return int(max(1, min(cores(), 8, psutil.virtual_memory().available // 2**30)))


def _plain_errors(function):
    """Lets a worker's errors reach the parent as text: unpickling one of TensorFlow's would import TensorFlow there."""

    @functools.wraps(function)
    def wrapped(*arguments):
        try:
            return function(*arguments)
        except (ValueError, OSError) as error:
            raise type(error)(*error.args) from None
        except Exception:
            raise RuntimeError(traceback.format_exc()) from None

    return wrapped


@_plain_errors
def run(jobs: Sequence[Job], gradient_steps: dict[str, int], rule=None) -> list[Result]:
    """In a worker: trains `jobs`, in the order of their shapes, and writes each result; a replicate's weights beside it.

    Args:
        jobs: of one role.
        gradient_steps: how many are to be taken with each shape of work: what measuring it is worth, by `timing_key`.
        rule: pruning rule, monitored values so far -> whether to end; None never prunes.
    """
    from suite.training.engine import train_many
    from suite.training.plan import plan_for

    results: dict[int, Result] = {}
    structures = [structure(job.config) for job in jobs]
    for shared in dict.fromkeys(structures):
        group = [number for number, own in enumerate(structures) if own == shared]
        plan = plan_for(jobs[group[0]].config, gradient_steps.get(timing_key(jobs[group[0]].config), 0))
        replicate = jobs[group[0]].role == "replicate"

        def on_evaluation(index: int, values: list[float], group=group) -> bool:
            job = jobs[group[index]]
            _events.put((job.label, job.role, job.number, len(values)))
            return rule is not None and rule(values)

        trainings = train_many(
            [jobs[number].config for number in group], lanes=plan.lanes, xla=plan.xla, test=replicate, weights=replicate,
            on_evaluation=on_evaluation,
        )  # fmt: skip
        for index, result in trainings:
            job = jobs[group[index]]
            if result.weights is not None:
                paths.replace(
                    job.path.with_suffix(".npz"),
                    lambda file, weights=result.weights: np.savez(file, *weights),
                )
            result.save(job.path)
            _events.put((job.label, job.role, job.number, None))
            results[group[index]] = result
    return [results[number] for number in range(len(jobs))]


@_plain_errors
def preflight(configs: Sequence[Config]) -> None:
    """In a worker: raises ValueError if one of `configs` cannot be trained on its data."""
    from suite.training.build import build_model
    from suite.training.load import prepared

    shapes = {Job("", "", 0, config, Path()).shape: config for config in configs}
    for config in shapes.values():
        examples = prepared(config)
        try:
            build_model(config, examples)
        except Exception as error:
            said = (
                str(error)
                if isinstance(error, ValueError)
                else f"{config.model}: {type(error).__name__}: {error}"
            )
            raise ValueError(said) from None


@_plain_errors
def export(record: Path, folder: Path):
    """In a worker: `suite.export.saved_model.export_winner`."""
    from suite.export.saved_model import export_winner

    return export_winner(record, folder)


def _initialize(worker: int, threads: int, environment: dict[str, str], events) -> None:
    """Sets up a worker: Ctrl-C is the parent's affair, and TensorFlow takes its share of the cores, or one GPU."""
    global _events
    _events = events
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ |= environment
    settle()
    if gpus():
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", str(worker % gpus()))
    with quiet():
        import tensorflow as tf

        tf.get_logger().setLevel("ERROR")
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
        tf.constant(0)
        import suite.training  # noqa: F401


@contextmanager
def quiet() -> Iterator[None]:
    """Discards what is written to the file descriptor of errors: TensorFlow does before its log level holds."""
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
    multiprocessing.parent_process().join()
    os._exit(1)
