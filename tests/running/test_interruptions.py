"""Ctrl-C and SIGTERM from the first moment on: one line, exit code 130 or 143, nothing left behind."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from commands import ask, can_be_interrupted, check_stores, command, results, wait_until, workers_of

from suite.cli import interruption

FILE = "interrupted.py"
STUDY = '''"""Is Adam or SGD better on digits?"""
from suite import Config, LogUniform, Study
STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="digits", width=16, depth=1, epochs=20, batch_size=32),
    scientific={"optimizer": ("sgd", "adam")},
    nuisance={"learning_rate": LogUniform(1e-4, 1.0)},
    budget=100,
    replicates=5,
)
'''
MOMENTS = {
    "as soon as it can": lambda process, folder: True,
    "importing": lambda process, folder: time.sleep(0.2) is None,
    "preloading": lambda process, folder: len(psutil.Process(process.pid).children()) > 1,
    "workers starting": lambda process, folder: bool(workers_of(process)),
    "training": lambda process, folder: len(results(folder)) > 3,
}


@pytest.mark.fault("Ctrl-C or signal 15, from the first moment on")
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(signal.SIGINT, id="Ctrl-C"),
        pytest.param(signal.SIGTERM, id="SIGTERM", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interruption_ends_in_one_line(moment, sent, tmp_path):
    (tmp_path / FILE).write_text(STUDY)
    process = command(tmp_path, "study", FILE, start_new_session=True)
    assert wait_until(lambda: can_be_interrupted(process), process)
    assert wait_until(lambda: MOMENTS[moment](process, tmp_path), process)
    family = psutil.Process(process.pid).children(recursive=True)
    if sent == signal.SIGINT:
        os.killpg(process.pid, sent)  # as a terminal does
    else:
        os.kill(process.pid, sent)
    output, errors = process.communicate(timeout=200)
    assert (process.returncode, errors) == (128 + sent, "")
    said = output.splitlines()
    assert said[-1].startswith("Interrupted. ")
    assert said[-1].endswith("the same command goes on from there.")
    assert not psutil.wait_procs(family, timeout=30)[1]
    check_stores(tmp_path)
    database = tmp_path / "mlruns/mlflow.db"
    if database.exists():
        assert ask(database, "SELECT count(*) FROM runs WHERE status = 'RUNNING'") == [(0,)]


STUCK = """
import os, signal, threading
from suite.cli import interruption
interruption.UNWINDS = 1
interruption.unwind()
lock = threading.Lock()
try:
    os.kill(os.getpid(), signal.SIGTERM)
finally:
    with lock:
        lock.acquire()
"""
"""An interruption of which nothing would come."""


def test_what_does_not_let_go_is_ended():
    done = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (143, f"{interruption.SAYS}\n", "")
