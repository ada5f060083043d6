"""Retention: what was kept long enough goes, in steps of one transaction each. State and findings stay.

Nothing goes that a scan needs which has not ended, or of which was not told yet that it ended.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Table, delete, exists, or_, select, tuple_

from schemas.states import SCAN_TERMINAL
from stores.store import WriteSession
from stores.tables import (
    callbacks,
    evaluations,
    events,
    idempotency_keys,
    progress,
    scans,
    settled_tasks,
    tasks,
    verdicts,
)

LAST_STEP: Final = "scan_finished"
"""The one step of progress that stays as long as its scan: whoever asks late learns at least how it ended."""


def midnight(moment: datetime) -> datetime:
    """The beginning of its day in UTC: the event log is kept by whole days."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


async def prepare_days(w: WriteSession, now: datetime, ahead: int) -> None:
    """The event log has a place for today and for some days ahead."""
    await w.make_days(events, [now + timedelta(days=n) for n in range(ahead + 1)])


async def delete_events_before(w: WriteSession, asof_cutoff: datetime, limit: int) -> bool:
    """Take a step: events of scans before the midnight that precedes the cutoff. False when none was left."""
    return await w.expire(events, midnight(asof_cutoff), limit)


async def delete_verdicts_before(w: WriteSession, asof_cutoff: datetime, limit: int) -> int:
    """Delete at most ``limit`` verdicts and as many evaluations of scans before the cutoff; how many there were.

    A finding needs those only that are newer than a verdict that may still come.
    """
    return sum([await _delete_asof_before(w, table, asof_cutoff, limit) for table in (verdicts, evaluations)])


async def _delete_asof_before(w: WriteSession, table: Table, asof_cutoff: datetime, limit: int) -> int:
    old = select(*table.primary_key).where(table.c.asof < asof_cutoff).order_by(table.c.asof).limit(limit)
    return await w.change(delete(table).where(tuple_(*table.primary_key).in_(old)))


async def delete_progress_before(w: WriteSession, cutoff: datetime, limit: int) -> int:
    """Delete at most ``limit`` steps, all but the last, of scans that ended before the cutoff; how many there were."""
    open_ = or_(scans.c.finished_at.is_(None), scans.c.finished_at >= cutoff)
    needed = exists().where(scans.c.scan_id == progress.c.scan_id, open_)
    old = select(progress.c.seq).where(progress.c.kind != LAST_STEP, progress.c.at < cutoff)
    old = old.where(progress.c.published_at.is_not(None), ~needed).order_by(progress.c.at).limit(limit)
    return await w.change(delete(progress).where(progress.c.seq.in_(old.scalar_subquery())))


async def delete_scans_before(w: WriteSession, cutoff: datetime, limit: int) -> int:
    """Delete at most ``limit`` scans that ended before the cutoff, each with all that hangs on it; how many."""
    untold = exists().where(progress.c.scan_id == scans.c.scan_id, progress.c.published_at.is_(None))
    owed = exists().where(callbacks.c.scan_id == scans.c.scan_id, callbacks.c.next_attempt_at.is_not(None))
    ended = scans.c.finished_at < cutoff, scans.c.status.in_(sorted(SCAN_TERMINAL)), scans.c.published_at.is_not(None)
    query = select(scans.c.scan_id).where(*ended, ~untold, ~owed).order_by(scans.c.finished_at).limit(limit)
    scan_ids = [row.scan_id for row in await w.rows(query)]
    theirs = select(tasks.c.task_id).where(tasks.c.scan_id.in_(scan_ids)).scalar_subquery()
    await w.change(delete(settled_tasks).where(settled_tasks.c.task_id.in_(theirs)))
    for table in (tasks, progress, callbacks, scans):
        await w.change(delete(table).where(table.c.scan_id.in_(scan_ids)))
    return len(scan_ids)


async def delete_keys_before(w: WriteSession, cutoff: datetime, limit: int) -> int:
    """Delete at most ``limit`` keys of requests that were made before the cutoff; how many there were."""
    key = tuple_(idempotency_keys.c.client_id, idempotency_keys.c.key)
    age = idempotency_keys.c.created_at
    old = select(idempotency_keys.c.client_id, idempotency_keys.c.key).where(age < cutoff).order_by(age).limit(limit)
    return await w.change(delete(idempotency_keys).where(key.in_(old)))
