"""Runs a program as somebody would who was given an export: without the suite, and without Keras."""

import os
import subprocess
import sys


def run(program: str, *arguments: str, without: tuple[str, ...] = ("suite", "keras"), cwd=None) -> str:
    """Returns what it printed. Neither the folder it runs in nor PYTHONPATH can lend it a module."""
    head = "import sys\n" + "".join(f"sys.modules[{name!r}] = None\n" for name in without)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, "-I", "-c", head + program, *arguments]
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
