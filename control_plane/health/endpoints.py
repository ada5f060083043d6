"""/healthz and /readyz."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from control_plane.context import CurrentContext
from control_plane.errors import NotReadyError
from stores import StoreError

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


@router.get("/healthz", summary="Whether the process lives")
async def alive() -> Health:
    """Always 200 while the process can answer; asks nobody."""
    return Health()


@router.get("/readyz", summary="Whether it can work")
async def ready(context: CurrentContext) -> Health:
    """503 names what is missing: the store, not reachable or not migrated."""
    try:
        await context.store.ping()
    except StoreError as error:
        raise NotReadyError("store", str(error).removeprefix(f"store {context.store.place}: ")) from error
    return Health()
