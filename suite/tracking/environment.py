"""Tells the facts about machine and code that a result depends on. Imports none of the packages it names."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("tensorflow", "keras", "optuna", "mlflow", "numpy", "pandas")


def environment() -> dict[str, str]:
    """Returns versions of packages, the machine, and the git commit of the code if it is in a repository."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    facts = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": str(os.cpu_count()),
        "memory_gib": f"{memory:.1f}",
        **{package: _version(package) for package in PACKAGES},
    }
    # A package in an environment that lies within somebody's repository is no code of that repository.
    commit = _git("rev-parse", "HEAD") if _git("ls-files", Path(__file__).name) else None
    if commit:
        facts["mlflow.source.git.commit"] = commit
        facts["git_dirty"] = "true" if _git("status", "--porcelain") else "false"
    return facts


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _git(*arguments: str) -> str | None:
    """What git says about the folder of this file, or None without git or a repository."""
    try:
        command = ["git", "-C", str(Path(__file__).parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
