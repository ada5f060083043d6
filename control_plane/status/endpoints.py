"""/api/v1/status."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from control_plane.context import CurrentContext
from control_plane.principal import Principal, needs
from control_plane.status import service
from control_plane.status.answer import StatusAnswer

router = APIRouter(prefix="/status", tags=["status"])

Operator = Annotated[Principal, needs("status:read")]


@router.get("", summary="How the platform is doing")
async def show(context: CurrentContext, principal: Operator) -> StatusAnswer:
    """Roles alive, lag, backlog, running scans, last failures."""
    return await service.status(context, principal)
