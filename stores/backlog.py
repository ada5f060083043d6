"""Backlog: what waits, and for how long. Over all clients, for those who run the product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select

from schemas.states import SCAN_TERMINAL, TASK_TERMINAL, ScanStatus, TaskStatus
from stores.store import ReadSession
from stores.tables import callbacks, dead_letters, progress, scans, tasks

NOTHING: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Backlog:
    """One moment of the store."""

    scans: Mapping[ScanStatus, int]
    """Those that have not ended, by status."""
    tasks: Mapping[TaskStatus, int]
    outboxes: Mapping[str, timedelta]
    """By table: the age of the oldest row that is still to be published."""
    lease_overdue: timedelta
    dead_letters: int
    """Those that nobody has decided about."""


async def backlog(r: ReadSession, now: datetime) -> Backlog:
    """What waits now."""
    return Backlog(
        scans=await _open(r, scans.c.status, [status for status in ScanStatus if status not in SCAN_TERMINAL]),
        tasks=await _open(r, tasks.c.status, [status for status in TaskStatus if status not in TASK_TERMINAL]),
        outboxes={
            "scans": await _age(r, now, scans.c.created_at, scans.c.published_at.is_(None)),
            "progress": await _age(r, now, progress.c.at, progress.c.published_at.is_(None)),
            "callbacks": await _age(r, now, callbacks.c.next_attempt_at, callbacks.c.next_attempt_at.is_not(None)),
        },
        lease_overdue=await _age(r, now, tasks.c.lease_until, tasks.c.status == TaskStatus.RUNNING),
        dead_letters=await _count(r, dead_letters.c.status == "open"),
    )


async def _open(r: ReadSession, status: ColumnElement[str], wanted: list[Any]) -> dict[Any, int]:
    query = select(status, func.count().label("found")).where(status.in_(wanted)).group_by(status)
    counted = {row[0]: row.found for row in await r.rows(query)}
    return {one: counted.get(one, 0) for one in wanted}


async def _age(
    r: ReadSession, now: datetime, moment: ColumnElement[datetime | None], waits: ColumnElement[bool]
) -> timedelta:
    row = await r.row(select(func.min(moment, type_=moment.type)).where(waits))
    oldest = row[0] if row else None
    return NOTHING if oldest is None else max(NOTHING, now - oldest)


async def _count(r: ReadSession, waits: ColumnElement[bool]) -> int:
    row = await r.row(select(func.count()).where(waits))
    return int(row[0]) if row else 0
