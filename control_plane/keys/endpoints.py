"""/api/v1/keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from control_plane.context import CurrentContext
from control_plane.keys import service
from control_plane.keys.answer import KeyAnswer, KeyList, NewKeyAnswer
from control_plane.keys.request import KeyId, KeyPage, NewKeyRequest
from control_plane.principal import Principal, needs

router = APIRouter(prefix="/keys", tags=["API keys"])

Admin = Annotated[Principal, needs("keys:admin")]


@router.get("", summary="List API keys")
async def index(asked: Annotated[KeyPage, Query()], context: CurrentContext, principal: Admin) -> KeyList:
    """Newest first, with those that were revoked."""
    return await service.page(context, principal, asked)


@router.post("", status_code=201, summary="Make an API key")
async def create(asked: NewKeyRequest, response: Response, context: CurrentContext, principal: Admin) -> NewKeyAnswer:
    """For a machine. Only this answer holds the key."""
    response.headers["Cache-Control"] = "no-store"
    return await service.create(context, principal, asked)


@router.get("/{key_id}", summary="One API key")
async def show(key_id: KeyId, context: CurrentContext, principal: Admin) -> KeyAnswer:
    """Scopes, end, and the day of its last use."""
    return await service.one(context, principal, key_id)


@router.delete("/{key_id}", summary="Revoke an API key")
async def revoke(key_id: KeyId, context: CurrentContext, principal: Admin) -> KeyAnswer:
    """It serves no more from now on, and stays in the list."""
    return await service.revoke(context, principal, key_id)
