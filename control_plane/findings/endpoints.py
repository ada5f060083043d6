"""/api/v1/findings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from control_plane.context import CurrentContext
from control_plane.findings import service
from control_plane.findings.answer import FindingAnswer, FindingList
from control_plane.findings.request import FindingFilters
from control_plane.principal import CurrentPrincipal

router = APIRouter(prefix="/findings", tags=["findings"])


@router.get("", summary="Find findings")
async def index(
    filters: Annotated[FindingFilters, Query()], context: CurrentContext, principal: CurrentPrincipal
) -> FindingList:
    """The most money first, those without a known price last. Look at `coverage` before reading an absence as clean."""
    return await service.page(context, principal, filters)


@router.get("/{finding_id}", summary="One finding with its evidence")
async def show(finding_id: str, context: CurrentContext, principal: CurrentPrincipal) -> FindingAnswer:
    """Open or resolved."""
    return await service.one(context, principal, finding_id)
