"""Times the engines row by row, each in a process of its own, which the parent asks in turn. The others wait, blocked.

Stacked trainings are measured as a study runs them: in as many processes at once as it has workers, the cores divided.
"""

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
from suite.workers import cores, default_count

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
        counts = dict.fromkeys(_names(), 1) | {"stacked": default_count()}
        pools = {name: [stack.enter_context(_process(name, count)) for _ in range(count)] for name, count in counts.items()}
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


def _names() -> list[str]:
    return [name for name in ("fit", "torch", "ours") if name != "torch" or not torch_missing()]


def _process(engine: str, count: int) -> ProcessPoolExecutor:
    context, threads = multiprocessing.get_context("spawn"), max(1, cores() // count)
    return ProcessPoolExecutor(1, context, initializer=engines.initialize, initargs=(engine, threads))


def _all(pools: Sequence[ProcessPoolExecutor], function, *arguments) -> list:
    """What `function(*arguments)` gives in each process, in all of them at once."""
    return [asked.result() for asked in [pool.submit(function, *arguments) for pool in pools]]


def _time(number: int, pools: dict[str, list[ProcessPoolExecutor]], seconds: float) -> Timing:
    """Alternates between the engines, ROUNDS times."""
    row = ROWS[number]
    pools = {name: group for name, group in pools.items() if name != "stacked" or row.stacked_floor}
    facts = {}
    for name, (first, *others) in pools.items():
        fact = first.submit(engines.prepare, name, number).result()
        _all(others, engines.prepare, name, number, fact)
        facts[name] = fact | {"trainings": fact["trainings"] * len(pools[name])}
    epochs = {name: max(1, round(seconds / max(_all(group, engines.seconds, name, 1)))) for name, group in pools.items()}
    rounds: dict[str, list[float]] = {name: [] for name in pools}
    foreign = ForeignLoad()
    for _ in range(ROUNDS):
        for name, group in pools.items():
            took = max(_all(group, engines.seconds, name, epochs[name]))
            rounds[name].append(took / epochs[name] / row.steps / facts[name]["trainings"] * 1e6)
    medians = {name: statistics.median(times) for name, times in rounds.items()}
    return Timing(row, medians, rounds, facts, foreign.share())
