"""/api/v1/findings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from control_plane.context import CurrentContext
from control_plane.findings import deciding, service
from control_plane.findings.answer import BulkAnswer, FindingAnswer, FindingList, History
from control_plane.findings.request import BulkRequest, DecisionRequest, FindingFilters, FindingId, HistoryPage
from control_plane.principal import Principal, needs

router = APIRouter(prefix="/findings", tags=["findings"])

Reader = Annotated[Principal, needs("findings:read")]
Writer = Annotated[Principal, needs("findings:write")]


@router.get("", summary="Find findings")
async def index(filters: Annotated[FindingFilters, Query()], context: CurrentContext, principal: Reader) -> FindingList:
    """The most money first, those without a known price last. Look at `coverage` before reading an absence as clean."""
    return await service.page(context, principal, filters)


@router.get("/{finding_id:hex32}", summary="One finding with its evidence")
async def show(finding_id: FindingId, context: CurrentContext, principal: Reader) -> FindingAnswer:
    """Open, ignored or resolved."""
    return await service.one(context, principal, finding_id)


@router.patch(
    "/{finding_id:hex32}",
    summary="Ignore, resolve or reopen a finding",
    responses={409: {"description": "Scans no longer find it: there is nothing to decide."}},
)
async def decide(
    finding_id: FindingId, asked: DecisionRequest, context: CurrentContext, principal: Writer
) -> FindingAnswer:
    """An ignored finding returns when its day has passed; one that was called resolved, when a later scan sees it."""
    return await deciding.decide_one(context, principal, finding_id, asked)


@router.post("/bulk", summary="Ignore, resolve or reopen many findings")
async def decide_many(asked: BulkRequest, context: CurrentContext, principal: Writer) -> BulkAnswer:
    """At most 1000 at once, by their ids or by a filter. The answer tells what came of each."""
    return await deciding.decide_many(context, principal, asked)


@router.get("/{finding_id:hex32}/history", summary="The life of a finding")
async def history(
    finding_id: FindingId,
    asked: Annotated[HistoryPage, Query()],
    context: CurrentContext,
    principal: Reader,
) -> History:
    """Oldest first: what scans said of it, as long as events are kept, and all that people decided."""
    return await service.history(context, principal, finding_id, asked)
