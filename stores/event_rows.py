"""The event log: how an event becomes a row, by the driver's fast path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from schemas.event import Event
from stores.store import WriteSession
from stores.tables import events


async def store_events(w: WriteSession, read: Sequence[tuple[Event, bytes]]) -> int:
    """Append them with their bodies as they were received; how many were new. Raises ``ValueError`` for a bad type."""
    return await w.append(events, [event_row(event, body, w.moment) for event, body in read])


def event_row(event: Event, body: bytes, moment: Callable[[datetime], object]) -> tuple[Any, ...]:
    """In the order of the table's columns, values as the driver takes them."""
    provider, category, service, _ = event.type.split(".", 3)
    return (
        event.id,
        event.clientid,
        event.scanid,
        moment(event.time),
        moment(event.asof),
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
