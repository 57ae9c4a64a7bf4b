"""The commands of the README, and a folder in which they run as a user runs them."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
FENCES = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.split("  #")[0].strip()
    for language, block in FENCES
    if not language
    for line in block.splitlines()
    if line.startswith("make ")
]


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
    return [command for command in COMMANDS if command.split()[1] in targets]


def run(command: str, folder: Path) -> str:
    environment = {name: text for name, text in os.environ.items() if name not in ("SUITE_HOME", "MAKEFLAGS")}
    done = subprocess.run(
        shlex.split(command), cwd=folder, env=environment, capture_output=True, text=True, timeout=400
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    assert "absl::InitializeLog" not in done.stderr, "TensorFlow writes of itself"
    return done.stdout
