"""What is told about schedules."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

import msgspec
from pydantic import BaseModel, Field

from schemas.schedule import RunRow, ScheduleRow, Started


class ScheduleAnswer(BaseModel):
    """One schedule."""

    schedule_id: str
    name: str
    cron: str
    time_zone: str
    jitter_minutes: int
    selection: dict[str, Any]
    services: list[str] | None
    regions: list[str] | None
    categories: list[str] | None
    lookback_days: int
    paused: bool
    due_at: datetime | None = Field(description="When it is due next; None while it is paused.")
    starts_at: datetime | None = Field(description="The same, with its offset.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: ScheduleRow) -> Self:
        """From its row."""
        spec, times = row.spec, ("due_at", "starts_at", "created_at", "updated_at")
        return cls(
            schedule_id=row.schedule_id,
            name=spec.name,
            **msgspec.to_builtins(spec.timetable),
            selection=msgspec.to_builtins(spec.selection),
            **msgspec.to_builtins(spec.wish),
            paused=spec.paused,
            **{name: getattr(row, name) for name in times},
        )


class ScheduleList(BaseModel):
    """All schedules, by name."""

    items: list[ScheduleAnswer]


class NextStarts(BaseModel):
    """When the next runs start, offset included."""

    items: list[datetime]


class StartedScanAnswer(BaseModel):
    """A scan of one account."""

    scan_id: str
    account_id: str
    provider: str
    native_id: str


class LeftOutAnswer(BaseModel):
    """An account that was meant and is not scanned."""

    account_id: str
    reason: str


class StartedAnswer(BaseModel):
    """Scans that were started together: follow them with `GET /api/v1/scans?parent_id=…`."""

    parent_id: str
    scans: list[StartedScanAnswer]
    left_out: list[LeftOutAnswer]

    @classmethod
    def of(cls, started: Started) -> Self:
        """From what the store keeps."""
        return cls.model_validate(msgspec.to_builtins(started))


class RunAnswer(BaseModel):
    """One run of a schedule."""

    run_id: str
    due_at: datetime | None = Field(description="None: somebody asked for it.")
    started_at: datetime
    started: StartedAnswer

    @classmethod
    def of(cls, row: RunRow) -> Self:
        """From its row."""
        started = StartedAnswer.of(row.started)
        return cls(run_id=row.run_id, due_at=row.due_at, started_at=row.started_at, started=started)


class RunList(BaseModel):
    """A page of runs, newest first."""

    items: list[RunAnswer]
    next_cursor: str | None
