"""How a scan ended, from its tasks: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from schemas.scan import Coverage, TaskOutcome
from schemas.states import TASK_TERMINAL, ScanStatus, TaskStatus
from stores.tasks import TaskRow


class Verdict(NamedTuple):
    """The terminal state, and why when it is not COMPLETED."""

    status: ScanStatus
    error: str | None


def ended(tasks: Sequence[TaskRow]) -> bool:
    """Whether no task will change any more."""
    return all(task.status in TASK_TERMINAL for task in tasks)


def verdict(tasks: Sequence[TaskRow]) -> Verdict:
    """COMPLETED: all was seen. PARTIAL: something was. FAILED: nothing could be seen."""
    discover_error = _failure(task for task in tasks if task.kind == "discover")
    scanning = [task for task in tasks if task.kind != "discover"]
    if discover_error:
        return Verdict(ScanStatus.FAILED, discover_error)
    if not scanning:
        return Verdict(ScanStatus.FAILED, "nothing to look at: no region that was asked for is enabled")
    gaps, error = coverage_gaps(tasks), _failure(scanning)
    if not any(_saw_something(task) for task in scanning) and (gaps or error):
        return Verdict(ScanStatus.FAILED, error or f"nothing could be seen: {_told(gaps[0])}")
    if error:
        return Verdict(ScanStatus.PARTIAL, error)
    if gaps:
        return Verdict(ScanStatus.PARTIAL, f"coverage gaps: {sum(gap.count for gap in gaps)}; first: {_told(gaps[0])}")
    return Verdict(ScanStatus.COMPLETED, None)


def outcomes(tasks: Sequence[TaskRow]) -> list[TaskOutcome]:
    """What the tasks that succeeded report."""
    return [task.outcome for task in tasks if task.outcome is not None]


def coverage_gaps(tasks: Sequence[TaskRow]) -> list[Coverage]:
    """Everything that was asked for and could not be seen."""
    return [coverage for outcome in outcomes(tasks) for coverage in outcome.coverage if coverage.is_gap]


def _saw_something(task: TaskRow) -> bool:
    if task.status is not TaskStatus.SUCCEEDED or task.outcome is None:
        return False
    listed = any(c.status == "reached" and c.scope == "listing" for c in task.outcome.coverage)
    return listed or bool(task.outcome.complete) or any(task.outcome.resources.values())


def _failure(tasks: Iterable[TaskRow]) -> str | None:
    """Why tasks failed: the first reason, and how many there are."""
    failed = [task for task in tasks if task.status is not TaskStatus.SUCCEEDED]
    if not failed:
        return None
    first = failed[0]
    more = f" (and {len(failed) - 1} more tasks)" if len(failed) > 1 else ""
    return f"{first.family or first.kind} {first.region} failed: {first.error}{more}".replace("  ", " ")


def _told(gap: Coverage) -> str:
    return f"{gap.service} in {gap.region} {gap.status}: {gap.reason or gap.operation}"
