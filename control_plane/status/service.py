"""Collects one moment of the platform."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from control_plane.context import Context
from control_plane.principal import Principal
from control_plane.status.answer import BacklogAnswer, Failure, ProcessAnswer, RunningScan, StatusAnswer
from schemas.process import SILENT_SECONDS
from schemas.states import ScanStatus
from stores import ReadSession, processes, scans, tasks
from stores.backlog import Backlog, backlog
from stores.processes import ProcessRow
from stores.scans import ScanRow

ROLES: Final = ("api", "planner", "worker", "materializer")
"""Without one of these nothing gets done."""
RUNNING: Final = 20
FAILURES: Final = 5


async def status(context: Context, principal: Principal) -> StatusAnswer:
    """Processes and backlog of the platform, scans of the client."""
    now = context.clock()
    async with context.store.read() as reading:
        found = [_process(row, now) for row in await processes.list_processes(reading)]
        waiting = await backlog(reading, now)
        running = [row for one in waiting.scans for row in await _newest(reading, principal, one, RUNNING)]
        failed = [
            row
            for one in (ScanStatus.FAILED, ScanStatus.PARTIAL)
            for row in await _newest(reading, principal, one, FAILURES)
        ]
        return StatusAnswer(
            processes=found,
            missing_roles=[role for role in ROLES if not any(one.alive and role in one.roles for one in found)],
            backlog=_backlog(waiting),
            running=[await _running(reading, row) for row in sorted(running, key=_newest_first)[:RUNNING]],
            failures=[_failure(row) for row in sorted(failed, key=_newest_first)[:FAILURES]],
        )


async def _newest(reading: ReadSession, principal: Principal, status: ScanStatus, limit: int) -> list[ScanRow]:
    return await scans.list_scans(reading, principal.client_id, status=status, limit=limit)


def _newest_first(row: ScanRow) -> float:
    return -row.created_at.timestamp()


def _process(row: ProcessRow, now: datetime) -> ProcessAnswer:
    told = row.report
    return ProcessAnswer(
        instance=row.instance,
        roles=list(row.roles),
        version=row.version,
        alive=now - row.seen_at < timedelta(seconds=SILENT_SECONDS),
        started_at=row.started_at,
        seen_at=row.seen_at,
        lag=dict(told.lag),
        running=told.running,
        slots=told.slots,
        failures=told.failures,
        missing=dict(told.missing),
    )


def _backlog(found: Backlog) -> BacklogAnswer:
    return BacklogAnswer(
        scans=dict(found.scans),
        tasks=dict(found.tasks),
        outbox_oldest_seconds={name: age.total_seconds() for name, age in found.outboxes.items()},
        lease_overdue_seconds=found.lease_overdue.total_seconds(),
        dead_letters=found.dead_letters,
    )


async def _running(reading: ReadSession, row: ScanRow) -> RunningScan:
    found = Counter(task.status for task in await tasks.list_tasks(reading, row.spec.scan_id))
    return RunningScan(
        scan_id=row.spec.scan_id,
        status=row.status,
        provider=row.spec.provider,
        account_id=row.account_id,
        created_at=row.created_at,
        tasks=dict(found),
    )


def _failure(row: ScanRow) -> Failure:
    return Failure(
        scan_id=row.spec.scan_id,
        status=row.status,
        provider=row.spec.provider,
        account_id=row.account_id,
        finished_at=row.finished_at,
        error=row.error,
    )
