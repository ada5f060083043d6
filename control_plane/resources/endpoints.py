"""/api/v1/resources."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from control_plane.context import CurrentContext
from control_plane.principal import Principal, needs
from control_plane.resources import service
from control_plane.resources.answer import ResourceDetail, ResourceList
from control_plane.resources.request import ResourceFilters
from schemas.naming import id_of_path

router = APIRouter(prefix="/resources", tags=["resources"])

Reader = Annotated[Principal, needs("resources:read")]


@router.get("", summary="Find resources")
async def index(
    filters: Annotated[ResourceFilters, Query()], context: CurrentContext, principal: Reader
) -> ResourceList:
    """The latest state of each, by resource id."""
    return await service.page(context, principal, filters)


@router.get("/{resource_id:path}", summary="One resource with its facts and open findings")
async def show(resource_id: str, context: CurrentContext, principal: Reader) -> ResourceDetail:
    """The id as it is: an ARN with its slashes and colons, an Azure resource id, a full resource name."""
    return await service.one(context, principal, id_of_path(resource_id))
