"""SQLite as a store: one connection that writes, some that read, and what each of them is told when it opens."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from stores.errors import BUSY_SECONDS

READERS: Final = 4
_ARGUMENTS: Final = {"timeout": BUSY_SECONDS, "isolation_level": None}
"""``isolation_level`` None: the driver begins nothing by itself; ``_begins`` does."""


def writing_engine(path: Path) -> AsyncEngine:
    """One connection: writers of one process queue here, those of several wait for the file's lock."""
    engine = _engine(path, 1)
    _begins(engine.sync_engine, "BEGIN IMMEDIATE")
    _opens(engine.sync_engine, "PRAGMA synchronous = NORMAL", "PRAGMA cache_size = -16384")
    return engine


def reading_engine(path: Path) -> AsyncEngine:
    """Connections that cannot write; each session sees one moment of the store."""
    engine = _engine(path, READERS)
    _begins(engine.sync_engine, "BEGIN")
    _opens(engine.sync_engine, "PRAGMA query_only = ON")
    return engine


def migrating_engine(path: Path) -> Engine:
    """A plain one for Alembic. Its transaction holds the write lock, so two processes migrate one after the other."""
    engine = create_engine(_url(path, "pysqlite"), connect_args=_ARGUMENTS)
    _begins(engine, "BEGIN IMMEDIATE")
    return engine


def _engine(path: Path, connections: int) -> AsyncEngine:
    return create_async_engine(
        _url(path, "aiosqlite"),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        connect_args=_ARGUMENTS,
        hide_parameters=True,
    )


def _url(path: Path, driver: str) -> URL:
    return URL.create(f"sqlite+{driver}", database=str(path))


def _begins(engine: Engine, statement: str) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)


def _opens(engine: Engine, *statements: str) -> None:
    @event.listens_for(engine, "connect")
    def opened(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
