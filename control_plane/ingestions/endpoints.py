"""/api/v1/costs/ingestions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from control_plane.context import CurrentContext
from control_plane.ids import FORM
from control_plane.ingestions import service
from control_plane.ingestions.answer import IngestionAnswer, IngestionList
from control_plane.ingestions.request import IngestionRequest
from control_plane.jobs.answer import JobAccepted
from control_plane.principal import Principal, needs
from control_plane.strict import Strict

router = APIRouter(prefix="/costs/ingestions", tags=["costs"])

Reader = Annotated[Principal, needs("costs:read")]
Writer = Annotated[Principal, needs("costs:write")]
IngestionId = Annotated[str, Path(pattern=f"^{FORM}$", description="32 hex digits.")]


class IngestionQuery(Strict):
    """Which page."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50


@router.post(
    "", status_code=202, summary="Ingest a bill", responses={404: {"description": "There is no such account."}}
)
async def create(
    asked: IngestionRequest, response: Response, context: CurrentContext, principal: Writer
) -> JobAccepted:
    """A worker takes it: look at the job (`Location`), whose result is the reconciliation."""
    job = await service.accept(context, principal, asked)
    response.headers["Location"] = f"/api/v1/jobs/{job.job_id}"
    return JobAccepted(job_id=job.job_id, status=job.status)


@router.get("", summary="List ingestions")
async def index(asked: Annotated[IngestionQuery, Query()], context: CurrentContext, principal: Reader) -> IngestionList:
    """Newest first. One for each billing account and month of each delivery; `complete` is the active one."""
    return await service.newest(context, principal, asked.limit)


@router.get("/{ingestion_id:hex32}", summary="One ingestion with its reconciliation")
async def show(ingestion_id: IngestionId, context: CurrentContext, principal: Reader) -> IngestionAnswer:
    """What the bill added up to, and what the store holds of it now."""
    return await service.one(context, principal, ingestion_id)
