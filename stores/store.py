"""A store: sessions that read, sessions that write, and its migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Executable, Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.errors import InvalidInputError
from stores.errors import StoreError, explained
from stores.sqlite import reading_engine, writing_engine

AnyRow = Row[*tuple[Any, ...]]
"""A row of any columns; it has them as attributes."""


class ReadSession:
    """Reads one moment of the store."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def rows(self, statement: Executable) -> Sequence[AnyRow]:
        """All rows of a query."""
        return (await self._connection.execute(statement)).all()

    async def row(self, statement: Executable) -> AnyRow | None:
        """The first row of a query."""
        return (await self._connection.execute(statement)).first()


class WriteSession(ReadSession):
    """One transaction: all of it is kept, or nothing. Nobody else writes meanwhile."""

    async def change(self, statement: Executable, rows: Sequence[Mapping[str, Any]] | None = None) -> int:
        """Execute once, or once a row; how many rows were changed."""
        if rows is not None and not rows:
            return 0
        return (await self._connection.execute(statement, rows)).rowcount

    async def change_fast(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
        """Execute the driver's own SQL once a row: the column types do not convert anything here."""
        if not rows:
            return 0
        return (await self._connection.exec_driver_sql(statement, list(rows))).rowcount


class Store:
    """One SQLite file. Several processes may have it open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reading, self._writing = reading_engine(path), writing_engine(path)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadSession]:
        """A session that cannot write. Raises ``StoreError``."""
        with explained(self.path):
            async with self._reading.connect() as connection:
                yield ReadSession(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        """One transaction, rolled back on any error. Raises ``StoreError``. Keep it short: it holds the only lock."""
        with explained(self.path):
            async with self._writing.begin() as connection:
                yield WriteSession(connection)

    async def migrate(self) -> None:
        """Create what is missing. Safe when several processes do it at once. Raises ``StoreError``."""
        from stores.migrate import upgrade

        await asyncio.to_thread(upgrade, self.path)

    async def ping(self) -> None:
        """Raises ``StoreError`` when the store cannot be read or its tables are not those of this version."""
        from stores.migrate import HEAD

        async with self.read() as reading:
            found = await reading.row(text("SELECT version_num FROM alembic_version"))
        if found is None or found[0] != HEAD:
            raise StoreError(f"store {self.path}: has the tables of another version; run `sentinel db upgrade`")

    async def close(self) -> None:
        """Close all connections. Calling again does nothing."""
        await self._reading.dispose()
        await self._writing.dispose()


def open_store(url: str) -> Store:
    """The store at ``sqlite:///FILE``; nothing is opened yet. Raises ``InvalidInputError`` for another address."""
    scheme, _, rest = url.partition("://")
    if scheme != "sqlite" or not rest.startswith("/") or len(rest) == 1:
        raise InvalidInputError("SENTINEL_STORE", url, "allowed: sqlite:///FILE")
    return Store(Path(rest[1:]))
