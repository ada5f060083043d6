"""/api/v1/jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from control_plane.context import CurrentContext
from control_plane.errors import NotFoundError
from control_plane.ids import FORM
from control_plane.jobs.answer import JobAnswer, JobList
from control_plane.known_names import Text
from control_plane.paging import Cursor, read_cursor, write_cursor
from control_plane.principal import Principal, needs
from control_plane.strict import Strict
from schemas.job import JobKind
from schemas.states import TaskStatus
from stores import jobs
from stores.jobs import JobFilters

router = APIRouter(prefix="/jobs", tags=["jobs"])

Reader = Annotated[Principal, needs("accounts:read")]
JobId = Annotated[str, Path(pattern=f"^{FORM}$", description="32 hex digits.")]


class JobQuery(Strict):
    """All filters that are given must hold."""

    kind: JobKind | None = None
    status: TaskStatus | None = None
    target: Text = Field(None, description="What it is about: the id of an account, of a source.")
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Cursor = None


@router.get("", summary="List jobs")
async def index(asked: Annotated[JobQuery, Query()], context: CurrentContext, principal: Reader) -> JobList:
    """What workers do beside scans, newest first."""
    before = read_cursor(asked.cursor, tuple[datetime, str])
    wanted = JobFilters(asked.kind, asked.status, asked.target)
    async with context.store.read() as reading:
        rows = await jobs.list_jobs(reading, principal.client_id, wanted, limit=asked.limit, before=before)
    last = (rows[-1].created_at, rows[-1].job_id) if len(rows) == asked.limit else None
    return JobList(items=[JobAnswer.of(row) for row in rows], next_cursor=write_cursor(last) if last else None)


@router.get("/{job_id:hex32}", summary="One job: state, result, error")
async def show(job_id: JobId, context: CurrentContext, principal: Reader) -> JobAnswer:
    """`result` and `finished_at` are there once it has ended."""
    async with context.store.read() as reading:
        row = await jobs.get_job(reading, principal.client_id, job_id)
    if row is None:
        raise NotFoundError("job", job_id)
    return JobAnswer.of(row)
