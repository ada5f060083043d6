"""/api/v1/users."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from control_plane.context import CurrentContext
from control_plane.principal import Principal, needs
from control_plane.users import service
from control_plane.users.answer import UserAnswer, UserList
from control_plane.users.request import NewUser, UserChange, UserId, UserPage

router = APIRouter(prefix="/users", tags=["users"])

Admin = Annotated[Principal, needs("users:admin")]
CONFLICT: Final[dict[int | str, dict[str, Any]]] = {
    409: {"description": "The address is taken, or it is the last administrator."}
}


@router.get("", summary="List users")
async def index(asked: Annotated[UserPage, Query()], context: CurrentContext, principal: Admin) -> UserList:
    """The people of this client, by e-mail address."""
    return await service.page(context, principal, asked)


@router.post("", status_code=201, summary="Add a user", responses=CONFLICT)
async def create(asked: NewUser, context: CurrentContext, principal: Admin) -> UserAnswer:
    """`viewer` reads, `operator` also scans and decides, `admin` also sees to accounts, users, keys and audit log."""
    return await service.create(context, principal, asked)


@router.get("/{user_id:hex32}", summary="One user")
async def show(user_id: UserId, context: CurrentContext, principal: Admin) -> UserAnswer:
    """Role, and when they signed in last."""
    return await service.one(context, principal, user_id)


@router.patch("/{user_id:hex32}", summary="Change a user", responses=CONFLICT)
async def change(user_id: UserId, asked: UserChange, context: CurrentContext, principal: Admin) -> UserAnswer:
    """A change of role holds at once, also for tokens that were given before."""
    return await service.change(context, principal, user_id, asked)


@router.delete("/{user_id:hex32}", status_code=204, summary="Remove a user", responses=CONFLICT)
async def delete(user_id: UserId, context: CurrentContext, principal: Admin) -> None:
    """Their tokens end at once. API keys that they made stay until they are revoked."""
    await service.delete(context, principal, user_id)
