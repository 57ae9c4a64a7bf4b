"""Starts the real `suite` command on a small study, in a folder of its own; and looks at what it leaves."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pandas as pd
import psutil

from suite.study import catalog

SUITE = Path(sys.executable).with_name("suite")

FILE = "small.py"

SMALL = '''"""Is SGD with momentum better than without, on iris?"""
from suite import Config, Study, LogUniform
STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="iris", depth=1, width=8, epochs=5, batch_size=16),
    scientific={"optimizer": ("sgd", "momentum")},
    nuisance={"learning_rate": LogUniform(1e-3, 0.3)},
    budget=4,
    replicates=3,
    diagnosis_replicates=0,
)
'''
"""A study that takes seconds."""


def command(folder: Path, *arguments: str, environment=(), **options) -> subprocess.Popen:
    """Starts `suite` in `folder`, with `mlruns` in it as its home."""
    environment = {**os.environ, "SUITE_HOME": str(folder / "mlruns"), "COLUMNS": "80", **dict(environment)}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [SUITE, *arguments], env=environment, cwd=folder, stdout=pipe, stderr=pipe, text=True, **options
    )


def suite(folder: Path, *arguments: str, environment=()) -> tuple[int, str, str]:
    """Exit code, output and errors of a `suite` command."""
    process = command(folder, *arguments, environment=environment)
    output, errors = process.communicate(timeout=400)
    return process.returncode, output, errors


def name_in(folder: Path, file: str) -> str:
    """What the results of a study file in a folder go by."""
    return catalog.find(str(folder / file))[0]


def results(folder: Path) -> list[Path]:
    """The files of all trainings that are finished."""
    return list(folder.glob("mlruns/studies/*/trainings/*.json"))


def trainings(folder: Path, file: str) -> pd.DataFrame:
    """What the report says of every training, but for how long it took and what the study goes by."""
    table = pd.read_csv(folder / "mlruns/reports" / name_in(folder, file) / "trainings.csv")
    return table.drop(columns=["seconds", "study"])


def can_be_interrupted(process: subprocess.Popen) -> bool:
    """Whether the command takes signals itself already; before, they are Python's or the system's."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return False
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def wait_until(condition, process: subprocess.Popen, seconds: float = 200) -> bool:
    """Waits for something; False if the process ended before."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None:
            return False
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return True


def workers_of(process: subprocess.Popen) -> list[psutil.Process]:
    """The processes that train: children of the one that has imported TensorFlow."""
    try:
        return [each for child in psutil.Process(process.pid).children() for each in child.children()]
    except psutil.NoSuchProcess:
        return []


def ask(database: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        return connection.execute(query).fetchall()


def check_stores(folder: Path) -> None:
    """Both databases are whole, and nothing in them is left running."""
    home = folder / "mlruns"
    for name in ("mlflow.db", "optuna.db"):
        if (home / name).exists():
            assert ask(home / name, "PRAGMA integrity_check") == [("ok",)]
    if (home / "optuna.db").exists():
        assert set(ask(home / "optuna.db", "SELECT DISTINCT state FROM trials")) <= {
            ("COMPLETE",),
            ("PRUNED",),
            ("FAIL",),
        }
