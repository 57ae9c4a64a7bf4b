"""`make bench`: the engine against `model.fit` and PyTorch, and a whole study against Optuna + fit +
MLflow."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from suite.bench.table import Studies

TRACKING_RUNS = 3
"""Pairs of runs of the study with tracking and without."""


def main(console: Console, *, full: bool = False, rows: str | None = None) -> Path:
    """Measures, prints tables and writes `bench/<time>.json` below `suite.paths.home()`.

    Args:
        console: to print on.
        full: every row, longer measurements, and the whole study; takes half an hour.
        rows: measures only the rows whose name has this in it, in upper or lower case.

    Returns:
        The file that was written.

    Raises:
        ValueError: no row has such a name.
    """
    from suite import paths
    from suite.bench import machine, steps, table, whole
    from suite.bench.rows import ROWS

    chosen = [
        number
        for number, row in enumerate(ROWS)
        if (full or row.part if rows is None else rows.casefold() in row.name.casefold())
    ]
    if not chosen:
        names = ", ".join(dict.fromkeys(row.name for row in ROWS))
        raise ValueError(f"`rows` expects a part of one of these names: {names}. Received: {rows!r}.")
    paths.check_writable()
    with console.status("measuring") as status:
        timings, peak = steps.measure(
            chosen, 1.0 if full else 0.3, lambda doing: status.update(f"measuring {doing}")
        )
        studies = _studies(status.update) if full else None
        measured = table.Measured(timings, peak, studies, whole.empty_starts())
    table.show(console, measured)
    if steps.torch_missing():
        console.print("PyTorch is not installed: pip install '.\\[bench]' adds it.")
    path = _write(table.record(measured, machine.facts()))
    part = "" if full and rows is None else "   (a part; FULL=1 measures every row and a whole study)"
    console.print(f"\nWritten: {path}{part}", soft_wrap=True, highlight=False)
    return path


def cost_of_trials(console: Console, trials: Sequence[int]) -> Path:
    """Measures what trials cost beside their training, prints a table and writes `bench/<time>.json`.

    Args:
        console: to print on. trials: numbers of trials, each of a study of its own.

    Returns:
        The file that was written.
    """
    from suite.bench import scale

    return _cost(console, trials, "trials", scale)


def cost_of_conducting(console: Console, workers: Sequence[int]) -> Path:
    """Measures what one process can conduct, prints a table and writes `bench/<time>.json`.

    Args:
        console: to print on. workers: numbers of workers that only wait, each for a study of its own.

    Returns:
        The file that was written.
    """
    from suite.bench import conducting

    return _cost(console, workers, "workers", conducting)


def _cost(console: Console, counts: Sequence[int], of: str, bench: ModuleType) -> Path:
    """Measures for each of `counts` what a module of this folder measures, and shows and writes it."""
    from suite.bench import machine

    measured = []
    with console.status("measuring") as status:
        for count in sorted(counts):
            status.update(f"measuring {count:,} {of}")
            measured.append(bench.measure(count))
    console.print(bench.table(measured))
    name = bench.__name__.rpartition(".")[2]
    path = _write({"machine": machine.facts(), name: [asdict(each) for each in measured]})
    console.print(f"\nWritten: {path}", soft_wrap=True, highlight=False)
    return path


def _write(record: dict) -> Path:
    from suite import paths

    folder = paths.check_writable() / "bench"
    folder.mkdir(exist_ok=True)
    path = folder / f"{datetime.now():%Y-%m-%dT%H-%M-%S}.json"
    path.write_text(json.dumps(record, indent=1))
    return path


def _studies(say: Callable[[str], None]) -> "Studies":
    """Runs the whole study in all ways."""
    from suite.bench import table, whole

    with TemporaryDirectory() as folder:
        cache = Path(folder)
        say("running the study")
        ours = whole.run("ours", cache)
        tracked, untracked = [], []
        for number in range(TRACKING_RUNS):
            say(f"running the study with tracking and without, {number + 1} of {TRACKING_RUNS}")
            tracked.append(whole.run("ours", cache, first=False))
            untracked.append(whole.run("untracked", cache, first=False))
    say("running the study the usual way")
    return table.Studies(ours, whole.run("usual"), tracked, untracked)
