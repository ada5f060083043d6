"""What is told about jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from schemas.job import JobKind
from schemas.states import TaskStatus
from stores.jobs import JobRow


class JobAccepted(BaseModel):
    """The job will run, whatever dies next. `Location` tells where to look at it."""

    job_id: str
    status: TaskStatus


class JobAnswer(BaseModel):
    """One job: how it is, and what it came to."""

    job_id: str
    kind: JobKind
    target: str = Field(description="What it is about: the id of an account, of a source.")
    status: TaskStatus
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempt: int
    result: dict[str, Any] | None = Field(description="What it came to; its form is that of its kind.")
    error: str | None

    @classmethod
    def of(cls, row: JobRow) -> Self:
        """From its row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class JobList(BaseModel):
    """A page of jobs, newest first."""

    items: list[JobAnswer]
    next_cursor: str | None
