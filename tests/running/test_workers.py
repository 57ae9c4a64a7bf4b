"""Worker processes: what they share at their start, and what each has of its own."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, process

import pytest

from suite.running.pool import workers
from suite.running.pool.workers import Workers


def state() -> dict:
    import tensorflow as tf

    return {
        "parent": os.getppid(),
        "threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "interrupt": signal.getsignal(signal.SIGINT) == signal.SIG_IGN,
        "setting": os.environ.get("SUITE_TEST_SETTING"),
        "sum": float(tf.reduce_sum(tf.ones([100, 100]) @ tf.ones([100, 100]))),
    }


def fail():
    raise ValueError("a reason")


def test_workers_divide_the_cores_and_follow_the_environment(monkeypatch):
    with Workers(1) as pool:  # starts the server that later workers come from
        assert pool.submit(0, state).result()["setting"] is None
    monkeypatch.setenv("SUITE_TEST_SETTING", "later")
    with Workers(2) as pool:
        states = [pool.submit(worker, state).result() for worker in (0, 1)]
        with pytest.raises(ValueError, match="a reason"):
            pool.submit(0, fail).result()
    for each in states:
        assert each["threads"] == max(1, workers.cores() // 2)
        assert each["interrupt"]
        assert each["setting"] == "later"
        assert each["sum"] == 1e6
    forked = sys.platform == "linux" and not workers.gpus()
    assert (states[0]["parent"] != os.getpid()) == forked
    assert states[0]["parent"] == states[1]["parent"]


def test_a_worker_that_died_or_hangs_is_replaced():
    with Workers(1) as pool:
        first = pool.submit(0, os.getpid).result()
        assert 0.1 < pool.memory(0) < 10  # GiB
        os.kill(first, signal.SIGKILL)
        with pytest.raises(BrokenExecutor):
            pool.submit(0, time.sleep, 1000).result()
        pool.replace(0)
        assert pool.memory(0) == 0  # a new one starts with its first work
        second = pool.submit(0, os.getpid).result()
        hangs = pool.submit(0, time.sleep, 1000)
        pool.replace(0)
        with pytest.raises(BrokenExecutor):
            hangs.result(60)
        assert len({first, second, pool.submit(0, os.getpid).result()}) == 3


def test_a_signal_as_the_thread_of_a_worker_starts_is_that_signal(monkeypatch):
    def interrupted(thread):
        raise KeyboardInterrupt

    monkeypatch.setattr(process._ExecutorManagerThread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt), Workers(1) as pool:
        pool.start(0)


def test_what_is_imported_before_the_fork_starts_nothing():
    """A runtime that was started has threads, which a fork leaves behind; Ctrl-C must not end the server."""
    code = (
        "import signal, suite.running.pool.preload\n"
        "from tensorflow.python.eager import context; c = context.context()\n"
        "print(c._initialized, c._context_handle, signal.getsignal(signal.SIGINT) == signal.SIG_IGN)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "None", "True"]
    assert done.stderr == ""


UNGUARDED = """
import os
from suite.running.pool import workers
{choice}
with workers.Workers(1) as pool:
    print(pool.submit(0, os.getpid).result() != os.getpid())
"""


@pytest.mark.parametrize("choice", ["", "workers.gpus = lambda: 1  # which are started from nothing"])
def test_a_script_needs_no_main_guard(choice, tmp_path):
    """Its workers would else run it once more, and start workers themselves."""
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED.format(choice=choice))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_what_ends_the_workers_is_public():
    """They are known as children of this process; nothing private of the executors is used."""
    pool = Workers(1)
    pool.submit(0, fail)
    (process,) = pool._processes.values()
    pool.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    process.join(30)
    assert process.exitcode is not None
