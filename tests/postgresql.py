"""A real PostgreSQL of its own, on this machine only, that can be stopped and started again."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from tracked import free_port

LOGIN, PASSWORD = "suite", "s3cr/et@?"


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, which Debian keeps out of the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = shutil.which(
        "initdb", path=os.pathsep.join(map(str, [*debian[::-1], os.environ.get("PATH", "")]))
    )
    return Path(found).parent if found else None


class Postgres:
    """A cluster in a temporary folder; it does not run as root."""

    def __init__(self, bin: Path):
        self._bin, self._user = bin, "nobody" if os.geteuid() == 0 else None
        self.port, self.folder = free_port(), Path(tempfile.mkdtemp(prefix="postgresql-"))
        if self._user:
            shutil.chown(self.folder, self._user)
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self._run(
            *("initdb", "--no-sync", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
            *(f"--username={LOGIN}", f"--pwfile={password}"),
        )
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "fast") -> None:
        """Ends it as a machine that is shut down does: connections are cut.

        Args:
            mode: of pg_ctl.
        """
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def kill(self) -> None:
        """Kills the process that all others of it end with, and waits for those."""
        family = [psutil.Process(int((self.folder / "data/postmaster.pid").read_text().split()[0]))]
        family += family[0].children(recursive=True)
        family[0].kill()
        psutil.wait_procs(family, timeout=60)

    def remove(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def address(self, database: str, password: str = PASSWORD) -> str:
        return f"postgresql://{LOGIN}:{quote(password, '')}@127.0.0.1:{self.port}/{database}"

    def ask(self, database: str, query: str) -> list[tuple]:
        """Makes the database if it is not there, and returns the rows of a query in it."""
        import psycopg

        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            names = connection.execute("SELECT datname FROM pg_database").fetchall()
            if (database,) not in names:
                connection.execute(f'CREATE DATABASE "{database}"')
        with psycopg.connect(self.address(database)) as connection:
            return connection.execute(query).fetchall()

    def drop(self, database: str) -> None:
        """Removes a database, whoever uses it."""
        import psycopg

        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{database}" WITH (FORCE)')

    def _run(self, program: str, *arguments: str) -> None:
        environment = os.environ | {"PGDATA": str(self.folder / "data"), "LC_ALL": "C"}
        done = subprocess.run(
            [self._bin / program, *arguments], user=self._user, cwd=self.folder, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def postgres():
    """A server for all tests of a process; skipped where PostgreSQL is not installed."""
    bin = programs()
    if bin is None:
        pytest.skip("needs PostgreSQL (Debian: postgresql)")
    server = Postgres(bin)
    yield server
    server.remove()
