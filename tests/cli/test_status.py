"""``sentinel status`` in words, over what the API answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cli.status import told

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WORKER: dict[str, Any] = {
    "instance": "host-7",
    "roles": ["worker"],
    "version": "1.0",
    "alive": True,
    "started_at": "2026-11-21T09:00:00Z",
    "seen_at": "2026-11-21T11:59:55Z",
    "lag": {},
    "running": 3,
    "slots": 4,
    "failures": 0,
    "missing": {},
}
QUIET: dict[str, Any] = {
    "processes": [WORKER],
    "missing_roles": [],
    "backlog": {
        "scans": {"QUEUED": 0, "RUNNING": 1},
        "tasks": {"QUEUED": 12, "RUNNING": 3},
        "outbox_oldest_seconds": {"scans": 0.0},
        "lease_overdue_seconds": 0.0,
        "dead_letters": 0,
    },
    "running": [],
    "failures": [],
}


def test_a_quiet_platform_is_a_few_lines() -> None:
    assert told(QUIET, NOW, 80) == [
        "ROLES   STATE  UP   TASKS  LAG  FAILURES  PROCESS",
        "worker  alive  3 h  3/4    -    0         host-7",
        "scans     0 queued, 1 running",
        "tasks     12 queued, 3 running",
    ]


def test_what_stands_still_is_told() -> None:
    dead = WORKER | {"alive": False, "seen_at": "2026-11-21T11:50:00Z", "missing": {"bus": "no broker answers"}}
    backlog = QUIET["backlog"] | {"outbox_oldest_seconds": {"scans": 301.0}, "dead_letters": 2}
    lines = told(QUIET | {"processes": [dead], "missing_roles": ["worker"], "backlog": backlog}, NOW, 80)
    assert "silent for 10 min" in lines[1]
    assert "missing: no worker is alive (sentinel run worker)" in lines
    assert "missing: worker does not reach the bus: no broker answers" in lines
    assert "waiting   the oldest of scans has not been published for 301 s" in lines
    assert "letters   2 could not be read or stored (sentinel dead-letters list)" in lines


def test_running_scans_and_failures_are_named() -> None:
    running = {
        "scan_id": "scan-1",
        "status": "RUNNING",
        "provider": "aws",
        "account_id": "111111111111",
        "created_at": "2026-11-21T11:59:00Z",
        "tasks": {"RUNNING": 2, "SUCCEEDED": 5},
    }
    failed = {
        "scan_id": "scan-0",
        "status": "FAILED",
        "provider": "aws",
        "account_id": None,
        "finished_at": "2026-11-21T10:00:00Z",
        "error": "the role cannot be assumed",
    }
    lines = told(QUIET | {"running": [running], "failures": [failed]}, NOW, 80)
    assert lines[-3:] == [
        "running   scan-1  aws 111111111111, for 60 s: 2 running, 5 succeeded",
        "failed    scan-0  aws -",
        "          the role cannot be assumed",
    ]
