"""/api/v1/me."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from control_plane.context import CurrentContext
from control_plane.me import service
from control_plane.me.answer import LinkAnswer, MeAnswer
from control_plane.me.request import PasswordChange
from control_plane.principal import CurrentPrincipal, Principal, needs

router = APIRouter(prefix="/me", tags=["signing in"])


@router.get("", summary="Who I am")
async def show(principal: CurrentPrincipal) -> MeAnswer:
    """The client, the role and what may be done with this token or key."""
    return MeAnswer(
        name=principal.name,
        client=principal.client_id,
        role=principal.role,
        scopes=sorted(principal.scopes),
        must_change_password=principal.must_change,
    )


@router.post(
    "/password",
    status_code=204,
    summary="Choose another password",
    responses={
        400: {"description": "The current password is wrong."},
        409: {"description": "There is no password to change."},
    },
)
async def change_password(asked: PasswordChange, context: CurrentContext, principal: CurrentPrincipal) -> None:
    """Signs out everywhere."""
    await service.change_password(context, principal, asked)


@router.post("/link", status_code=201, summary="Make a link that opens the page")
async def link(context: CurrentContext, principal: Annotated[Principal, needs("findings:read")]) -> LinkAnswer:
    """It signs in at the page as whoever made it, once, within twelve hours."""
    return await service.link(context, principal)
