"""`make bench`: the engine against `model.fit` and PyTorch, and a whole study against Optuna + fit + MLflow."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console


@dataclass(frozen=True)
class Extent:
    """How much is measured: which rows, how long each time, how many pairs of runs with and without tracking, and trials
    of the usual way."""

    rows: list[int]
    seconds: float
    tracking_runs: int
    usual_trials: int


def main(console: Console, *, full: bool) -> Path:
    """Measures, prints tables and writes `bench/<time>.json` below `suite.paths.home()`.

    Args:
        console: to print on. full: every row, long measurements, and the usual way in full; takes half an hour.

    Returns:
        The file that was written.
    """
    from suite import paths
    from suite.bench import machine, steps, table, whole

    folder = paths.check_writable() / "bench"
    folder.mkdir(exist_ok=True)
    extent = extent_of(full)
    with console.status("measuring") as status:
        timings, peak = steps.measure(extent.rows, extent.seconds, lambda doing: status.update(f"measuring {doing}"))
        studies = _studies(extent, status.update)
        measured = table.Measured(timings, peak, studies, whole.empty_starts())
    table.show(console, measured)
    if steps.torch_missing():
        console.print("PyTorch is not installed: pip install '.\\[bench]' adds it.")
    path = folder / f"{datetime.now():%Y-%m-%dT%H-%M-%S}.json"
    path.write_text(json.dumps(table.record(measured, machine.facts()), indent=1))
    console.print(f"\nWritten: {path}" + ("" if full else "   (a part; FULL=1 measures all)"), soft_wrap=True, highlight=False)
    return path


def _studies(extent: Extent, say: Callable[[str], None]):
    """Runs the whole study in all ways."""
    from suite.bench import table, whole

    with TemporaryDirectory() as folder:
        cache = Path(folder)
        say("running the study")
        ours = whole.run("ours", cache=cache)
        tracked, untracked = [], []
        for number in range(extent.tracking_runs):
            say(f"running the study with tracking and without, {number + 1} of {extent.tracking_runs}")
            tracked.append(whole.run("ours", cache=cache))
            untracked.append(whole.run("untracked", cache=cache))
    say(f"running {extent.usual_trials} trials the usual way")
    return table.Studies(ours, whole.run("usual", extent.usual_trials), tracked, untracked)


def extent_of(full: bool) -> Extent:
    """What the short and the full run measure."""
    from suite.bench.rows import ROWS
    from suite.bench.whole import SAMPLE, TRIALS

    if full:
        return Extent(list(range(len(ROWS))), 1.0, 3, TRIALS)
    return Extent([number for number, row in enumerate(ROWS) if row.part], 0.3, 0, SAMPLE)
