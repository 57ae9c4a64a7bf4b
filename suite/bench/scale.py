"""What a study costs beside its trainings as its trials grow in number. Runs in a process of its own:

python -m suite.bench.scale TRIALS

with SUITE_HOME set, and prints facts as a line of JSON.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from rich.table import Table

from suite.bench.whole import apart
from suite.study.config import Config
from suite.study.space import LogUniform
from suite.study.study import Study

if TYPE_CHECKING:
    from suite.running.outcome import Progress

MIB = 2**20


@dataclass(frozen=True)
class Scale:
    """A study of trials that take milliseconds.

    Attributes:
        trials: that were searched. seconds: wall time until the last of them had ended, and `whole` until
            everything had.
        conducting: seconds of processor time of the process that conducts, store, archive and page included.
        memory: resident memory of that process in MiB, at a half of the trials and at their end.
        worker: resident memory of the largest worker in MiB at the end of the trials.
        sizes: MiB of what is kept: `mlflow.db`, `optuna.db`, `studies` and `reports`.
        again: seconds of the same command once the study is finished.
    """

    trials: int
    seconds: float
    whole: float
    conducting: float
    memory: tuple[float, float]
    worker: float
    sizes: dict[str, float]
    again: float


def study(trials: int) -> Study:
    """Gives a study of so many trials, each of one epoch of a tiny network on iris."""
    return Study(
        question="What does a trial cost beside its training?",
        fixed=Config(dataset="iris", width=4, depth=1, batch_size=30, epochs=1),
        nuisance={"learning_rate": LogUniform(1e-3, 1e-1)},
        budget=trials,
        replicates=2,
        protocol="single",
    )


def measure(trials: int) -> Scale:
    """Runs the study in a fresh home, and again.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    from suite import paths

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "data").symlink_to((paths.home() / "data").absolute())
        first, again = (in_a_process(folder, __name__, trials) for _ in range(2))
        sizes = {
            name: _size(Path(folder, name)) / MIB for name in ("mlflow.db", "optuna.db", "studies", "reports")
        }
    return Scale(trials, **first, sizes=sizes, again=again["whole"])


def in_a_process(home: str, module: str, *counts: int) -> dict:
    """Runs a module with some counts, in a process of its own and a home; gives the facts that it prints.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    command = [sys.executable, "-m", module, *map(str, counts)]
    done = subprocess.run(command, env=apart(home), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[2:])} failed: {done.stderr.strip().splitlines()[-1:]}")
    facts: dict = json.loads(done.stdout.splitlines()[-1])
    return facts


def _size(path: Path) -> int:
    files = [path, *path.rglob("*")]
    return sum(file.stat().st_size for file in files if file.is_file())


def conduct(trials: int) -> dict:
    """Runs the study in this process; gives the fields of Scale that can be seen from within."""
    from suite.running import conductor
    from suite.running.pool.workers import default_count

    own, started = psutil.Process(), time.perf_counter()
    memory: list[float] = []
    worker, seconds = 0.0, 0.0

    def show(progress: "Progress") -> None:
        nonlocal worker, seconds
        if len(memory) < 2 and progress.done >= (trials // 2, trials)[len(memory)]:
            memory.append(own.memory_info().rss / MIB)
            worker = max((each.memory_info().rss / MIB for each in own.children(recursive=True)), default=0)
            seconds = time.perf_counter() - started

    conductor.run(study(trials), "scale", command="make bench", worker_count=default_count(), show=show)
    return {
        "seconds": seconds,
        "whole": time.perf_counter() - started,
        "conducting": time.process_time(),
        "memory": memory,
        "worker": worker,
    }


def table(measured: Sequence[Scale]) -> Table:
    """A column for each number of trials. What a trial costs is what it adds to the column before."""
    rows: dict[str, list[str]] = {}

    def add(name: str, text: str) -> None:
        rows.setdefault(name, []).append(text)

    for before, each in zip([None, *measured], measured, strict=False):
        more = each.trials - (before.trials if before else 0)
        add("until the last trial has ended, s", f"{each.seconds:.1f}")
        add("all, s", f"{each.whole:.1f}")
        add("again, s", f"{each.again:.2f}")
        spent = each.conducting - (before.conducting if before else 0.0)
        add("a trial, ms of the process that conducts", f"{1000 * spent / more:.1f}")
        add("its memory at a half and at the end, MiB", " ".join(f"{one:.0f}" for one in each.memory))
        add("memory of a worker, MiB", f"{each.worker:.0f}")
        for name, size in each.sizes.items():
            if name != "reports":
                kept = size - (before.sizes[name] if before else 0.0)
                add(f"a trial in {name}, KiB", f"{kept * 1024 / more:.1f}")
        add("report, MiB", f"{each.sizes['reports']:.1f}")
    shown = Table(
        "trials", *(f"{each.trials:,}" for each in measured), title="What trials of milliseconds cost"
    )
    for name, texts in rows.items():
        shown.add_row(name, *texts)
    return shown


if __name__ == "__main__":
    print(json.dumps(conduct(int(sys.argv[1]))))
