"""What a scan came to: counted from what its tasks report, money from its findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from schemas.scan import Coverage, CoverageStatus, TaskOutcome
from schemas.states import TaskStatus
from stores import findings, tasks
from stores.findings import FindingFilters, FindingTotal
from stores.scans import ScanRow
from stores.store import ReadSession


class CoverageLine(msgspec.Struct, frozen=True):
    """The same end of the same call in all regions: one line to a person."""

    service: str
    scope: str
    action: str
    status: CoverageStatus
    regions: tuple[str, ...]
    count: int
    """Calls that ended like this, in all regions."""
    resources: int
    operation: str
    reason: str
    principal: str
    by_organization: bool
    statement: dict[str, Any] | None


class ScanSummary(msgspec.Struct, frozen=True):
    """``findings`` counts those whose latest evidence is this scan; the rest is what the tasks reported."""

    tasks_by_status: Mapping[TaskStatus, int]
    events_by_category: Mapping[str, int]
    resources_by_service: Mapping[str, int]
    calls: Mapping[str, int]
    throttles: int
    coverage: tuple[CoverageLine, ...]
    findings: tuple[FindingTotal, ...]


async def scan_summary(r: ReadSession, scan: ScanRow) -> ScanSummary:
    """So far, or in the end."""
    found = await tasks.list_tasks(r, scan.spec.scan_id)
    outcomes = [task.outcome for task in found if task.outcome is not None]
    money = await findings.totals(r, scan.spec.client_id, FindingFilters(scan_id=scan.spec.scan_id))
    return ScanSummary(
        tasks_by_status=dict(Counter(task.status for task in found)),
        events_by_category=_added(outcome.events_by_category for outcome in outcomes),
        resources_by_service=_added(outcome.resources for outcome in outcomes),
        calls=_added(outcome.calls for outcome in outcomes),
        throttles=sum(outcome.throttles for outcome in outcomes),
        coverage=merged(outcomes),
        findings=tuple(money),
    )


def merged(outcomes: Iterable[TaskOutcome]) -> tuple[CoverageLine, ...]:
    """Coverage by service, scope, action and status; gaps first."""
    groups: dict[tuple[Any, ...], list[Coverage]] = {}
    for coverage in (each for outcome in outcomes for each in outcome.coverage):
        key = not coverage.is_gap, coverage.service, coverage.scope, coverage.action, coverage.status
        groups.setdefault(key, []).append(coverage)
    return tuple(_line(groups[key]) for key in sorted(groups))


def _line(alike: Sequence[Coverage]) -> CoverageLine:
    first = alike[0]
    return CoverageLine(
        service=first.service,
        scope=first.scope,
        action=first.action,
        status=first.status,
        regions=tuple(sorted({each.region for each in alike})),
        count=sum(each.count for each in alike),
        resources=sum(each.resources for each in alike),
        operation=first.operation,
        reason=first.reason,
        principal=first.principal,
        by_organization=first.by_organization,
        statement=first.statement,
    )


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(sorted(total.items()))
