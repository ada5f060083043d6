"""Scans: listed, told in detail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from control_plane.context import Context
from control_plane.findings.answer import Totals
from control_plane.paging import read_cursor, write_cursor
from control_plane.principal import Principal
from control_plane.scans import coverage
from control_plane.scans.answer import (
    CallbackAnswer,
    Calls,
    ConnectionAnswer,
    Counts,
    ScanDetail,
    ScanList,
    ScanSummary,
    TaskAnswer,
    Tasks,
)
from control_plane.scans.find import find_scan
from control_plane.scans.measures import measures
from control_plane.scans.request import ScanFilters
from schemas.callback import shown_url
from stores import ReadSession, callbacks, events, findings, resources, scans, tasks
from stores.callbacks import CallbackRow
from stores.scans import ScanRow
from stores.tasks import TaskRow


async def page(context: Context, principal: Principal, filters: ScanFilters) -> ScanList:
    """The scans of this client, newest first."""
    before = read_cursor(filters.cursor, tuple[datetime, str])
    async with context.store.read() as reading:
        rows = await scans.list_scans(
            reading,
            principal.client_id,
            status=filters.status,
            parent_id=filters.parent_id,
            limit=filters.limit,
            before=before,
        )
    last = (rows[-1].created_at, rows[-1].spec.scan_id) if len(rows) == filters.limit else None
    return ScanList(items=[summary(row) for row in rows], next_cursor=write_cursor(last) if last else None)


async def detail(context: Context, principal: Principal, scan_id: str) -> ScanDetail:
    """Everything that is known about one scan. Raises ``NotFoundError``."""
    async with context.store.read() as reading:
        row = await find_scan(reading, principal, scan_id)
        found = await tasks.list_tasks(reading, scan_id)
        counts = await _counts(reading, context, principal, row, found)
        called = await callbacks.get_callback(reading, principal.client_id, scan_id)
    spec = row.spec
    return ScanDetail(
        **summary(row).model_dump(),
        connection=ConnectionAnswer.model_validate(spec.connection, from_attributes=True),
        principal=row.discovery.principal if row.discovery else None,
        services=list(spec.services),
        regions=None if spec.regions is None else list(spec.regions),
        categories=list(spec.categories),
        resource_ids=None if spec.resource_ids is None else list(spec.resource_ids),
        lookback_days=spec.lookback_days,
        max_age_seconds=spec.max_age_seconds,
        tasks=_tasks(found),
        counts=counts,
        coverage=coverage.report(row, found),
        calls=_calls(found),
        measures=measures(found),
        callback=None if called is None else _callback(called),
    )


def _callback(row: CallbackRow) -> CallbackAnswer:
    return CallbackAnswer(
        url=shown_url(row.url),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        delivered_at=row.delivered_at,
        gave_up_at=row.gave_up_at,
        last_error=row.last_error,
    )


def summary(row: ScanRow) -> ScanSummary:
    """One scan in short."""
    begun = row.started_at or row.created_at
    return ScanSummary(
        scan_id=row.spec.scan_id,
        status=row.status,
        provider=row.spec.provider,
        account=row.spec.account,
        account_id=row.account_id,
        demo=row.spec.demo,
        asof=row.spec.asof,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        duration_seconds=(row.finished_at - begun).total_seconds() if row.finished_at else None,
        error=row.error,
        retry_of=row.spec.retry_of,
        parent_id=row.spec.parent_id,
    )


async def _counts(
    reading: ReadSession, context: Context, principal: Principal, row: ScanRow, found: Sequence[TaskRow]
) -> Counts:
    scan_id = row.spec.scan_id
    about = findings.FindingFilters(scan_id=scan_id)
    sums = await findings.totals(reading, principal.client_id, about, now=context.clock())
    seen = _seen(found) if row.finished_at else await resources.count_by_service(reading, principal.client_id, scan_id)
    return Counts(
        resources=dict(seen),
        events=dict(await events.count_by_category(reading, principal.client_id, scan_id)),
        findings=Totals.of(sums),
    )


def _seen(found: Sequence[TaskRow]) -> Mapping[str, int]:
    """By service, as its tasks counted them: what is stored belongs to a newer scan as soon as that one tells it."""
    by_service: Counter[str] = Counter()
    for task in found:
        by_service.update(task.outcome.resources if task.outcome else {})
    return dict(sorted(by_service.items()))


def _tasks(found: Sequence[TaskRow]) -> Tasks:
    return Tasks(
        total=len(found), by_status=dict(Counter(task.status for task in found)), items=[_task(task) for task in found]
    )


def _task(task: TaskRow) -> TaskAnswer:
    outcome = task.outcome
    return TaskAnswer(
        task_id=task.task_id,
        kind=task.kind,
        family=task.family,
        region=task.region,
        services=list(task.services),
        status=task.status,
        attempt=task.attempt,
        started_at=task.started_at,
        finished_at=task.finished_at,
        error=task.error,
        resources=sum(outcome.resources.values()) if outcome else 0,
        events=outcome.events if outcome else 0,
        findings=sum(rule.wasted + rule.exposed for rule in outcome.rules) if outcome else 0,
    )


def _calls(found: Sequence[TaskRow]) -> Calls:
    outcomes = [task.outcome for task in found if task.outcome]
    by_operation: Counter[str] = Counter()
    for outcome in outcomes:
        by_operation.update(outcome.calls)
    return Calls(
        total=by_operation.total(),
        by_operation=dict(by_operation.most_common()),
        throttles=sum(outcome.throttles for outcome in outcomes),
    )
