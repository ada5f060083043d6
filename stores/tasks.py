"""Tasks: the message dispatches, the row owns. Every change is one guarded UPDATE."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import Update, exists, select, update

from schemas.scan import ScanSpec, TaskOutcome
from schemas.states import ScanStatus, TaskStatus, task_sources
from stores import progress
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tables import scans, settled_tasks, tasks
from stores.tenancy import of_any_client


class TaskRow(msgspec.Struct, frozen=True):
    """One task. ``attempt`` counts claims; ``owner`` and ``lease_until`` are those of the last one."""

    task_id: str
    scan_id: str
    kind: Literal["discover", "scan"]
    account_id: str
    region: str
    family: str
    services: tuple[str, ...]
    status: TaskStatus
    owner: str | None = None
    lease_until: datetime | None = None
    attempt: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: TaskOutcome | None = None
    error: str | None = None


class Lease(NamedTuple):
    """What a running task's owner last wrote into its row. As long as it renews, ``until`` changes.

    When it counts as ended is not read off ``until``, which is of the owner's clock: see the reaper.
    """

    task_id: str
    attempt: int
    until: datetime | None


async def get_task(r: ReadSession, task_id: str) -> TaskRow | None:
    """One task."""
    row = await r.row(of_any_client(tasks).where(tasks.c.task_id == task_id))
    return None if row is None else _task(row)


async def list_tasks(r: ReadSession, scan_id: str) -> list[TaskRow]:
    """The tasks of a scan, in the order of the plan."""
    query = of_any_client(tasks).where(tasks.c.scan_id == scan_id).order_by(tasks.c.number)
    return [_task(row) for row in await r.rows(query)]


async def unpublished_tasks(r: ReadSession, limit: int) -> list[TaskRow]:
    """Queued tasks that were not sent yet, or have to be sent again."""
    waiting = tasks.c.published_at.is_(None), tasks.c.status == TaskStatus.QUEUED
    return [
        _task(row) for row in await r.rows(of_any_client(tasks).where(*waiting).order_by(tasks.c.number).limit(limit))
    ]


async def mark_tasks_published(w: WriteSession, ids: Sequence[str], now: datetime) -> None:
    """They were sent."""
    await w.change(update(tasks).where(tasks.c.task_id.in_(ids)).values(published_at=now))


async def claim_task(w: WriteSession, task_id: str, owner: str, lease_until: datetime, now: datetime) -> TaskRow | None:
    """QUEUED to RUNNING for this owner, with the next attempt. None when it is not QUEUED (any more)."""
    claim = _to(task_id, TaskStatus.RUNNING).values(
        owner=owner, lease_until=lease_until, attempt=tasks.c.attempt + 1, started_at=now, error=None
    )
    if not await w.change(claim):
        return None
    row = await get_task(w, task_id)
    if row is not None:
        await progress.append(w, row.scan_id, "task_started", _place(row), now)
    return row


async def renew_lease(w: WriteSession, task_id: str, owner: str, attempt: int, lease_until: datetime) -> bool:
    """Keep it for longer. False when it is no longer ours."""
    ours = update(tasks).where(*_owned(task_id, owner, attempt))
    return bool(await w.change(ours.values(lease_until=lease_until)))


async def owns_task(r: ReadSession, task_id: str, owner: str, attempt: int) -> bool:
    """Whether this attempt of this owner still runs."""
    return await r.row(select(tasks.c.task_id).where(*_owned(task_id, owner, attempt))) is not None


async def finish_task(
    w: WriteSession, task_id: str, owner: str, attempt: int, outcome: TaskOutcome, now: datetime
) -> bool:
    """RUNNING to SUCCEEDED. False when it is no longer ours: the outcome is not taken."""
    done = _to(task_id, TaskStatus.SUCCEEDED).where(*_owned(task_id, owner, attempt))
    if not await w.change(done.values(outcome=outcome, finished_at=now, lease_until=None)):
        return False
    row = await get_task(w, task_id)
    if row is not None:
        await progress.append(w, row.scan_id, "task_finished", {**_place(row), **_counts(outcome)}, now)
    return True


async def fail_task(
    w: WriteSession, task_id: str, owner: str, attempt: int, error: str, now: datetime, *, retry: bool
) -> bool:
    """RUNNING to FAILED, or back to QUEUED and to be sent again. False when it is no longer ours."""
    if not await owns_task(w, task_id, owner, attempt):
        return False
    return await _give_up(w, task_id, error, now, retry=retry)


async def give_back(w: WriteSession, task_id: str, owner: str, attempt: int, error: str, now: datetime) -> bool:
    """RUNNING back to QUEUED by a worker that stops: no failure. False when it is no longer ours."""
    if not await owns_task(w, task_id, owner, attempt):
        return False
    return await _give_up(w, task_id, error, now, retry=True, given_back=True)


async def failures(r: ReadSession, scan_id: str, task_id: str, attempt: int) -> int:
    """How many of the attempts up to this one ended badly, if this one does: all but those that were given back."""
    retried = await progress.payloads(r, scan_id, "task_retried")
    return attempt - len([told for told in retried if told["task_id"] == task_id and "given_back" in told])


async def cancel_tasks(w: WriteSession, scan_id: str, now: datetime) -> int:
    """Every task of a scan that has not ended to CANCELLED; how many. Whoever runs one finds that it lost it."""
    open_ = tasks.c.scan_id == scan_id, tasks.c.status.in_(sorted(task_sources(TaskStatus.CANCELLED)))
    rows = [_task(row) for row in await w.rows(of_any_client(tasks).where(*open_).order_by(tasks.c.number))]
    cancelled = 0
    for row in rows:
        if await w.change(_to(row.task_id, TaskStatus.CANCELLED).values(finished_at=now, lease_until=None)):
            cancelled += 1
            await progress.append(w, scan_id, "task_cancelled", _place(row), now)
    return cancelled


async def held_leases(r: ReadSession) -> list[Lease]:
    """The leases of all running tasks, as they stand now."""
    held = select(tasks.c.task_id, tasks.c.attempt, tasks.c.lease_until).where(tasks.c.status == TaskStatus.RUNNING)
    return [Lease(*row) for row in await r.rows(held.order_by(tasks.c.lease_until, tasks.c.task_id))]


async def end_leases(w: WriteSession, silent: Sequence[Lease], now: datetime, max_attempts: int) -> list[str]:
    """Tasks whose owner went silent: queued again, or FAILED after the last attempt. Those renewed meanwhile stay.

    Their ids.
    """
    return [lease.task_id for lease in silent if await _end_lease(w, lease, now, max_attempts)]


async def _end_lease(w: WriteSession, lease: Lease, now: datetime, max_attempts: int) -> bool:
    row = await get_task(w, lease.task_id)
    if row is None or row.status is not TaskStatus.RUNNING or (row.attempt, row.lease_until) != lease[1:]:
        return False
    failed = await failures(w, row.scan_id, row.task_id, row.attempt)
    error = f"the worker {row.owner} did not renew its lease in attempt {failed} of {max_attempts}"
    return await _give_up(w, row.task_id, error, now, retry=failed < max_attempts)


async def unsettled_tasks(r: ReadSession) -> list[tuple[TaskRow, ScanSpec]]:
    """Succeeded tasks of running scans whose events may not be stored yet: a scan ends when it has none."""
    query = (
        select(tasks, scans.c.spec)
        .join(scans, scans.c.scan_id == tasks.c.scan_id)
        .where(scans.c.status == ScanStatus.RUNNING, tasks.c.status == TaskStatus.SUCCEEDED)
        .where(~exists().where(settled_tasks.c.task_id == tasks.c.task_id))
        .order_by(tasks.c.finished_at, tasks.c.task_id)
    )
    return [(_task(row), row.spec) for row in await r.rows(query)]


async def _give_up(
    w: WriteSession, task_id: str, error: str, now: datetime, *, retry: bool, given_back: bool = False
) -> bool:
    target = TaskStatus.QUEUED if retry else TaskStatus.FAILED
    free = {"owner": None, "lease_until": None, "error": error}
    ended = {"published_at": None} if retry else {"finished_at": now}
    if not await w.change(_to(task_id, target).values(**free, **ended)):
        return False
    row = await get_task(w, task_id)
    if row is not None:
        kind: progress.ProgressKind = "task_retried" if retry else "task_failed"
        told = {**_place(row), "error": error} | ({"given_back": True} if given_back else {})
        await progress.append(w, row.scan_id, kind, told, now)
    return True


def _to(task_id: str, status: TaskStatus) -> Update:
    """The guarded UPDATE: it changes nothing unless the state table has this transition."""
    return (
        update(tasks)
        .where(tasks.c.task_id == task_id, tasks.c.status.in_(sorted(task_sources(status))))
        .values(status=status)
    )


def _owned(task_id: str, owner: str, attempt: int) -> tuple[Any, ...]:
    return (
        tasks.c.task_id == task_id,
        tasks.c.owner == owner,
        tasks.c.attempt == attempt,
        tasks.c.status == TaskStatus.RUNNING,
    )


def _place(row: TaskRow) -> dict[str, Any]:
    return {
        "task_id": row.task_id,
        "kind": row.kind,
        "account_id": row.account_id,
        "region": row.region,
        "family": row.family,
        "services": row.services,
        "attempt": row.attempt,
    }


def _counts(outcome: TaskOutcome) -> dict[str, Any]:
    """Resources and findings by service, the services with a gap, and what a replay needs: see ``TaskFinished``."""
    findings: Counter[str] = Counter()
    for rule in outcome.rules:
        findings[rule.service] += rule.wasted + rule.exposed
    return {
        "resources": dict(outcome.resources),
        "findings": dict(findings),
        "events": outcome.events,
        "gaps": sorted({coverage.service for coverage in outcome.coverage if coverage.is_gap}),
        "offsets": dict(outcome.offsets),
        "rules": outcome.rules,
        "complete": outcome.complete,
    }


def _task(row: AnyRow) -> TaskRow:
    return TaskRow(
        task_id=row.task_id,
        scan_id=row.scan_id,
        kind=row.kind,
        account_id=row.account_id,
        region=row.region,
        family=row.family,
        services=row.services,
        status=TaskStatus(row.status),
        owner=row.owner,
        lease_until=row.lease_until,
        attempt=row.attempt,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
        error=row.error,
    )
