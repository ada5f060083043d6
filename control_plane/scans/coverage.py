"""What a scan saw of what was asked for. A scan with a gap is never read as clean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, Field

from schemas.scan import Coverage, CoverageStatus
from schemas.states import SCAN_TERMINAL, ScanStatus, TaskStatus
from stores.scans import ScanRow
from stores.tasks import TaskRow


class Gap(BaseModel):
    """One kind of thing that could not be seen, however many regions and calls."""

    account_id: str | None
    service: str
    status: CoverageStatus
    scope: str = Field(description="What was lost: `region`, `listing` (resources), `metrics` or `enrich` (fields).")
    regions: list[str]
    count: int = Field(description="How many calls ended like this.")
    operation: str = ""
    action: str = Field("", description="The permission that is missing.")
    principal: str = ""
    reason: str = ""
    by_organization: bool = False
    statement: dict[str, Any] | None = Field(None, description="The policy statement that would open it.")


class CoverageReport(BaseModel):
    """``complete`` is true only when the scans have ended and everything that was asked for was seen."""

    scan_ids: list[str] = Field(description="The scan, or the latest scan of each account.")
    complete: bool
    services_reached: int = Field(description="Services that were read to the end everywhere, without a gap.")
    services_total: int = Field(description="Services that were asked for, counted once for each account.")
    tasks_open: int = Field(description="Tasks that have not ended: what they would see is not known yet.")
    gaps: list[Gap]


def report(scan: ScanRow, tasks: Sequence[TaskRow]) -> CoverageReport:
    """The coverage of one scan from its tasks."""
    gaps = [*_seen_gaps(tasks), *_failed(scan, tasks)]
    reached = _reached(scan, tasks, {gap.service for gap in gaps})
    ended = scan.status in SCAN_TERMINAL and scan.status is not ScanStatus.CANCELLED
    return CoverageReport(
        scan_ids=[scan.spec.scan_id],
        complete=ended and not gaps and len(reached) == len(scan.spec.services),
        services_reached=len(reached),
        services_total=len(scan.spec.services),
        tasks_open=sum(task.status in {TaskStatus.QUEUED, TaskStatus.RUNNING} for task in tasks),
        gaps=_grouped(scan.account_id, gaps),
    )


def merged(reports: Sequence[CoverageReport]) -> CoverageReport | None:
    """One report over several scans; None when there is none."""
    if not reports:
        return None
    return CoverageReport(
        scan_ids=[scan_id for each in reports for scan_id in each.scan_ids],
        complete=all(each.complete for each in reports),
        services_reached=sum(each.services_reached for each in reports),
        services_total=sum(each.services_total for each in reports),
        tasks_open=sum(each.tasks_open for each in reports),
        gaps=[gap for each in reports for gap in each.gaps],
    )


def _seen_gaps(tasks: Iterable[TaskRow]) -> list[Coverage]:
    return [each for task in tasks if task.outcome for each in task.outcome.coverage if each.is_gap]


def _failed(scan: ScanRow, tasks: Sequence[TaskRow]) -> list[Coverage]:
    """A task that failed or was cancelled saw nothing of any of its services; discovery saw nothing of the account."""
    return [
        Coverage(service, task.region, "failed", reason=task.error or f"the task was {task.status.lower()}")
        for task in tasks
        if task.status in {TaskStatus.FAILED, TaskStatus.CANCELLED}
        for service in (task.services or scan.spec.services)
    ]


def _reached(scan: ScanRow, tasks: Sequence[TaskRow], with_gaps: set[str]) -> list[str]:
    planned = Counter(service for task in tasks for service in task.services)
    read = Counter(service for task in tasks for service in _read_to_the_end(task))
    return [each for each in scan.spec.services if each not in with_gaps and 0 < planned[each] <= read[each]]


def _read_to_the_end(task: TaskRow) -> set[str]:
    """The services with nothing left to see: listed, or not offered in this region."""
    if task.outcome is None:
        return set()
    seen = {"reached", "unsupported"}
    return {each.service for each in task.outcome.coverage if each.status in seen} & set(task.services)


def _grouped(account_id: str | None, gaps: Iterable[Coverage]) -> list[Gap]:
    """Once for each service and action, with a count."""
    groups: dict[tuple[str, ...], list[Coverage]] = {}
    for gap in gaps:
        key = (gap.service, gap.status, gap.scope, gap.operation, gap.action, gap.reason if not gap.action else "")
        groups.setdefault(key, []).append(gap)
    return [_gap(account_id, members) for _, members in sorted(groups.items())]


def _gap(account_id: str | None, members: Sequence[Coverage]) -> Gap:
    first = members[0]
    return Gap(
        account_id=account_id,
        service=first.service,
        status=first.status,
        scope=first.scope,
        regions=sorted({each.region for each in members if each.region}),
        count=sum(each.count for each in members),
        operation=first.operation,
        action=first.action,
        principal=first.principal,
        reason=first.reason,
        by_organization=first.by_organization,
        statement=first.statement,
    )
