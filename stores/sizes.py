"""Sizes: how many rows each table has, how many bytes it takes with its indexes, and the event log by its days."""

from __future__ import annotations

import msgspec
from sqlalchemy import func, select

from stores import identity_tables, schedule_tables  # noqa: F401 - their tables belong to the store too
from stores.store import ReadSession
from stores.tables import events, metadata


class DaySize(msgspec.Struct, frozen=True):
    """One day of ``asof`` (UTC). ``bytes`` None: days do not stand apart on disk."""

    day: str
    rows: int
    bytes: int | None


class TableSize(msgspec.Struct, frozen=True):
    """One table. ``bytes`` None: this build of SQLite does not tell."""

    table: str
    rows: int
    bytes: int | None
    days: tuple[DaySize, ...] = ()


async def table_sizes(r: ReadSession) -> list[TableSize]:
    """All tables by their names. Rows are counted, so a large store takes its time."""
    taken = await r.bytes_by_table()
    return [
        TableSize(
            table=name,
            rows=await _count(r, name),
            bytes=taken.get(name),
            days=tuple([DaySize(*each) for each in await r.days_of(events)]) if name == events.name else (),
        )
        for name in sorted(metadata.tables)
    ]


async def _count(r: ReadSession, table: str) -> int:
    row = await r.row(select(func.count()).select_from(metadata.tables[table]))
    return 0 if row is None else int(row[0])
