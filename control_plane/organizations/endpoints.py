"""/api/v1/organizations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from control_plane.context import CurrentContext
from control_plane.jobs.answer import JobAccepted
from control_plane.organizations import service
from control_plane.organizations.request import DiscoveryRequest
from control_plane.principal import Principal, needs

router = APIRouter(prefix="/organizations", tags=["accounts"])

Admin = Annotated[Principal, needs("accounts:admin")]


@router.post(
    "/discover",
    status_code=202,
    summary="Find the accounts of an organization",
    responses={404: {"description": "There is no such account."}, 409: {"description": "The account is not active."}},
)
async def discover(
    asked: DiscoveryRequest, response: Response, context: CurrentContext, principal: Admin
) -> JobAccepted:
    """A worker adds the accounts that are new, moves those that are known, and closes those that are no more.

    The job's `result` lists `created`, `known`, `closed` and `left_out` with the reason. Asking again changes only what
    changed.
    """
    job = await service.discover(context, principal, asked)
    response.headers["Location"] = f"/api/v1/jobs/{job.job_id}"
    return JobAccepted(job_id=job.job_id, status=job.status)
