"""Opens databases that machines share, such as PostgreSQL: refused at once, and one lock for all machines."""

import logging
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from suite.paths import PATIENCE
from suite.tracking import address

if TYPE_CHECKING:
    import sqlalchemy


@contextmanager
def locked(uri: str, what: str) -> Iterator[None]:
    """Holds a lock in the database at `uri`, which ends with this process or its connection.

    A database that is no PostgreSQL is only connected to: it has no such lock.

    Args:
        uri: of the database, with its login.
        what: is locked; others in the database are not.

    Raises:
        OSError: nobody answers within seconds, or another process held the lock for two minutes.
        ValueError: the database refuses, or its driver is not installed. The error names no login.
    """
    address.reach(uri)
    os.environ.setdefault("PGCONNECT_TIMEOUT", "10")
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # it warns of what it ignores as a server dies
    import sqlalchemy
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = sqlalchemy.create_engine(uri, poolclass=sqlalchemy.NullPool, isolation_level="AUTOCOMMIT")
        connection = engine.connect()
    except (SQLAlchemyError, ImportError) as error:
        raise ValueError(address.reason(error) + _fix(error)) from None
    with connection:
        if engine.dialect.name == "postgresql":
            _lock(connection, zlib.crc32(what.encode()))
        yield


def _lock(connection: "sqlalchemy.Connection", number: int) -> None:
    import sqlalchemy

    connection.execute(sqlalchemy.text(f"SET lock_timeout = {PATIENCE * 1000:.0f}"))
    try:
        connection.execute(sqlalchemy.text("SELECT pg_advisory_lock(:number)"), {"number": number})
    except sqlalchemy.exc.OperationalError as error:
        raise OSError(f"a lock was not had: {address.reason(error)}") from None


def _fix(error: Exception) -> str:
    return ". For PostgreSQL: pip install '.[postgres]'" if isinstance(error, ImportError) else ""
