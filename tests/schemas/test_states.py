"""The state tables."""

from __future__ import annotations

import pytest

from schemas.states import (
    SCAN_TERMINAL,
    SCAN_TRANSITIONS,
    TASK_TERMINAL,
    TASK_TRANSITIONS,
    ScanStatus,
    TaskStatus,
    scan_sources,
    task_sources,
)


def test_terminal_states() -> None:
    assert {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED"} == SCAN_TERMINAL
    assert {"SUCCEEDED", "FAILED", "CANCELLED"} == TASK_TERMINAL


def test_every_state_has_its_row() -> None:
    assert set(SCAN_TRANSITIONS) == set(ScanStatus)
    assert set(TASK_TRANSITIONS) == set(TaskStatus)


@pytest.mark.parametrize(
    ("target", "sources"),
    [
        (ScanStatus.QUEUED, set()),
        (ScanStatus.RUNNING, {"QUEUED"}),
        (ScanStatus.COMPLETED, {"RUNNING"}),
        (ScanStatus.PARTIAL, {"RUNNING"}),
        (ScanStatus.FAILED, {"QUEUED", "RUNNING"}),
        (ScanStatus.CANCELLED, {"QUEUED", "RUNNING"}),
    ],
)
def test_scan_is_reached_from(target: ScanStatus, sources: set[str]) -> None:
    assert scan_sources(target) == sources


@pytest.mark.parametrize(
    ("target", "sources"),
    [
        (TaskStatus.QUEUED, {"RUNNING"}),
        (TaskStatus.RUNNING, {"QUEUED"}),
        (TaskStatus.SUCCEEDED, {"RUNNING"}),
        (TaskStatus.FAILED, {"QUEUED", "RUNNING"}),
        (TaskStatus.CANCELLED, {"QUEUED", "RUNNING"}),
    ],
)
def test_task_is_reached_from(target: TaskStatus, sources: set[str]) -> None:
    assert task_sources(target) == sources


def test_every_state_can_end() -> None:
    def ends(status: ScanStatus, seen: frozenset[ScanStatus] = frozenset()) -> bool:
        onward = SCAN_TRANSITIONS[status] - seen
        return status in SCAN_TERMINAL or any(ends(after, seen | {status}) for after in onward)

    assert all(ends(status) for status in ScanStatus)
