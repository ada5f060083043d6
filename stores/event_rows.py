"""The event log: how an event becomes a row, by the driver's fast path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.dialects import sqlite

from schemas.event import Event
from stores.columns import to_micros
from stores.store import WriteSession
from stores.tables import events

INSERT: Final = str(sqlite.insert(events).on_conflict_do_nothing().compile(dialect=sqlite.dialect()))
"""All columns in the order of the table, one ``?`` each. The first of an id stays."""


async def store_events(w: WriteSession, read: Sequence[tuple[Event, bytes]]) -> int:
    """Append them with their bodies as they were received; how many were new. Raises ``ValueError`` for a bad type."""
    return await w.change_fast(INSERT, [event_row(event, body) for event, body in read])


def event_row(event: Event, body: bytes) -> tuple[Any, ...]:
    """In the order of the table's columns, values as the driver takes them."""
    provider, category, service, _ = event.type.split(".", 3)
    return (
        event.id,
        event.clientid,
        event.scanid,
        to_micros(event.time),
        to_micros(event.asof),
        provider,
        f"{provider}.{category}",
        f"{provider}.{category}.{service}",
        event.type,
        category,
        event.accountid,
        event.region,
        event.subject,
        body,
    )
