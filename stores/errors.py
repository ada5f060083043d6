"""Errors of the stores, and what a database said in words that help."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any, Final

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from schemas.errors import SentinelError

BUSY_SECONDS: Final = 30.0


class StoreError(SentinelError):
    """The store cannot be reached, read or written now: one clear line; trying again may help."""


class StoreFullError(StoreError):
    """The disk of the store is full: nothing was written, and reading goes on."""


@contextlib.contextmanager
def explained(place: object) -> Iterator[None]:
    """Turns what is wrong with the store as a whole into ``StoreError``; what is wrong with a value passes.

    A value that PostgreSQL refused in COPY, past SQLAlchemy, becomes a ``ValueError``.
    """
    try:
        yield
    except _of_drivers() as error:
        reason = _reason(error)
        if reason is not None:
            kind = StoreFullError if "is full" in reason else StoreError
            raise kind(f"store {place}: {reason}") from error
        if isinstance(error, _of_asyncpg()):
            raise ValueError(_line(error)) from error  # noqa: TRY004 - a value, not its type
        raise


def _of_drivers() -> tuple[type[Exception], ...]:
    return (DBAPIError, sqlite3.DatabaseError, PoolTimeoutError, CommandError, OSError, *_of_asyncpg())


def _of_asyncpg() -> tuple[type[Exception], ...]:
    """What asyncpg raises past SQLAlchemy, when connecting and in COPY. Nothing when it was never imported."""
    asyncpg = sys.modules.get("asyncpg")
    return (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) if asyncpg else ()


_LOCKED: Final = f"another process holds it locked for more than {BUSY_SECONDS:.0f} s"
_OLDER: Final = "run `sentinel db upgrade`"
_WORDS: Final = (
    ("disk is full", "the disk is full; free some space"),
    ("locked", _LOCKED),
    ("malformed", "the file is damaged; restore it, or move it away and scan again"),
    ("not a database", "the file is not a SQLite database; name another file"),
    ("unable to open", "the file cannot be opened; check that its folder exists and is writable"),
    ("readonly database", "the file or its folder is not writable"),
    ("no such table", f"has no tables yet, or those of an older version; {_OLDER}"),
    ("no such column", f"has the tables of an older version; {_OLDER}"),
    ("locate revision", "was written by a newer version; update cloud-sentinel"),
)

_STATES: Final = (
    ("08", "the connection to the server broke"),
    ("28P01", "the server refused the user name or the password"),
    ("28", "the server does not let this user in from here; see its pg_hba.conf"),
    ("3D000", "there is no such database; create it with `createdb`"),
    ("42501", "this user may not do that; it needs to own the database's tables, or to create them"),
    ("42P01", f"has no tables yet, or those of an older version; {_OLDER}"),
    ("42703", f"has the tables of an older version; {_OLDER}"),
    ("25006", "the session, or the server, only reads"),
    ("25P03", "the server ended a transaction that stood still"),
    ("40", "the server ended a transaction for the sake of another one"),
    ("53100", "the disk of the server is full; free some space"),
    ("53300", "the server has no connection left; raise its max_connections"),
    ("53", "the server lacks resources"),
    ("55P03", _LOCKED),
    ("57P03", "the server is starting or stopping"),
    ("57", "the server ended the connection"),
    ("58", "the server cannot read or write its files"),
    ("XX", "the server reports an internal error, or damaged data"),
)
"""SQLSTATE codes, or the class that they begin with; the first that fits is taken."""


def _reason(error: Exception) -> str | None:
    if isinstance(error, PoolTimeoutError):
        return f"all connections are busy for more than {BUSY_SECONDS:.0f} s"
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, OSError):
        return _told_by_system(cause)
    if _module(cause).startswith("asyncpg"):
        return _told_by_server(cause)
    found = next((reason for word, reason in _WORDS if word in str(cause)), None)
    if found is None and isinstance(error, (OperationalError, sqlite3.OperationalError, CommandError)):
        return _line(cause)
    return found


def _told_by_system(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer from the server in time"
    return f"{error.strerror or error}: {error.filename}" if error.filename else _line(error)


def _told_by_server(cause: Any) -> str | None:  # noqa: ANN401 - asyncpg's errors, or SQLAlchemy's around them
    """None for what is wrong with a value."""
    state = getattr(cause, "sqlstate", None)
    if state is None:
        broken = "Interface" in type(cause).__name__ or "Internal" in type(cause).__name__
        return "the connection to the server broke" if broken and not isinstance(cause, ValueError) else None
    return next((reason for code, reason in _STATES if state.startswith(code)), None)


def _module(cause: object) -> str:
    """The driver that it comes from; SQLAlchemy's wrapper is of a module that ends on the driver's name."""
    return type(cause).__module__.removeprefix("sqlalchemy.dialects.postgresql.")


def _line(error: object) -> str:
    text = str(error) or type(error).__name__
    return text.splitlines()[0]
