"""Collects what the page at / shows, from the same services as the API."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from control_plane.context import Context
from control_plane.findings import service as findings_service
from control_plane.findings.answer import FindingAnswer, FindingList
from control_plane.findings.request import FindingFilters
from control_plane.principal import Principal
from control_plane.scans import coverage
from control_plane.scans.coverage import CoverageReport, Gap
from control_plane.scans.service import summary
from dashboard.overview import EventLine, FindingLine, GapLine, Overview, ScanLine
from schemas.event import decode
from schemas.states import SCAN_TERMINAL, TASK_TERMINAL
from stores import events, scans, tasks
from stores.events import EventQuery
from stores.scans import ScanRow
from stores.tasks import TaskRow

SCANS: Final = 8
FINDINGS: Final = 20
EVENTS: Final = 12
VALUE_LENGTH: Final = 120

Looked = tuple[ScanRow, Sequence[TaskRow], CoverageReport]


async def overview(context: Context, principal: Principal) -> Overview:
    """Everything that the page shows."""
    looked = await _scans(context, principal)
    open_findings = await findings_service.page(context, principal, FindingFilters(limit=FINDINGS))
    wasted = await findings_service.totals(context, principal, FindingFilters(category="waste"))
    seen = open_findings.coverage
    return Overview(
        at=context.clock(),
        wasted=[(currency, Decimal(amount)) for currency, amount in sorted(wasted.monthly_saving.items())],
        findings_total=open_findings.totals.findings,
        findings=[_finding(each) for each in open_findings.items],
        complete=bool(seen and seen.complete),
        services_reached=seen.services_reached if seen else 0,
        services_total=seen.services_total if seen else 0,
        price_date=_price_date(open_findings),
        demo=any(each.demo for each in open_findings.items) or any(row.spec.demo for row, _, _ in looked),
        scans=[_scan(row, found, report) for row, found, report in looked],
        gaps=[_gap(each) for each in seen.gaps] if seen else [],
        events=await _events(context, principal),
    )


async def _scans(context: Context, principal: Principal) -> list[Looked]:
    async with context.store.read() as reading:
        rows = await scans.list_scans(reading, principal.client_id, limit=SCANS, before=None)
        found = [(row, await tasks.list_tasks(reading, row.spec.scan_id)) for row in rows]
    return [(row, its_tasks, coverage.report(row, its_tasks)) for row, its_tasks in found]


async def _events(context: Context, principal: Principal) -> list[EventLine]:
    async with context.store.read() as reading:
        bodies = await events.find_events(reading, EventQuery(client_id=principal.client_id, limit=EVENTS))
    return [
        EventLine(event.id, event.time, event.type, event.subject, _short(event.data.value))
        for event in map(decode, bodies)
    ]


def _scan(row: ScanRow, found: Sequence[TaskRow], report: CoverageReport) -> ScanLine:
    return ScanLine(
        scan_id=row.spec.scan_id,
        status=row.status,
        running=row.status not in SCAN_TERMINAL,
        account=row.account_id or "not known yet",
        demo=row.spec.demo,
        created_at=row.created_at,
        duration_seconds=summary(row).duration_seconds,
        tasks_done=sum(task.status in TASK_TERMINAL for task in found),
        tasks_total=len(found),
        services_reached=report.services_reached,
        services_total=report.services_total,
        complete=report.complete,
        error=row.error,
    )


def _finding(finding: FindingAnswer) -> FindingLine:
    return FindingLine(
        id=finding.id,
        category=finding.category,
        severity=finding.severity,
        resource_id=finding.resource_id,
        region=finding.region,
        rule=finding.rule,
        reason=finding.reason,
        saving=None if finding.monthly_saving is None else Decimal(finding.monthly_saving),
        currency=finding.currency,
    )


def _price_date(findings: FindingList) -> str | None:
    """The dates of the prices behind the findings, oldest to youngest, as the evidence tells them."""
    prices = (each.evidence.get("price") for each in findings.items)
    told = {str(price["source_date"]) for price in prices if isinstance(price, dict) and price.get("source_date")}
    dates = sorted(told)
    return " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else None


def _gap(gap: Gap) -> GapLine:
    return GapLine(
        account=gap.account_id or "not known",
        service=gap.service,
        status=gap.status,
        scope=gap.scope,
        what=gap.action or gap.operation,
        regions=gap.regions,
        count=gap.count,
        reason=gap.reason,
        statement=msgspec.json.format(msgspec.json.encode(gap.statement)).decode() if gap.statement else None,
    )


def _short(value: Any) -> str:  # noqa: ANN401 - any JSON
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= VALUE_LENGTH else f"{text[: VALUE_LENGTH - 1]}…"
