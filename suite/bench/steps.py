"""Times the engines row by row, each in a process of its own, which the parent asks in turn. The others wait,
blocked.

One training is measured with one thread, as a worker of a study has it on most machines, and with all, as
`WORKERS=1` gives it; stacked trainings as a study runs them: in as many processes at once as it has workers,
the cores divided.
"""

import importlib.util
import multiprocessing
import os
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from typing import Any, TypeVar

from suite.bench import engines
from suite.bench.machine import ForeignLoad
from suite.bench.rows import ROWS, Timing
from suite.running.pool.workers import cores, default_count

ROUNDS = 5

Given = TypeVar("Given")


def measure(
    numbers: Sequence[int], seconds: float, show: Callable[[str], None]
) -> tuple[list[Timing], float]:
    """Times rows.

    Args:
        numbers: of the rows, in ROWS. seconds: length of one measurement, at least an epoch.
        show: called with what is being done.

    Returns:
        A timing a row, and the machine's matmul peak in GFLOP/s: the best seen before and after.
    """
    with ExitStack() as stack:
        show("starting the engines")
        pools = {
            name: [stack.enter_context(_process(name, each)) for each in threads]
            for name, threads in _threads().items()
            if name != "stacked" or any(ROWS[number].stacked_floor for number in numbers)
        }
        for group in pools.values():
            _all(group, os.getpid)
        peaks, timings = [], []
        for number in numbers:
            show(f"{ROWS[number].name}, batch {ROWS[number].batch_size}")
            peaks += _all(pools["fit"], engines.matmul_peak, 1.0)
            timings.append(_time(number, pools, seconds))
        return timings, max(peaks)


def torch_missing() -> bool:
    """Whether PyTorch is not installed here."""
    return importlib.util.find_spec("torch") is None


def _threads() -> dict[str, list[int]]:
    """Engine -> threads of each of its processes; `fit` and PyTorch take all cores by themselves."""
    workers = default_count()
    found = {
        "fit": [cores()],
        "ours": sorted({1, cores()}),
        "stacked": [max(1, cores() // workers)] * workers,
    }
    return found if torch_missing() else found | {"torch": [cores()]}


def _process(engine: str, threads: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, context, initializer=engines.initialize, initargs=(engine, threads))


def _all(
    pools: Sequence[ProcessPoolExecutor], function: Callable[..., Given], *arguments: Any
) -> list[Given]:
    """What `function(*arguments)` gives in each process, in all of them at once."""
    return [asked.result() for asked in [pool.submit(function, *arguments) for pool in pools]]


def _time(number: int, pools: dict[str, list[ProcessPoolExecutor]], seconds: float) -> Timing:
    """Alternates between the engines, ROUNDS times."""
    row = ROWS[number]
    pools = {name: group for name, group in pools.items() if name != "stacked" or row.stacked_floor}
    facts = {}
    for name, group in pools.items():
        pools[name], fact = _prepared(name, number, group)
        facts[name] = fact | {"trainings": fact["trainings"] * len(pools[name])}
    epochs = {
        name: max(1, round(seconds / max(_all(group, engines.seconds, name, 1))))
        for name, group in pools.items()
    }
    rounds: dict[str, list[float]] = {name: [] for name in pools}
    foreign = ForeignLoad()
    for _ in range(ROUNDS):
        for name, group in pools.items():
            took = max(_all(group, engines.seconds, name, epochs[name]))
            rounds[name].append(took / epochs[name] / row.steps / facts[name]["trainings"] * 1e6)
    medians = {name: statistics.median(times) for name, times in rounds.items()}
    return Timing(row, medians, rounds, facts, foreign.share())


def _prepared(
    name: str, number: int, group: list[ProcessPoolExecutor]
) -> tuple[list[ProcessPoolExecutor], dict]:
    """Those of an engine's processes that are to run row `number`, warmed up, and how they run it."""
    if name == "ours":  # with one thread or all, whichever is measured to be faster
        ways = {pool: pool.submit(engines.prepare, name, number).result() for pool in group}
        best = min(ways, key=lambda pool: min(ways[pool]["tried"].values()))
        return [best], ways[best]
    first, *others = group
    fact = first.submit(engines.prepare, name, number).result()
    _all(others, engines.prepare, name, number, fact)
    return group, fact
