"""PostgreSQL as a store: asyncpg, one writer at a time, rows appended by COPY, the log by the day."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, NullPool, Table, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from schemas.addresses import masked
from schemas.errors import InvalidInputError
from stores.columns import aware
from stores.database import ALLOWED, Day, Rows
from stores.errors import BUSY_SECONDS
from stores.partitions import attach_partitions, drop_partition_before, is_partitioned, made_room, partition_sizes

READERS: Final = 8
CONNECT_SECONDS: Final = 10
STANDSTILL_SECONDS: Final = 60
"""A writer that is silent for so long within its transaction is ended by the server: others wait for it."""

WRITE_LOCK: Final = 0x53454E54494E454C
"""Held by each transaction that writes, and by migrations.

One writer at a time, as on SQLite: what a transaction read stays true in it, numbers of progress become visible in
their order, and two materializers neither lose what the other one stored nor wait for each other in a circle.
"""

_READS: Final = {"default_transaction_isolation": "repeatable read", "default_transaction_read_only": "on"}
_WRITES: Final = {"default_transaction_isolation": "read committed", "default_transaction_read_only": "off"}
_ALWAYS: Final = {
    "application_name": "cloud-sentinel",
    "lock_timeout": f"{BUSY_SECONDS:.0f}s",
    "idle_in_transaction_session_timeout": f"{STANDSTILL_SECONDS}s",
    "client_min_messages": "warning",
}

_BYTES: Final = """
SELECT coalesce(pg_partition_root(oid), oid)::regclass::text AS name, sum(pg_total_relation_size(oid)) AS bytes
FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace GROUP BY 1
"""


class Postgres:
    """One database of a server."""

    def __init__(self, address: str) -> None:
        self._url, self._tls = _parsed(address)
        self.place = self._url.set(drivername="postgresql").render_as_string(hide_password=True)

    def reading_engine(self) -> AsyncEngine:
        """Connections that cannot write; each session sees one moment of the store."""
        return self._engine(_READS, pool_size=READERS, max_overflow=0, pool_timeout=BUSY_SECONDS, pool_pre_ping=True)

    def writing_engine(self) -> AsyncEngine:
        """One connection: writers of one process queue here, those of several at the lock."""
        engine = self._engine(_WRITES, pool_size=1, max_overflow=0, pool_timeout=BUSY_SECONDS, pool_pre_ping=True)
        _locks(engine.sync_engine)
        return engine

    def migrate(self, steps: Callable[[Connection], None]) -> None:
        """In one transaction with the writers' lock. The database itself must be there."""
        asyncio.run(self._migrate(steps))

    def moment(self, time: datetime) -> datetime:
        """The driver takes aware times as they are."""
        return aware(time)

    async def append(self, connection: AsyncConnection, table: Table, rows: Rows) -> int:
        """COPY into a table of this connection alone, and from there what is new."""
        staging, create, insert = _appending(table)
        if is_partitioned(table):
            rows = await made_room(connection, table, rows)
        await connection.exec_driver_sql(create)
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None, "a connection in use has its driver's"
        await driver.copy_records_to_table(staging, records=rows, columns=[column.name for column in table.columns])
        return (await connection.exec_driver_sql(insert)).rowcount

    async def make_days(self, connection: AsyncConnection, table: Table, asofs: Iterable[datetime]) -> None:
        """Their partitions."""
        await attach_partitions(connection, table.name, asofs)

    async def expire(self, connection: AsyncConnection, table: Table, cutoff: datetime, _limit: int) -> bool:
        """Drops one partition: no row is touched."""
        return await drop_partition_before(connection, table.name, cutoff)

    async def bytes_by_table(self, connection: AsyncConnection) -> Mapping[str, int]:
        """With indexes and what is kept apart of long rows; a table by days is the sum of them."""
        return {row.name: int(row.bytes) for row in await connection.exec_driver_sql(_BYTES)}

    async def days_of(self, connection: AsyncConnection, table: Table) -> Sequence[Day]:
        """Its partitions."""
        return await partition_sizes(connection, table.name)

    async def _migrate(self, steps: Callable[[Connection], None]) -> None:
        engine = self._engine(_WRITES, poolclass=NullPool)
        _locks(engine.sync_engine)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(steps)
        finally:
            await engine.dispose()

    def _engine(self, settings: Mapping[str, str], **pool: Any) -> AsyncEngine:  # noqa: ANN401 - SQLAlchemy's own
        arguments = {"timeout": CONNECT_SECONDS, "server_settings": {**_ALWAYS, **settings}, **self._tls}
        return create_async_engine(self._url, connect_args=arguments, hide_parameters=True, **pool)


def _locks(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")


@cache
def _appending(table: Table) -> tuple[str, str, str]:
    """The staging table's name, how it is made, and how what is new in it goes over."""
    staging = f"staged_{table.name}"
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    create = f"CREATE TEMP TABLE IF NOT EXISTS {staging} (LIKE {table.name}) ON COMMIT DELETE ROWS"
    insert = f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {staging} ON CONFLICT DO NOTHING"  # noqa: S608 - names of our own
    return staging, create, insert


def _parsed(address: str) -> tuple[URL, Mapping[str, str]]:
    """Raises ``InvalidInputError``, which never shows the password."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise InvalidInputError("SENTINEL_STORE", masked(address), ALLOWED) from None
    if not url.host or not url.database or not set(url.query) <= {"sslmode"}:
        raise InvalidInputError("SENTINEL_STORE", masked(address), ALLOWED)
    if importlib.util.find_spec("asyncpg") is None:
        lack = "PostgreSQL needs asyncpg: install cloud-sentinel[postgres]"
        raise InvalidInputError("SENTINEL_STORE", masked(address), lack)
    mode = url.query.get("sslmode")
    tls = {} if mode is None else {"ssl": str(mode)}
    return url.set(drivername="postgresql+asyncpg", query={}), tls
