"""The tables of schedules and their runs: decisions of people, and what came of them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Index, Table, UniqueConstraint

from schemas.schedule import ScheduleSpec, Started
from stores.columns import Json, UtcTime, Words
from stores.tables import metadata

schedules: Final = Table(
    "schedules",
    metadata,
    Column("schedule_id", Words, primary_key=True),
    Column("client_id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("spec", Json(ScheduleSpec), nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("due_at", UtcTime),
    Column("starts_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    UniqueConstraint("client_id", "name", name="schedules_by_name"),
)
Index("schedules_by_start", schedules.c.starts_at)

schedule_runs: Final = Table(
    "schedule_runs",
    metadata,
    Column("run_id", Words, primary_key=True),
    Column("schedule_id", Words, nullable=False),
    Column("client_id", Words, nullable=False),
    Column("due_at", UtcTime),
    Column("started_at", UtcTime, nullable=False),
    Column("started", Json(Started), nullable=False),
    UniqueConstraint("schedule_id", "due_at", name="schedule_runs_once"),
)
"""A due time has one run: the database sees to that too."""
Index("schedule_runs_by_time", schedule_runs.c.schedule_id, schedule_runs.c.started_at, schedule_runs.c.run_id)
