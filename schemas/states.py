"""The states of scans and tasks, and the only transitions that exist. Terminal states never change."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class ScanStatus(StrEnum):
    """A scan: accepted, at work, and how it ended."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class TaskStatus(StrEnum):
    """A task: waiting for a worker, owned by one, and how it ended."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


SCAN_TRANSITIONS: Final[dict[ScanStatus, frozenset[ScanStatus]]] = {
    ScanStatus.QUEUED: frozenset({ScanStatus.RUNNING, ScanStatus.FAILED, ScanStatus.CANCELLED}),
    ScanStatus.RUNNING: frozenset({ScanStatus.COMPLETED, ScanStatus.PARTIAL, ScanStatus.FAILED, ScanStatus.CANCELLED}),
    ScanStatus.COMPLETED: frozenset(),
    ScanStatus.PARTIAL: frozenset(),
    ScanStatus.FAILED: frozenset(),
    ScanStatus.CANCELLED: frozenset(),
}

TASK_TRANSITIONS: Final[dict[TaskStatus, frozenset[TaskStatus]]] = {
    TaskStatus.QUEUED: frozenset({TaskStatus.RUNNING, TaskStatus.FAILED, TaskStatus.CANCELLED}),
    TaskStatus.RUNNING: frozenset({TaskStatus.QUEUED, TaskStatus.SUCCEEDED, TaskStatus.FAILED, TaskStatus.CANCELLED}),
    TaskStatus.SUCCEEDED: frozenset(),
    TaskStatus.FAILED: frozenset(),
    TaskStatus.CANCELLED: frozenset(),
}

SCAN_TERMINAL: Final = frozenset(s for s, after in SCAN_TRANSITIONS.items() if not after)
TASK_TERMINAL: Final = frozenset(s for s, after in TASK_TRANSITIONS.items() if not after)


def scan_sources(target: ScanStatus) -> frozenset[ScanStatus]:
    """The states from which ``target`` may be reached: the guard of the UPDATE."""
    return frozenset(s for s, after in SCAN_TRANSITIONS.items() if target in after)


def task_sources(target: TaskStatus) -> frozenset[TaskStatus]:
    """The states from which ``target`` may be reached: the guard of the UPDATE."""
    return frozenset(s for s, after in TASK_TRANSITIONS.items() if target in after)
