"""/api/v1/catalogue."""

from __future__ import annotations

from typing import Literal

import msgspec
from fastapi import APIRouter, Response

from control_plane.principal import needs
from schemas.catalogue import load_catalogue

router = APIRouter(prefix="/catalogue", tags=["catalogue"], dependencies=[needs("scans:read")])


@router.get(
    "",
    summary="What can be scanned",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def show(
    format: Literal["json"] = "json",  # noqa: A002, ARG001 - the name of the parameter in the URL
) -> Response:
    """By provider: services, groups, regions, event types, rules with their thresholds, operations and permissions."""
    return Response(msgspec.json.encode(load_catalogue()), media_type="application/json")
