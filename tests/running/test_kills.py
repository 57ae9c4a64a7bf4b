"""Studies that are killed at random moments of their first and later starts, driver or worker, by three
signals: they end with the same result as one that was not, and leave stores that work.

SUITE_KILLS=40 kills so often, at other moments each.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
from commands import (
    can_be_interrupted,
    check_stores,
    command,
    name_in,
    results,
    suite,
    trainings,
    wait_until,
    workers_of,
)
from mlflow import MlflowClient

from suite.tracking import ui_addresses

FILE = "killed.py"
STUDY = '''"""Is SGD with momentum better than without, on iris?"""
from suite import Config, Study, LogUniform
STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="iris", depth=1, epochs=20, batch_size=16),
    scientific={"optimizer": ("sgd", "momentum")},
    nuisance={"learning_rate": LogUniform(1e-3, 0.3)},
    sampler="tpe",
    budget=11,  # more than one batch
    replicates=4,
)
'''
TRAININGS = 2 * (3 * 11 + 4)
KILLS = int(os.environ.get("SUITE_KILLS", "2"))
EACH = 4
"""Kills of one study before it may run to its end."""


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory) -> tuple[Path, float]:
    """The folder of a study that ran to its end, and the seconds that it took."""
    folder, started = tmp_path_factory.mktemp("whole"), time.monotonic()
    (folder / FILE).write_text(STUDY)
    code, _, errors = suite(folder, "study", FILE)
    assert code == 0, errors
    assert len(results(folder)) == TRAININGS
    return folder, time.monotonic() - started


def kill(process: subprocess.Popen, chance: random.Random, number: int, seconds: float, done: int) -> None:
    """Sends one of three signals to driver or worker: at any time, or once some more trainings are
    finished."""
    sent = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT][number % 3]
    folder = Path(psutil.Process(process.pid).cwd())
    assert wait_until(lambda: can_be_interrupted(process), process)
    if number % 2:
        more = done + chance.randrange(1, 5)
        wait_until(lambda: len(results(folder)) >= more, process)
    else:
        end = time.monotonic() + chance.uniform(0, seconds)
        wait_until(lambda: time.monotonic() > end, process)
    workers = workers_of(process)
    target = chance.choice(workers).pid if workers and chance.random() < 0.3 else process.pid
    alive = process.poll() is None  # else it ended before its moment came
    family = psutil.Process(process.pid).children(recursive=True) if alive else []
    if alive and sent == signal.SIGINT:
        os.killpg(process.pid, sent)  # as a terminal does
    elif alive and psutil.pid_exists(target):
        os.kill(target, sent)
    output, errors = process.communicate(timeout=300)
    assert not psutil.wait_procs(family, timeout=60)[1]
    assert "Traceback" not in output + errors
    if process.returncode in (130, 143):
        assert "the same command goes on from there" in " ".join(output.split())
        assert errors == ""
    elif process.returncode == 2:
        assert errors.startswith("error: a worker process died") and errors.count("\n") == 1
    elif process.returncode == 1:  # all was trained, and a process that writes report or export was killed
        assert "The answer stands. The same command tries again" in " ".join(output.split()), output + errors
    elif process.returncode == -sent != -signal.SIGKILL:  # it had answered, and Python was ending
        assert re.search(r"^SavedModel +\S", output, re.MULTILINE) and errors == "", output + errors
    else:
        assert process.returncode in (0, -signal.SIGKILL), output + errors


@pytest.mark.slow
@pytest.mark.fault("driver or worker killed at a random moment, by signal 9, 15 or 2", tries=min(EACH, KILLS))
@pytest.mark.parametrize("start", range(0, KILLS, EACH))
def test_a_killed_study_ends_as_if_it_had_not_been(start, uninterrupted, tmp_path, monkeypatch):
    whole, seconds = uninterrupted
    chance = random.Random(start)
    (tmp_path / FILE).write_text(STUDY)
    shutil.copytree(
        whole / "mlruns/cache/plans", tmp_path / "mlruns/cache/plans"
    )  # it rounds as the other did
    for number in range(start, min(start + EACH, KILLS)):
        process = command(tmp_path, "study", FILE, start_new_session=True)
        kill(process, chance, number, seconds, len(results(tmp_path)))
        check_stores(tmp_path)
    code, output, errors = suite(tmp_path, "study", FILE)
    assert (code, errors) == (0, ""), output
    pd.testing.assert_frame_equal(trainings(whole, FILE), trainings(tmp_path, FILE))
    check_stores(tmp_path)
    monkeypatch.setenv("SUITE_HOME", str(tmp_path / "mlruns"))
    assert name_in(tmp_path, FILE) in ui_addresses()
    runs = tracked(tmp_path)
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert len(runs) == TRAININGS + 1
    assert not list((tmp_path / "mlruns").glob("studies/*/trainings/.*"))


def tracked(folder: Path) -> list:
    client = MlflowClient(f"sqlite:///{folder}/mlruns/mlflow.db")
    experiment = client.get_experiment_by_name(name_in(folder, FILE))
    return client.search_runs([experiment.experiment_id], max_results=1000)
