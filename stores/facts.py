"""Facts, as the materializer writes them: a batch, its state, its findings and its positions in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import delete, func, select, tuple_

from stores import tables
from stores.daily_costs import store_costs
from stores.event_rows import store_events
from stores.settlement import settle_task
from stores.state import fold_state
from stores.store import ReadSession, WriteSession
from stores.upsert import highest
from stores.verdicts import upsert_findings

__all__ = [
    "TABLES",
    "Position",
    "advance",
    "fold_state",
    "forget_positions",
    "positions",
    "settle_task",
    "store_costs",
    "store_events",
    "totals",
    "upsert_findings",
]

TABLES: Final = (
    tables.events,
    tables.resources,
    tables.findings,
    tables.verdicts,
    tables.evaluations,
    tables.listings,
    tables.daily_costs,
    tables.settled_tasks,
    tables.positions,
)
"""What can be rebuilt from the topics. All other tables hold decisions: a replay never writes them."""

Position = tuple[str, int]
"""A topic and a partition."""

_ADVANCE: Final = highest(tables.positions, "next_offset")


async def advance(w: WriteSession, positions: Mapping[Position, int]) -> None:
    """Everything before these offsets is stored. A position never goes back."""
    rows = [{"topic": topic, "part": part, "next_offset": offset} for (topic, part), offset in positions.items()]
    await w.change(_ADVANCE, rows)


async def forget_positions(w: WriteSession, places: Iterable[Position]) -> None:
    """They were of another log."""
    key = tuple_(tables.positions.c.topic, tables.positions.c.part)
    await w.change(delete(tables.positions).where(key.in_(list(places))))


async def totals(r: ReadSession) -> Mapping[str, int]:
    """How many events, resources and findings there are, of all clients."""
    counted = tables.events, tables.resources, tables.findings
    query = select(*[select(func.count()).select_from(table).scalar_subquery().label(table.name) for table in counted])
    row = await r.row(query)
    return {} if row is None else dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


async def positions(r: ReadSession) -> Mapping[Position, int]:
    """The next offset to read, by topic and partition."""
    return {(row.topic, row.part): row.next_offset for row in await r.rows(select(tables.positions))}
