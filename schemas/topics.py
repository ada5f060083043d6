"""The topics, what keys them, and the small messages that travel on them."""

from __future__ import annotations

from typing import Any, Final

import msgspec

SCANS: Final = "sentinel.scans"
TASKS: Final = "sentinel.tasks"
EVENTS: Final = "sentinel.events"
PROGRESS: Final = "sentinel.progress"
DEAD_LETTERS: Final = "sentinel.dead-letters"
TOPICS: Final = (SCANS, TASKS, EVENTS, PROGRESS, DEAD_LETTERS)


class ScanMessage(msgspec.Struct, frozen=True, tag_field="kind", tag="accepted"):
    """On ``sentinel.scans``, keyed by scan id: a job was accepted. A reference only, never credentials."""

    scan_id: str
    client_id: str


class ScanCancelled(msgspec.Struct, frozen=True, tag_field="kind", tag="cancelled"):
    """On ``sentinel.scans``, keyed by scan id: a job was cancelled. Its row says so; nobody has to read this."""

    scan_id: str
    client_id: str


class TaskMessage(msgspec.Struct, frozen=True, tag_field="kind", tag="dispatch"):
    """On ``sentinel.tasks``, keyed by account + region: somebody may claim this task's row."""

    task_id: str
    scan_id: str
    account_id: str
    region: str
    family: str


class ProgressMessage(msgspec.Struct, frozen=True):
    """On ``sentinel.progress``, keyed by scan id: what happened to a scan, in order.

    ``kind`` is one of scan_accepted, scan_started, task_started, task_finished, task_failed, task_retried,
    task_cancelled, scan_finished.
    """

    seq: int
    scan_id: str
    kind: str
    at: str
    payload: dict[str, Any]


class DeadLetter(msgspec.Struct, frozen=True):
    """On ``sentinel.dead-letters``: what could not be read or stored, why, and from where."""

    topic: str
    partition: int
    offset: int
    key: str
    reason: str
    body: str


def tasks_key(account_id: str, region: str) -> str:
    """Dispatch is keyed by account and region, so that one worker tends to own a quota."""
    return f"{account_id}/{region}"
