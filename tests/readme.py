"""The commands of the README and of docs/commands.md, and a folder in which they run as a user runs them."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def fences(text: str) -> list[tuple[str, str]]:
    """Language and content of each block of code."""
    return re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL)


def commands(text: str) -> list[str]:
    blocks = (block for language, block in fences(text) if not language)
    lines = (line for block in blocks for line in block.splitlines())
    return [line.split("  #")[0].strip() for line in lines if line.startswith("make ")]


FENCES = fences(README)
COMMANDS = commands(README)
OTHERS = commands((ROOT / "docs" / "commands.md").read_text())
"""What `make test-long` runs."""


def cloned(folder: Path) -> Path:
    """Makes a folder what a user has who cloned the project, with two files of their own; returns it."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "suite", "studies", "README.md", ".venv"):
        (folder / name).symlink_to(ROOT / name)
    rng = np.random.default_rng(0)
    area, rooms = rng.uniform(30, 200, 300), rng.integers(1, 7, 300)
    price = 3000 * area + 20_000 * rooms + rng.normal(0, 10_000, 300)
    rows = [f"{a:.1f},{r},{p:.0f}" for a, r, p in zip(area, rooms, price, strict=True)]
    (folder / "houses.csv").write_text("\n".join(["area,rooms,price", *rows]))
    declared = next(block for language, block in FENCES if language == "python" and "STUDY = " in block)
    (folder / "path" / "to").mkdir(parents=True)
    (folder / "path" / "to" / "own.py").write_text(declared)
    return folder


def of(*targets: str) -> list[str]:
    """The commands of the README with these targets."""
    return [command for command in COMMANDS if command.split()[1] in targets]


def each_of(*targets: str) -> list:
    """What a test of each command takes: those of the README, then those of docs/commands.md, marked."""
    others = [command for command in OTHERS if command.split()[1] in targets]
    return of(*targets) + [pytest.param(command, marks=pytest.mark.long) for command in others]


def run(command: str, folder: Path) -> str:
    environment = {name: text for name, text in os.environ.items() if name not in ("SUITE_HOME", "MAKEFLAGS")}
    done = subprocess.run(
        shlex.split(command), cwd=folder, env=environment, capture_output=True, text=True, timeout=400
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    assert "absl::InitializeLog" not in done.stderr, "TensorFlow writes of itself"
    return done.stdout
