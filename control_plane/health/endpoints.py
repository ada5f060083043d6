"""/healthz and /readyz."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from control_plane.context import CurrentContext
from control_plane.errors import NotReadyError
from control_plane.watching import look

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
    """503 names what is missing and since when: the store, not reachable or not migrated."""
    await look(context)
    for dependency, told in context.condition.missing.items():
        raise NotReadyError(dependency, f"{told.error}, since {told.since:%Y-%m-%dT%H:%M:%SZ}")
    return Health()
