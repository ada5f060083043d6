"""Overdue: what was sent and never taken up. A log may lose a message; the row waits until it is sent again.

A moment that is still to come was written by a clock that has been put back since: that counts as long ago.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update

from schemas.states import ScanStatus, TaskStatus
from stores.store import ReadSession, WriteSession
from stores.tables import scans, tasks

Recently = tuple[datetime, datetime]
"""From when on, and until when: clocks of two machines differ a little."""


async def overdue_tasks(r: ReadSession, recently: Recently, limit: int) -> list[str]:
    """Queued tasks of running scans that were not sent recently, those that wait longest first."""
    query = (
        select(tasks.c.task_id)
        .join(scans, scans.c.scan_id == tasks.c.scan_id)
        .where(scans.c.status == ScanStatus.RUNNING, tasks.c.status == TaskStatus.QUEUED)
        .where(_not(recently, tasks.c.published_at))
        .order_by(tasks.c.published_at)
        .limit(limit)
    )
    return [row.task_id for row in await r.rows(query)]


async def overdue_scans(r: ReadSession, recently: Recently, limit: int) -> list[str]:
    """Queued scans that were not sent recently, those that wait longest first."""
    query = select(scans.c.scan_id).where(scans.c.status == ScanStatus.QUEUED, _not(recently, scans.c.published_at))
    return [row.scan_id for row in await r.rows(query.order_by(scans.c.published_at).limit(limit))]


def _not(recently: Recently, moment: ColumnElement[datetime | None]) -> ColumnElement[bool]:
    return or_(moment < recently[0], moment > recently[1])


async def send_again(w: WriteSession, *, task_ids: Sequence[str] = (), scan_ids: Sequence[str] = ()) -> int:
    """Those that are still queued are to be published once more; how many there were."""
    waiting = tasks.c.task_id.in_(task_ids), tasks.c.status == TaskStatus.QUEUED
    accepted = scans.c.scan_id.in_(scan_ids), scans.c.status == ScanStatus.QUEUED
    changed = await w.change(update(tasks).where(*waiting).values(published_at=None))
    return changed + await w.change(update(scans).where(*accepted).values(published_at=None))
