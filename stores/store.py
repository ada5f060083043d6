"""A store: sessions that read, sessions that write, and its migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Executable, Row, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import Pool

from schemas.addresses import masked
from schemas.errors import InvalidInputError
from stores.database import ALLOWED, Database, Day, Rows
from stores.errors import StoreError, explained
from stores.sqlite import SqliteFile

AnyRow = Row[*tuple[Any, ...]]
"""A row of any columns; it has them as attributes."""


class ReadSession:
    """Reads one moment of the store."""

    def __init__(self, connection: AsyncConnection, database: Database) -> None:
        self._connection, self._database = connection, database

    async def rows(self, statement: Executable) -> Sequence[AnyRow]:
        """All rows of a query."""
        return (await self._connection.execute(statement)).all()

    async def row(self, statement: Executable) -> AnyRow | None:
        """The first row of a query."""
        return (await self._connection.execute(statement)).first()

    async def bytes_by_table(self) -> Mapping[str, int]:
        """What each table takes with its indexes; nothing where the database does not tell."""
        return await self._database.bytes_by_table(self._connection)

    async def days_of(self, table: Table) -> Sequence[Day]:
        """The rows of a table by the day of their ``asof``, the oldest first."""
        return await self._database.days_of(self._connection, table)


class WriteSession(ReadSession):
    """One transaction: all of it is kept, or nothing. Nobody else writes meanwhile."""

    async def change(self, statement: Executable, rows: Sequence[Mapping[str, Any]] | None = None) -> int:
        """Execute once, or once a row; how many rows were changed."""
        if rows is not None and not rows:
            return 0
        return (await self._connection.execute(statement, rows)).rowcount

    async def append(self, table: Table, rows: Rows) -> int:
        """Insert by the driver's fastest way, which converts nothing; the first of a key stays. How many were new."""
        return await self._database.append(self._connection, table, rows) if rows else 0

    async def make_days(self, table: Table, asofs: Iterable[datetime]) -> None:
        """Prepare for rows of these days, so that ``append`` need not."""
        await self._database.make_days(self._connection, table, asofs)

    async def expire(self, table: Table, cutoff: datetime, limit: int) -> bool:
        """Take old rows in one step: what lies before a midnight in UTC. False when nothing was left."""
        return await self._database.expire(self._connection, table, cutoff, limit)

    def moment(self, time: datetime) -> object:
        """A time as ``append`` takes it. Raises ``TypeError`` for a naive one."""
        return self._database.moment(time)


class Store:
    """One database. Several processes may have it open."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._reading, self._writing = database.reading_engine(), database.writing_engine()

    @property
    def place(self) -> str:
        """Where it is, for people: without a password."""
        return self.database.place

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadSession]:
        """A session that cannot write. Raises ``StoreError``."""
        with explained(self.place):
            async with self._reading.connect() as connection:
                yield ReadSession(connection, self.database)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        """One transaction, rolled back on any error. Raises ``StoreError``. Keep it short: it holds the only lock."""
        with explained(self.place):
            async with self._writing.begin() as connection:
                yield WriteSession(connection, self.database)

    async def migrate(self) -> None:
        """Create what is missing. Safe when several processes do it at once. Raises ``StoreError``."""
        from stores.migrate import upgrade

        await asyncio.to_thread(upgrade, self.database)

    async def ping(self) -> None:
        """Raises ``StoreError`` when the store cannot be read or its tables are not those of this version."""
        from stores.migrate import HEAD

        async with self.read() as reading:
            found = await reading.row(text("SELECT version_num FROM alembic_version"))
        if found is None or found[0] != HEAD:
            raise StoreError(f"store {self.place}: has the tables of another version; run `sentinel db upgrade`")

    def pools(self) -> Mapping[str, Pool]:
        """The connections, by what they are for."""
        return {"read": self._reading.pool, "write": self._writing.pool}

    async def close(self) -> None:
        """Close all connections. Calling again does nothing."""
        await self._reading.dispose()
        await self._writing.dispose()


def open_store(url: str) -> Store:
    """The store at this address; nothing is opened yet. Raises ``InvalidInputError`` for one that cannot be."""
    return Store(_database(url))


def _database(url: str) -> Database:
    scheme, _, rest = url.partition("://")
    if scheme == "postgresql":
        from stores.postgres import Postgres

        return Postgres(url)
    if scheme != "sqlite" or not rest.startswith("/") or len(rest) == 1:
        raise InvalidInputError("SENTINEL_STORE", masked(url), ALLOWED)
    return SqliteFile(Path(rest[1:]))
