"""Errors of the stores, and what SQLite said in words that help."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Final

from alembic.util import CommandError
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from schemas.errors import SentinelError

BUSY_SECONDS: Final = 30.0


class StoreError(SentinelError):
    """The store cannot be reached, read or written now: one clear line; trying again may help."""


@contextlib.contextmanager
def explained(place: object) -> Iterator[None]:
    """Turns what is wrong with the store as a whole into ``StoreError``; what is wrong with a value passes."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError, PoolTimeoutError, CommandError, OSError) as error:
        reason = _reason(error)
        if reason is None:
            raise
        raise StoreError(f"store {place}: {reason}") from error


_WORDS: Final = (
    ("disk is full", "the disk is full; free some space"),
    ("locked", f"another process holds it locked for more than {BUSY_SECONDS:.0f} s"),
    ("malformed", "the file is damaged; restore it, or move it away and scan again"),
    ("not a database", "the file is not a SQLite database; name another file"),
    ("unable to open", "the file cannot be opened; check that its folder exists and is writable"),
    ("readonly database", "the file or its folder is not writable"),
    ("no such table", "has no tables yet, or those of an older version; run `sentinel db upgrade`"),
    ("no such column", "has the tables of an older version; run `sentinel db upgrade`"),
    ("locate revision", "was written by a newer version; update cloud-sentinel"),
)


def _reason(error: Exception) -> str | None:
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
    if isinstance(error, PoolTimeoutError):
        return f"all connections are busy for more than {BUSY_SECONDS:.0f} s"
    text = str(error.orig) if isinstance(error, DatabaseError) else str(error)
    found = next((reason for word, reason in _WORDS if word in text), None)
    if found is None and isinstance(error, (OperationalError, sqlite3.OperationalError, CommandError)):
        return text.splitlines()[0]
    return found
