"""Whole studies, each in fresh processes and a fresh folder: wall time from the start of the first process,
and memory."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from suite import data, paths
from suite.bench.machine import ForeignLoad
from suite.bench.study import STUDY

CREATE_STORE = "from suite.tracking import store; store.client()"


@dataclass(frozen=True)
class Whole:
    """One run of the study.

    Attributes:
        trials_seconds: from the start of the process to the end of the last trial. seconds: to the end of
            everything.
        memory: largest sum of resident memory over its processes, in MiB; pages that they share count once,
            on Linux.
        foreign: share of the machine's cores that other processes took meanwhile. facts: what the run said of
            itself.
    """

    trials_seconds: float
    seconds: float
    memory: float
    foreign: float
    facts: dict


def run(who: str, cache: Path | None = None, *, first: bool = True) -> Whole:
    """Runs the study.

    Args:
        who: ours, untracked or usual.
        cache: folder of ours' measured plans, to be used and added to. first: whether nothing else is there
            either; if not, the tracking store exists, as it does from a user's second study on.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    fixed = STUDY.fixed
    data.load(
        fixed.dataset, train_size=fixed.train_size, validation_size=fixed.validation_size
    )  # so that nobody prepares it
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "data").symlink_to((paths.home() / "data").absolute())
        if cache:
            Path(folder, "cache").symlink_to(cache)
        environment = apart(folder)
        if not first:
            subprocess.run(
                [sys.executable, "-c", CREATE_STORE], env=environment, check=True, capture_output=True
            )
        command = [sys.executable, "-m", "suite.bench.study", who]
        foreign = ForeignLoad()
        began, started = time.time(), time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        watched: list[tuple[float, float]] = []
        watch = threading.Thread(target=lambda: watched.append(_watch(process)))
        watch.start()
        out, err = process.communicate()
        seconds = time.perf_counter() - started
        watch.join()
        memory, spent = watched[0]
        load = foreign.share(spent)
    if process.returncode:
        raise RuntimeError(f"the study {who!r} failed: {err.strip().splitlines()[-1:]}")
    facts = json.loads(out.splitlines()[-1])
    return Whole(facts["trials_done_at"] - began, seconds, memory, load, facts)


def apart(home: str) -> dict[str, str]:
    """The environment of a process that has a home of its own, tracks there and writes little."""
    environment = os.environ | {
        "SUITE_HOME": home,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    environment.pop("MLFLOW_TRACKING_URI", None)
    return environment


def empty_starts(times: int = 5) -> dict[str, float]:
    """Median seconds of commands that train nothing."""
    return {name: statistics.median(_start(name) for _ in range(times)) for name in ("--help", "list")}


def _start(argument: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "suite", argument], check=True, capture_output=True)
    return time.perf_counter() - started


def _watch(process: subprocess.Popen, pause: float = 0.1) -> tuple[float, float]:
    """MiB: the largest sum of memory over a process and its descendants until it ends, and the CPU seconds of
    all of them. Pages that they share count once, where the system tells."""
    peak, root, spent = 0, psutil.Process(process.pid), {}
    while process.poll() is None:
        total = 0
        try:
            for each in [root, *root.children(recursive=True)]:
                memory = each.memory_full_info()
                total += getattr(memory, "pss", memory.rss)
                spent[each] = sum(each.cpu_times()[:2])
        except psutil.Error:
            continue
        peak = max(peak, total)
        time.sleep(pause)
    return peak / 2**20, sum(spent.values())
