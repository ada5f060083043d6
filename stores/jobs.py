"""Jobs: the row is the outbox and the truth, the message only says that it may be claimed. As with tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Update, delete, insert, or_, select, tuple_, update

from schemas.job import JobKind
from schemas.states import TaskStatus, task_sources
from stores.overdue import Recently
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tables import jobs
from stores.tasks import Lease
from stores.tenancy import of_any_client, of_client


class JobRow(msgspec.Struct, frozen=True):
    """One job. ``spec`` holds references only; ``target`` is what it is about (an account's id, a source's)."""

    job_id: str
    client_id: str
    kind: JobKind
    target: str
    spec: dict[str, Any]
    status: TaskStatus
    created_at: datetime
    owner: str | None = None
    attempt: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    result: dict[str, Any] | None = None
    error: str | None = None


class JobFilters(msgspec.Struct, frozen=True):
    """Which jobs; None means any."""

    kind: JobKind | None = None
    status: TaskStatus | None = None
    target: str | None = None


async def insert_job(w: WriteSession, job: JobRow) -> None:
    """Accept a job: QUEUED, and still to be published."""
    told = {"job_id": job.job_id, "client_id": job.client_id, "kind": job.kind, "target": job.target}
    row = {**told, "spec": job.spec, "created_at": job.created_at}
    await w.change(insert(jobs).values(**row, status=TaskStatus.QUEUED, attempt=0))


async def get_job(r: ReadSession, client_id: str | None, job_id: str) -> JobRow | None:
    """One job; ``client_id`` None is for the data plane."""
    base = of_any_client(jobs) if client_id is None else of_client(jobs, client_id)
    row = await r.row(base.where(jobs.c.job_id == job_id))
    return None if row is None else _job(row)


async def list_jobs(
    r: ReadSession, client_id: str, filters: JobFilters, *, limit: int, before: tuple[datetime, str] | None = None
) -> list[JobRow]:
    """Newest first; ``before`` is the (created_at, job_id) of the last one seen."""
    query = of_client(jobs, client_id).order_by(jobs.c.created_at.desc(), jobs.c.job_id.desc()).limit(limit)
    for name, value in msgspec.structs.asdict(filters).items():
        if value is not None:
            query = query.where(jobs.c[name] == value)
    if before is not None:
        query = query.where(tuple_(jobs.c.created_at, jobs.c.job_id) < before)
    return [_job(row) for row in await r.rows(query)]


async def unpublished_jobs(r: ReadSession, limit: int) -> list[JobRow]:
    """Queued jobs that were not sent yet, or have to be sent again; oldest first."""
    waiting = jobs.c.published_at.is_(None), jobs.c.status == TaskStatus.QUEUED
    return [
        _job(row) for row in await r.rows(of_any_client(jobs).where(*waiting).order_by(jobs.c.created_at).limit(limit))
    ]


async def mark_jobs_published(w: WriteSession, sent: Sequence[JobRow], now: datetime) -> None:
    """They were sent; not those whose next attempt is still to be."""
    for job in sent:
        same = jobs.c.job_id == job.job_id, jobs.c.attempt == job.attempt, jobs.c.status == TaskStatus.QUEUED
        await w.change(update(jobs).where(*same).values(published_at=now))


async def claim_job(w: WriteSession, job_id: str, owner: str, lease_until: datetime, now: datetime) -> JobRow | None:
    """QUEUED to RUNNING for this owner, with the next attempt. None when it is not QUEUED (any more)."""
    claim = _to(job_id, TaskStatus.RUNNING).values(
        owner=owner, lease_until=lease_until, attempt=jobs.c.attempt + 1, started_at=now, error=None
    )
    return await get_job(w, None, job_id) if await w.change(claim) else None


async def renew_lease(w: WriteSession, job_id: str, owner: str, attempt: int, lease_until: datetime) -> bool:
    """Keep it for longer. False when it is no longer ours."""
    return bool(await w.change(update(jobs).where(*_owned(job_id, owner, attempt)).values(lease_until=lease_until)))


async def owns_job(r: ReadSession, job_id: str, owner: str, attempt: int) -> bool:
    """Whether this attempt of this owner still runs."""
    return await r.row(select(jobs.c.job_id).where(*_owned(job_id, owner, attempt))) is not None


async def finish_job(
    w: WriteSession, job_id: str, owner: str, attempt: int, result: Mapping[str, Any], now: datetime
) -> bool:
    """RUNNING to SUCCEEDED. False when it is no longer ours: the result is not taken."""
    done = _to(job_id, TaskStatus.SUCCEEDED).where(*_owned(job_id, owner, attempt))
    return bool(await w.change(done.values(result=dict(result), finished_at=now, lease_until=None)))


async def fail_job(
    w: WriteSession, job_id: str, owner: str, attempt: int, error: str, now: datetime, *, retry: bool
) -> bool:
    """RUNNING to FAILED, or back to QUEUED and to be sent again. False when it is no longer ours."""
    if not await owns_job(w, job_id, owner, attempt):
        return False
    return await _give_up(w, job_id, error, now, retry=retry)


async def give_back_job(w: WriteSession, job_id: str, owner: str, attempt: int) -> bool:
    """RUNNING back to QUEUED by a worker that stops: the attempt does not count. False when it is no longer ours."""
    back = _to(job_id, TaskStatus.QUEUED).where(*_owned(job_id, owner, attempt))
    free = {"owner": None, "lease_until": None, "published_at": None}
    return bool(await w.change(back.values(**free, attempt=attempt - 1)))


async def held_leases(r: ReadSession) -> list[Lease]:
    """The leases of all running jobs, as they stand now."""
    held = select(jobs.c.job_id, jobs.c.attempt, jobs.c.lease_until).where(jobs.c.status == TaskStatus.RUNNING)
    return [Lease(*row) for row in await r.rows(held.order_by(jobs.c.lease_until, jobs.c.job_id))]


async def end_leases(w: WriteSession, silent: Sequence[Lease], now: datetime, max_attempts: int) -> list[str]:
    """Jobs whose owner went silent: queued again, or FAILED after the last attempt. Those renewed meanwhile stay."""
    return [lease.task_id for lease in silent if await _end_lease(w, lease, now, max_attempts)]


async def _end_lease(w: WriteSession, lease: Lease, now: datetime, max_attempts: int) -> bool:
    same = jobs.c.job_id == lease.task_id, jobs.c.attempt == lease.attempt, jobs.c.lease_until == lease.until
    row = await w.row(of_any_client(jobs).where(*same, jobs.c.status == TaskStatus.RUNNING))
    if row is None:
        return False
    error = f"the worker {row.owner} did not renew its lease in attempt {row.attempt} of {max_attempts}"
    return await _give_up(w, row.job_id, error, now, retry=row.attempt < max_attempts)


async def overdue_jobs(r: ReadSession, recently: Recently, limit: int) -> list[str]:
    """Queued jobs that were not sent recently, those that wait longest first."""
    late = or_(jobs.c.published_at < recently[0], jobs.c.published_at > recently[1])
    query = select(jobs.c.job_id).where(jobs.c.status == TaskStatus.QUEUED, late)
    return [row.job_id for row in await r.rows(query.order_by(jobs.c.published_at).limit(limit))]


async def send_jobs_again(w: WriteSession, job_ids: Sequence[str]) -> int:
    """Those that are still queued are to be published once more; how many there were."""
    waiting = jobs.c.job_id.in_(job_ids), jobs.c.status == TaskStatus.QUEUED
    return await w.change(update(jobs).where(*waiting).values(published_at=None))


async def delete_jobs_before(w: WriteSession, cutoff: datetime, limit: int) -> int:
    """Delete at most ``limit`` jobs that ended before the cutoff; how many there were."""
    old = select(jobs.c.job_id).where(jobs.c.finished_at < cutoff).order_by(jobs.c.finished_at).limit(limit)
    return await w.change(delete(jobs).where(jobs.c.job_id.in_(old.scalar_subquery())))


async def _give_up(w: WriteSession, job_id: str, error: str, now: datetime, *, retry: bool) -> bool:
    target = TaskStatus.QUEUED if retry else TaskStatus.FAILED
    free = {"owner": None, "lease_until": None, "error": error}
    ended = {"published_at": None} if retry else {"finished_at": now}
    return bool(await w.change(_to(job_id, target).values(**free, **ended)))


def _to(job_id: str, status: TaskStatus) -> Update:
    """The guarded UPDATE: it changes nothing unless the state table has this transition."""
    guard = jobs.c.job_id == job_id, jobs.c.status.in_(sorted(task_sources(status)))
    return update(jobs).where(*guard).values(status=status)


def _owned(job_id: str, owner: str, attempt: int) -> tuple[Any, ...]:
    ours = jobs.c.job_id == job_id, jobs.c.owner == owner, jobs.c.attempt == attempt
    return (*ours, jobs.c.status == TaskStatus.RUNNING)


def _job(row: AnyRow) -> JobRow:
    told = {name: getattr(row, name) for name in JobRow.__struct_fields__}
    return JobRow(**{**told, "status": TaskStatus(row.status)})
