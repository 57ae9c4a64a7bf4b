"""A study that several files look at, run once for all processes that run tests."""

from pathlib import Path

import pytest
from commands import FILE, SMALL, suite
from once import made_once


@pytest.fixture(scope="session")
def whole(tmp_path_factory) -> Path:
    """The folder of SMALL, which ran in one piece; `mlruns` in it is its home, and is not written to."""
    return made_once(tmp_path_factory, "whole", _run)


def _run(folder: Path) -> None:
    (folder / FILE).write_text(SMALL)
    code, output, errors = suite(folder, "study", FILE, "--workers", "1")
    assert code == 0, errors
    (folder / "said").write_text(output)
