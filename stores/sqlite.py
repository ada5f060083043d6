"""SQLite as a store: one connection that writes, some that read, and what each of them is told when it opens."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Engine,
    Table,
    create_engine,
    delete,
    event,
    func,
    select,
    type_coerce,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from stores.columns import from_micros, to_micros
from stores.database import Day, Rows
from stores.errors import BUSY_SECONDS

READERS: Final = 4
_ARGUMENTS: Final = {"timeout": BUSY_SECONDS, "isolation_level": None}
"""``isolation_level`` None: the driver begins nothing by itself; ``_begins`` does."""

_DAY: Final = 86_400_000_000
"""Microseconds."""
_PAGES: Final = """
SELECT tbl_name AS name, SUM(pgsize) AS bytes FROM dbstat JOIN sqlite_schema USING (name)
WHERE aggregate = TRUE GROUP BY tbl_name
"""


class SqliteFile:
    """One file."""

    def __init__(self, path: Path) -> None:
        self.path, self.place = path, str(path)

    def writing_engine(self) -> AsyncEngine:
        """One connection: writers of one process queue here, those of several wait for the file's lock."""
        engine = _engine(self.path, 1)
        _begins(engine.sync_engine, "BEGIN IMMEDIATE")
        _opens(engine.sync_engine, "PRAGMA synchronous = NORMAL", "PRAGMA cache_size = -16384")
        return engine

    def reading_engine(self) -> AsyncEngine:
        """Connections that cannot write; each session sees one moment of the store."""
        engine = _engine(self.path, READERS)
        _begins(engine.sync_engine, "BEGIN")
        _opens(engine.sync_engine, "PRAGMA query_only = ON")
        return engine

    def migrate(self, steps: Callable[[Connection], None]) -> None:
        """The folder and the file are made. The transaction holds the write lock: processes migrate in turn."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _switch_to_wal(self.path)
        engine = create_engine(_url(self.path, "pysqlite"), connect_args=_ARGUMENTS)
        _begins(engine, "BEGIN IMMEDIATE")
        try:
            with engine.begin() as connection:
                steps(connection)
        finally:
            engine.dispose()

    def moment(self, time: datetime) -> int:
        """Microseconds, as the columns keep them."""
        return to_micros(time)

    async def append(self, connection: AsyncConnection, table: Table, rows: Rows) -> int:
        """The driver's ``executemany``; the column types convert nothing here."""
        return (await connection.exec_driver_sql(appending(table), list(rows))).rowcount

    async def make_days(self, connection: AsyncConnection, table: Table, asofs: Iterable[datetime]) -> None:
        """A file keeps all days in one table."""

    async def expire(self, connection: AsyncConnection, table: Table, cutoff: datetime, limit: int) -> bool:
        """Deletes some rows, the oldest first."""
        oldest = select(table.c.id).where(table.c.asof < cutoff).order_by(table.c.asof).limit(limit)
        gone = await connection.execute(delete(table).where(table.c.id.in_(oldest.scalar_subquery())))
        return bool(gone.rowcount)

    async def bytes_by_table(self, connection: AsyncConnection) -> Mapping[str, int]:
        """The pages of each; nothing from a build without ``dbstat``."""
        built = (await connection.exec_driver_sql("PRAGMA compile_options")).scalars().all()
        if "ENABLE_DBSTAT_VTAB" not in built:
            return {}
        return {row.name: row.bytes for row in await connection.exec_driver_sql(_PAGES)}

    async def days_of(self, connection: AsyncConnection, table: Table) -> Sequence[Day]:
        """Counted over the index on ``asof``."""
        asof = type_coerce(table.c.asof, BigInteger)
        midnight = (asof - (asof % _DAY + _DAY) % _DAY).label("midnight")
        counted = select(midnight, func.count().label("events")).group_by(midnight).order_by(midnight)
        found = await connection.execute(counted)
        return [(from_micros(row.midnight).date().isoformat(), row.events, None) for row in found]


@cache
def appending(table: Table) -> str:
    """All columns in the order of the table, one ``?`` each."""
    return str(sqlite.insert(table).on_conflict_do_nothing().compile(dialect=sqlite.dialect()))


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


def _switch_to_wal(path: Path) -> None:
    """The switch does not wait for its lock as other statements do: two processes may create the file at once."""
    until = time.monotonic() + BUSY_SECONDS
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        while not _switched(connection, until):
            time.sleep(0.02)


def _switched(connection: sqlite3.Connection, until: float) -> bool:
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error) or time.monotonic() > until:
            raise
        return False
    return True
