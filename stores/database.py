"""What a store needs of a database: engines that read and write, migrations, and the fastest way to append."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

ALLOWED: Final = "allowed: sqlite:///FILE or postgresql://USER:PASSWORD@HOST[:PORT]/DATABASE[?sslmode=require]"

Rows = Sequence[tuple[Any, ...]]
"""Values in the order of the table's columns, as the driver takes them."""

Day = tuple[str, int, int | None]
"""A day as people write it, its rows, and its bytes where days stand apart on disk."""


class Database(Protocol):
    """One kind of database, at one place."""

    @property
    def place(self) -> str:
        """Where it is, for people: without a password."""

    def reading_engine(self) -> AsyncEngine:
        """Connections that cannot write; each session sees one moment of the store."""

    def writing_engine(self) -> AsyncEngine:
        """Each transaction begins alone: it waits until no other one writes."""

    def migrate(self, steps: Callable[[Connection], None]) -> None:
        """Take the steps in one transaction, alone among processes. Blocks; for a thread without an event loop."""

    def moment(self, time: datetime) -> object:
        """A time as the driver takes it. Raises ``TypeError`` for a naive one."""

    async def append(self, connection: AsyncConnection, table: Table, rows: Rows) -> int:
        """Insert rows; the first of a key stays. How many were new."""

    async def make_days(self, connection: AsyncConnection, table: Table, asofs: Iterable[datetime]) -> None:
        """Prepare for rows of these days, where the table is kept by days; ``append`` does it too."""

    async def expire(self, connection: AsyncConnection, table: Table, cutoff: datetime, limit: int) -> bool:
        """Take rows of an ``asof`` before the cutoff, a midnight in UTC: a day, or ``limit`` rows. False: none left."""

    async def bytes_by_table(self, connection: AsyncConnection) -> Mapping[str, int]:
        """What each table takes with its indexes; nothing where that cannot be told."""

    async def days_of(self, connection: AsyncConnection, table: Table) -> Sequence[Day]:
        """The rows of a table by the day of their ``asof``, the oldest first; days without rows may be left out."""
