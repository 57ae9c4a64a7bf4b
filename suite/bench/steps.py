"""Times the engines row by row: one process an engine, which the parent asks in turn. The others wait, blocked."""

import importlib.util
import multiprocessing
import os
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

from suite.bench import engines
from suite.bench.machine import ForeignLoad
from suite.bench.rows import ROWS, Timing

ROUNDS = 5


def measure(numbers: Sequence[int], seconds: float, show: Callable[[str], None]) -> tuple[list[Timing], float]:
    """Times rows.

    Args:
        numbers: of the rows, in ROWS. seconds: length of one measurement, at least an epoch.
        show: called with what is being done.

    Returns:
        A timing a row, and the machine's matmul peak in GFLOP/s: the best seen before and after.
    """
    with ExitStack() as stack:
        show("starting the engines")
        pools = {name: stack.enter_context(_process()) for name in _names()}
        pools["stacked"] = pools["ours"]
        for starting in [pool.submit(os.getpid) for pool in pools.values()]:
            starting.result()
        peaks, timings = [], []
        for number in numbers:
            show(f"{ROWS[number].name}, batch {ROWS[number].batch_size}")
            peaks.append(pools["fit"].submit(engines.matmul_peak, 1.0).result())
            timings.append(_time(number, pools, seconds))
        return timings, max(peaks)


def torch_missing() -> bool:
    """Whether PyTorch is not installed here."""
    return importlib.util.find_spec("torch") is None


def _names() -> list[str]:
    return [name for name in ("fit", "torch", "ours") if name != "torch" or not torch_missing()]


def _process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=engines.initialize)


def _time(number: int, pools: dict[str, ProcessPoolExecutor], seconds: float) -> Timing:
    """Alternates between the engines, ROUNDS times."""
    row = ROWS[number]
    pools = {name: pool for name, pool in pools.items() if name != "stacked" or row.stacked_floor}
    facts = {name: pool.submit(engines.prepare, name, number).result() for name, pool in pools.items()}
    epochs = {name: max(1, round(seconds / pool.submit(engines.seconds, name, 1).result())) for name, pool in pools.items()}
    rounds: dict[str, list[float]] = {name: [] for name in pools}
    foreign = ForeignLoad()
    for _ in range(ROUNDS):
        for name, pool in pools.items():
            took = pool.submit(engines.seconds, name, epochs[name]).result()
            rounds[name].append(took / epochs[name] / row.steps / facts[name]["trainings"] * 1e6)
    medians = {name: statistics.median(times) for name, times in rounds.items()}
    return Timing(row, medians, rounds, facts, foreign.share())
