"""Retention: old events leave the log. State and findings stay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from stores.store import WriteSession
from stores.tables import events


async def delete_events_before(w: WriteSession, asof_cutoff: datetime, limit: int) -> int:
    """Delete at most ``limit`` events of scans before the cutoff; how many there were. 0: none is left."""
    oldest = select(events.c.id).where(events.c.asof < asof_cutoff).order_by(events.c.asof).limit(limit)
    return await w.change(delete(events).where(events.c.id.in_(oldest.scalar_subquery())))
