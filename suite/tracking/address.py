"""Tells where runs are kept, whether anybody answers there, and how to say it without a login. No MLflow."""

import os
import re
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit, urlunsplit
from urllib.request import urlopen

from suite.paths import home

PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
"""Database -> the port on which it listens by default."""

SECONDS = 5.0
"""How long to wait for somebody to answer; MLflow and databases' drivers wait for minutes."""

TRACKING, TRIALS = "MLFLOW_TRACKING_URI", "SUITE_OPTUNA_STORAGE"
"""Variables that name where runs are kept, and where Optuna's trials are."""

SECRET = re.compile(r"pass|pwd|secret|token|key", re.IGNORECASE)
"""Parameters of an address whose values are never said."""


def tracking_uri() -> str:
    """Returns MLFLOW_TRACKING_URI without the login of a server, or the address of the local database.

    Raises:
        ValueError: MLFLOW_TRACKING_URI is no address.
    """
    given = os.environ.get(TRACKING)
    if not given:
        return sqlite_uri(database())
    parts = _parts(given)
    if parts.scheme in ("http", "https") and parts.password:
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
    return given


def login() -> dict[str, str]:
    """Returns the login that MLFLOW_TRACKING_URI holds, as the variables from which MLflow reads one."""
    parts = _parts(os.environ.get(TRACKING, ""))
    if parts.scheme not in ("http", "https") or not parts.password:
        return {}
    return {
        "MLFLOW_TRACKING_USERNAME": unquote(parts.username or ""),
        "MLFLOW_TRACKING_PASSWORD": unquote(parts.password),
    }


def is_local() -> bool:
    """Tells whether runs are kept in the database below `home()`."""
    return not os.environ.get(TRACKING)


def is_database() -> bool:
    """Tells whether runs are kept in a database to which this process writes itself."""
    given = os.environ.get(TRACKING) or "sqlite:"
    return given.partition(":")[0].partition("+")[0] in (*PORTS, "sqlite")


def is_server(uri: str) -> bool:
    """Tells whether runs are kept by a server, which decides itself where artifacts go."""
    return uri.startswith(("http:", "https:", "databricks"))


def database() -> Path:
    """Returns the path of the local database."""
    return home().resolve() / "mlflow.db"


def artifacts() -> str:
    """Returns the address of the folder of artifacts: beside a database of one's own, what MLflow's variable
    MLFLOW_DEFAULT_ARTIFACT_ROOT names."""
    root = os.environ.get("MLFLOW_DEFAULT_ARTIFACT_ROOT")
    if root and not is_local():
        return root
    return (home().resolve() / "artifacts").as_uri()


def sqlite_uri(path: Path) -> str:
    """Returns the address of a database of sqlite.

    SQLAlchemy would take `?` for the beginning of parameters, and decode `%20`.
    """
    return "sqlite:///" + re.sub(r"\?|%(?=[0-9A-Fa-f]{2})", lambda found: quote(found[0]), str(path))


def reach(uri: str) -> None:
    """Asks within seconds whether anybody answers. A refusal is an answer here.

    Raises:
        OSError: nobody does.
    """
    parts = _parts(uri)
    try:
        if parts.scheme in ("http", "https"):
            with suppress(HTTPError):
                urlopen(uri, timeout=SECONDS).close()
        elif parts.hostname:
            port = parts.port or PORTS.get(parts.scheme.partition("+")[0])
            if port:
                socket.create_connection((parts.hostname, port), SECONDS).close()
    except URLError as error:
        if not isinstance(error.reason, ssl.SSLError):  # whether to trust it is for MLflow to say
            raise OSError(f"nobody answers: {error.reason}") from None
    except OSError as error:
        raise OSError(f"nobody answers: {error}") from None


def is_shared(uri: str) -> bool:
    """Tells whether `uri` is of a database that machines share."""
    return urlsplit(uri).scheme.partition("+")[0] in PORTS


def trials_uri() -> str | None:
    """Returns SUITE_OPTUNA_STORAGE with its login; None where Optuna's trials are kept below `home()`.

    Raises:
        ValueError: it is no address of a database that machines share, or that of the runs.
    """
    given = os.environ.get(TRIALS)
    if given and not is_shared(_parts(given, TRIALS).geturl()):
        raise ValueError(
            f"{TRIALS} expects the address of a database, such as postgresql://user:password@host/trials;"
            f" without it trials are kept in {home()}/optuna.db. Received: {shown(given)}."
        )
    if given and given == os.environ.get(TRACKING):  # both number their tables' versions in one table
        raise ValueError(
            f"{TRIALS} expects another database than {TRACKING}. Received: {shown(given)} for both."
        )
    return given or None


def shown(uri: str | None = None) -> str:
    """Returns an address, or that of the store, as messages may show it."""
    given = uri or os.environ.get(TRACKING)
    return without_secrets(_without_login(given)) if given else tracking_uri()


def reason(error: BaseException) -> str:
    """Returns what an error says, in one line without secrets."""
    return without_secrets(next(iter(str(error).strip().splitlines()), "") or type(error).__name__)


def without_secrets(text: str) -> str:
    """Returns `text` with logins in addresses, and what the environment keeps secret, replaced by `***`."""
    text = re.sub(r"://[^\s'\"]*@", "://***@", text)
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _secrets() -> set[str]:
    """What must not be said, as it is and as it stands in an address."""
    found = {os.environ.get(f"MLFLOW_TRACKING_{name}", "") for name in ("PASSWORD", "TOKEN")}
    for variable in (TRACKING, TRIALS):
        with suppress(ValueError):
            parts = _parts(os.environ.get(variable, ""))
            found.add(unquote(parts.password or parts.username or ""))
            found |= {value for name, value in parse_qsl(parts.query) if SECRET.search(name)}
    return {
        form for secret in found if len(secret) > 3 for form in (secret, quote(secret), quote(secret, ""))
    }


def _parts(uri: str, variable: str = TRACKING) -> SplitResult:
    """The parts of an address; the standard library's own error would repeat half of a password."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        raise ValueError(
            f"{variable} expects an address such as https://user:password@host:5000, with `/ : @ # ?`"
            f" of a password as %2F %3A %40 %23 %3F. Received: {_without_login(uri)}."
        ) from None
    return parts


def _without_login(uri: str) -> str:
    return re.sub(r"://.*@", "://***@", uri, flags=re.DOTALL)
