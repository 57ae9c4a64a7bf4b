"""Trained and written models of every kind, made once for all processes that run tests."""

import os
import shutil

import pytest
import served as models
from filelock import FileLock


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    root = tmp_path_factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "served"
    with FileLock(f"{folder}.lock"):
        if not (folder / "answers.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            models.make(folder)
    return models.read(folder)
