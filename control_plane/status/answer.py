"""What is told of the platform."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from schemas.states import ScanStatus, TaskStatus


class ProcessAnswer(BaseModel):
    """One process and its last sign of life."""

    instance: str
    roles: list[str]
    version: str
    alive: bool = Field(description="False when three signs of life were missed.")
    started_at: datetime
    seen_at: datetime
    lag: dict[str, int] = Field(description="By group: messages between its position and the end.")
    running: int | None = Field(description="Tasks that a worker runs now; None for other roles.")
    slots: int | None
    failures: int = Field(description="How often one of its roles ended with an error since it started.")
    missing: dict[str, str] = Field(description="By dependency: why it does not answer.")


class BacklogAnswer(BaseModel):
    """What waits, over all clients."""

    scans: dict[ScanStatus, int]
    tasks: dict[TaskStatus, int]
    outbox_oldest_seconds: dict[str, float] = Field(description="Age of the oldest row to be published, by outbox.")
    lease_overdue_seconds: float
    dead_letters: int


class RunningScan(BaseModel):
    """A scan that has not ended."""

    scan_id: str
    status: ScanStatus
    provider: str
    account_id: str | None
    created_at: datetime
    tasks: dict[TaskStatus, int]


class Failure(BaseModel):
    """A scan that ended without having seen everything, or at all."""

    scan_id: str
    status: ScanStatus
    provider: str
    account_id: str | None
    finished_at: datetime | None
    error: str | None


class StatusAnswer(BaseModel):
    """One moment of the platform; scans are those of the client who asks."""

    processes: list[ProcessAnswer]
    missing_roles: list[str] = Field(description="Roles that no living process has: what they do stands still.")
    backlog: BacklogAnswer
    running: list[RunningScan] = Field(description="The newest twenty.")
    failures: list[Failure] = Field(description="The newest five that are FAILED or PARTIAL.")
