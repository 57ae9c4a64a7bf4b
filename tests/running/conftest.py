"""A study that several files look at, run once for all processes that run tests."""

import os
from pathlib import Path

import pytest
from commands import FILE, SMALL, suite
from filelock import FileLock


@pytest.fixture(scope="session")
def whole(tmp_path_factory) -> Path:
    """The folder of SMALL, which ran in one piece; `mlruns` in it is its home, and is not written to."""
    root = tmp_path_factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "whole"
    with FileLock(f"{folder}.lock"):
        if not (folder / "ran").exists():
            folder.mkdir(exist_ok=True)
            (folder / FILE).write_text(SMALL)
            code, _, errors = suite(folder, "study", FILE)
            assert code == 0, errors
            (folder / "ran").touch()
    return folder
