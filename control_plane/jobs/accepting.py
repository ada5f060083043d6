"""Accepting jobs: the row is the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import structlog

from control_plane.context import Context
from control_plane.principal import Principal
from schemas.job import JobKind
from schemas.states import TaskStatus
from stores import WriteSession, jobs
from stores.jobs import JobRow

log = structlog.get_logger("control_plane")


async def accept_job(
    context: Context,
    principal: Principal,
    writing: WriteSession,
    kind: JobKind,
    *,
    target: str,
    spec: Mapping[str, Any] | None = None,
) -> JobRow:
    """Store a job for the principal's client. ``spec`` holds references only; a secret has no place in it."""
    job = JobRow(
        job_id=uuid.uuid4().hex,
        client_id=principal.client_id,
        kind=kind,
        target=target,
        spec=dict(spec or {}),
        status=TaskStatus.QUEUED,
        created_at=context.clock(),
    )
    await jobs.insert_job(writing, job)
    log.info("job_accepted", job_id=job.job_id, client_id=job.client_id, kind=kind)
    return job
