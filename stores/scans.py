"""Scans: accepted, started, planned, finished. The row is the outbox and the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Update, insert, select, tuple_, union, update

from schemas.scan import Discovery, PlannedTask, ScanSpec
from schemas.states import ScanStatus, TaskStatus, scan_sources
from stores import callbacks, progress
from stores.store import AnyRow, ReadSession, WriteSession
from stores.tables import ingestions, scans, tasks
from stores.tasks import cancel_tasks
from stores.tenancy import of_any_client, of_client
from stores.upsert import in_pieces

CANCELLED: Final = "cancelled by request"


class ScanRow(msgspec.Struct, frozen=True):
    """One scan. ``account_id`` and ``discovery`` are known once it is planned."""

    spec: ScanSpec
    status: ScanStatus
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    account_id: str | None = None
    discovery: Discovery | None = None
    planned: bool = False
    error: str | None = None


async def insert_scan(w: WriteSession, spec: ScanSpec, now: datetime) -> None:
    """Accept a scan: QUEUED, and still to be published."""
    row = {"scan_id": spec.scan_id, "client_id": spec.client_id, "parent_id": spec.parent_id, "spec": spec}
    await w.change(insert(scans).values(status=ScanStatus.QUEUED, created_at=now, **row))
    asked = {"provider": spec.provider, "services": spec.services, "regions": spec.regions}
    await progress.append(w, spec.scan_id, "scan_accepted", asked, now)


async def get_scan(r: ReadSession, client_id: str | None, scan_id: str) -> ScanRow | None:
    """One scan; ``client_id`` None is for the data plane."""
    base = of_any_client(scans) if client_id is None else of_client(scans, client_id)
    row = await r.row(base.where(scans.c.scan_id == scan_id))
    return None if row is None else _scan(row)


async def list_scans(
    r: ReadSession,
    client_id: str,
    *,
    status: ScanStatus | None = None,
    parent_id: str | None = None,
    limit: int,
    before: tuple[datetime, str] | None = None,
) -> list[ScanRow]:
    """Newest first; ``before`` is the (created_at, scan_id) of the last one seen."""
    query = of_client(scans, client_id).order_by(scans.c.created_at.desc(), scans.c.scan_id.desc()).limit(limit)
    if status is not None:
        query = query.where(scans.c.status == status)
    if parent_id is not None:
        query = query.where(scans.c.parent_id == parent_id)
    if before is not None:
        query = query.where(tuple_(scans.c.created_at, scans.c.scan_id) < before)
    return [_scan(row) for row in await r.rows(query)]


async def open_scans(r: ReadSession, client_id: str, ids: Sequence[str]) -> list[str]:
    """Those of these scans that have not ended."""
    found: list[str] = []
    for piece in in_pieces(ids):
        query = of_client(scans, client_id, scans.c.scan_id).where(scans.c.scan_id.in_(piece))
        found += [row.scan_id for row in await r.rows(query.where(scans.c.finished_at.is_(None)))]
    return found


async def unpublished_scans(r: ReadSession, limit: int) -> list[ScanRow]:
    """Scans of which was not told yet that they were accepted, or cancelled; oldest first."""
    query = of_any_client(scans).where(scans.c.published_at.is_(None)).order_by(scans.c.created_at).limit(limit)
    return [_scan(row) for row in await r.rows(query)]


async def traceparents(r: ReadSession, scan_ids: Iterable[str]) -> dict[str, str | None]:
    """By scan: the trace that it belongs to."""
    found = await r.rows(of_any_client(scans).where(scans.c.scan_id.in_(list(scan_ids))))
    return {row.scan_id: row.spec.traceparent for row in found}


async def mark_scans_published(w: WriteSession, ids: Sequence[str], now: datetime, *, cancelled: bool = False) -> None:
    """That they were accepted was sent, or that they were cancelled; not of those that were cancelled meanwhile."""
    told = (scans.c.status == ScanStatus.CANCELLED) if cancelled else (scans.c.status != ScanStatus.CANCELLED)
    await w.change(update(scans).where(scans.c.scan_id.in_(ids), told).values(published_at=now))


async def start_scan(w: WriteSession, scan_id: str, discover_task_id: str, now: datetime) -> bool:
    """QUEUED to RUNNING, with the task that discovers its account. False when it was not QUEUED."""
    if not await w.change(_to(scan_id, ScanStatus.RUNNING).values(started_at=now)):
        return False
    discover = PlannedTask(family="", region="", services=())
    await w.change(insert(tasks), [_new_task(0, discover_task_id, scan_id, "discover", "", discover)])
    await progress.append(w, scan_id, "scan_started", {}, now)
    return True


async def scans_to_plan(r: ReadSession) -> list[tuple[ScanRow, Discovery]]:
    """Running scans that are not planned and whose account was discovered."""
    query = (
        select(scans, tasks.c.outcome)
        .join(tasks, tasks.c.scan_id == scans.c.scan_id)
        .where(scans.c.status == ScanStatus.RUNNING, scans.c.planned_at.is_(None))
        .where(tasks.c.kind == "discover", tasks.c.status == TaskStatus.SUCCEEDED)
        .order_by(scans.c.created_at, scans.c.scan_id)
    )
    return [(_scan(row), row.outcome.discovery) for row in await r.rows(query)]


async def plan_scan(
    w: WriteSession, scan_id: str, discovery: Discovery, tasks_: Sequence[tuple[str, PlannedTask]], now: datetime
) -> bool:
    """Write down all tasks at once. False when the scan is not running, or is planned already."""
    unplanned = update(scans).where(
        scans.c.scan_id == scan_id, scans.c.status == ScanStatus.RUNNING, scans.c.planned_at.is_(None)
    )
    if not await w.change(unplanned.values(planned_at=now, account_id=discovery.account_id, discovery=discovery)):
        return False
    account_id = discovery.account_id
    rows = [_new_task(n, task_id, scan_id, "scan", account_id, task) for n, (task_id, task) in enumerate(tasks_, 1)]
    await w.change(insert(tasks), rows)
    return True


async def finish_scan(
    w: WriteSession, scan_id: str, status: ScanStatus, error: str | None, now: datetime, payload: Mapping[str, Any]
) -> bool:
    """To a terminal state. False when it cannot be reached from the present one."""
    if not await w.change(_to(scan_id, status).values(finished_at=now, error=error)):
        return False
    await _tell_the_end(w, scan_id, {"status": status, "error": error, **payload}, now)
    return True


async def cancel_scan(w: WriteSession, scan_id: str, now: datetime) -> bool:
    """To CANCELLED with all its open tasks, and to be published again. False when the scan had ended."""
    gone = _to(scan_id, ScanStatus.CANCELLED).values(finished_at=now, error=CANCELLED, published_at=None)
    if not await w.change(gone):
        return False
    cancelled = await cancel_tasks(w, scan_id, now)
    told = {"status": ScanStatus.CANCELLED, "error": CANCELLED, "cancelled_tasks": cancelled}
    await _tell_the_end(w, scan_id, told, now)
    return True


async def _tell_the_end(w: WriteSession, scan_id: str, told: Mapping[str, Any], now: datetime) -> None:
    await progress.append(w, scan_id, "scan_finished", told, now)
    row = await get_scan(w, None, scan_id)
    if row is not None and row.spec.callback_url is not None:
        await callbacks.arrange(w, row.spec.client_id, scan_id, row.spec.callback_url, now)


async def clients(r: ReadSession) -> list[str]:
    """Every client that ever asked for a scan or an ingestion, sorted."""
    asked = union(select(scans.c.client_id), select(ingestions.c.client_id)).order_by("client_id")
    return [row.client_id for row in await r.rows(asked)]


async def running_scans(r: ReadSession) -> list[ScanRow]:
    """All that are RUNNING, oldest first."""
    query = of_any_client(scans).where(scans.c.status == ScanStatus.RUNNING).order_by(scans.c.created_at)
    return [_scan(row) for row in await r.rows(query)]


def _to(scan_id: str, status: ScanStatus) -> Update:
    """The guarded UPDATE: it changes nothing unless the state table has this transition."""
    return (
        update(scans)
        .where(scans.c.scan_id == scan_id, scans.c.status.in_(sorted(scan_sources(status))))
        .values(status=status)
    )


def _new_task(number: int, task_id: str, scan_id: str, kind: str, account_id: str, task: PlannedTask) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "scan_id": scan_id,
        "number": number,
        "kind": kind,
        "account_id": account_id,
        "region": task.region,
        "family": task.family,
        "services": task.services,
        "status": TaskStatus.QUEUED,
        "attempt": 0,
    }


def _scan(row: AnyRow) -> ScanRow:
    return ScanRow(
        spec=row.spec,
        status=ScanStatus(row.status),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        account_id=row.account_id,
        discovery=row.discovery,
        planned=row.planned_at is not None,
        error=row.error,
    )
