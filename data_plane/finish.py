"""Finish: a scan ends when all its tasks did and everything they sent is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog

from data_plane.backbone import Backbone
from data_plane.verdict import coverage_gaps, ended, outcomes, verdict
from schemas.instruments import SCAN_SECONDS, SCANS_FINISHED
from schemas.states import TaskStatus
from stores import ReadSession, findings, scans, tasks
from stores.scans import ScanRow
from stores.tasks import TaskRow

log = structlog.get_logger("data_plane.planner")


async def finish(backbone: Backbone) -> int:
    """Finish every running scan that is at its end; how many were finished."""
    async with backbone.store.read() as reading:
        running = await scans.running_scans(reading)
        ready = [row for row in running if await _at_its_end(reading, row) is not None]
    return sum([await _finish(backbone, row) for row in ready])


async def _at_its_end(reading: ReadSession, row: ScanRow) -> list[TaskRow] | None:
    """The tasks of a scan that waits for nothing any more, else None."""
    found = await tasks.list_tasks(reading, row.spec.scan_id)
    discover_failed = any(task.kind == "discover" and task.status is TaskStatus.FAILED for task in found)
    if not ended(found) or not (row.planned or discover_failed):
        return None
    unsettled = {task.scan_id for task, _ in await tasks.unsettled_tasks(reading)}
    return None if row.spec.scan_id in unsettled else found


async def _finish(backbone: Backbone, row: ScanRow) -> bool:
    now = backbone.clock()
    async with backbone.store.write() as writing:
        found = await _at_its_end(writing, row)
        if found is None:
            return False
        judged = verdict(found)
        payload = await _summary(writing, row, found, now)
        finished = await scans.finish_scan(writing, row.spec.scan_id, judged.status, judged.error, now, payload)
    if finished:
        SCANS_FINISHED.labels(row.spec.provider, judged.status.lower()).inc()
        SCAN_SECONDS.labels(row.spec.provider).observe(payload["duration_seconds"])
        log.info("scan_finished", scan_id=row.spec.scan_id, status=judged.status, **payload)
    return finished


async def _summary(reading: ReadSession, row: ScanRow, found: Sequence[TaskRow], now: datetime) -> dict[str, Any]:
    """What progress tells at the end. ``money`` is what is wasted a month, by currency."""
    spec = row.spec
    money: defaultdict[str, Decimal] = defaultdict(Decimal)
    filters = findings.FindingFilters(scan_id=spec.scan_id, category="waste")
    for total in await findings.totals(reading, spec.client_id, filters, now=now):
        if total.currency is not None and total.monthly_saving is not None:
            money[total.currency] += total.monthly_saving
    amounts = {currency: str(amount) for currency, amount in money.items()}
    return {**counts(found), "money": amounts, "duration_seconds": max(0.0, (now - row.created_at).total_seconds())}


def counts(found: Sequence[TaskRow]) -> dict[str, Any]:
    """The tasks' own counts: a cross-check of what is stored."""
    reports = outcomes(found)
    return {
        "resources": sum(sum(outcome.resources.values()) for outcome in reports),
        "events": sum(outcome.events for outcome in reports),
        "findings": sum(rule.wasted + rule.exposed for outcome in reports for rule in outcome.rules),
        "gaps": sum(gap.count for gap in coverage_gaps(found)),
        "tasks": len(found),
        "failed_tasks": sum(task.status is not TaskStatus.SUCCEEDED for task in found),
    }
