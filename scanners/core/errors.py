"""Errors that only scanners know."""

from __future__ import annotations

from schemas.errors import SentinelError


class MissingFactError(SentinelError):
    """A rule read a field that the cloud did not tell: absent, null, of another type, or refused."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the cloud did not tell {name}")


class TaskLostError(SentinelError):
    """The task is no longer ours: it was cancelled, or its lease went to another worker. Nothing may follow."""

    def __init__(self, task_id: str) -> None:
        self.task_id = task_id
        super().__init__(f"task {task_id} is no longer ours")


class BadUnitError(SentinelError):
    """A scanner is declared wrongly: found when it registers, not when it runs."""
