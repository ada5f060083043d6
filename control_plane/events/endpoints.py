"""/api/v1/events."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from control_plane.context import CurrentContext
from control_plane.events import service
from control_plane.events.request import EventFilters, Form
from control_plane.principal import Principal, needs
from schemas.event import CONTENT_TYPE

router = APIRouter(prefix="/events", tags=["events"])

Reader = Annotated[Principal, needs("events:read")]

NDJSON: Final = "application/x-ndjson"
EVENT: Final[dict[str, Any]] = {"type": "object", "description": "CloudEvents 1.0 (structured JSON), or 2CBP."}
PAGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["items", "next_cursor"],
    "properties": {"items": {"type": "array", "items": EVENT}, "next_cursor": {"type": ["string", "null"]}},
}


@router.get(
    "",
    summary="Find events",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": PAGE}, NDJSON: {"schema": {"type": "string"}}}}},
)
async def index(
    filters: Annotated[EventFilters, Query()],
    context: CurrentContext,
    principal: Reader,
    accept: Annotated[str, Header()] = "*/*",
) -> Response:
    """Newest first, by pages; or everything that matches as NDJSON."""
    if filters.stream or NDJSON in accept:
        await service.check(context, principal, filters)
        return StreamingResponse(service.stream(context, principal, filters), media_type=NDJSON)
    return Response(await service.page(context, principal, filters), media_type="application/json")


@router.get(
    "/{event_id}",
    summary="One event",
    response_class=Response,
    responses={200: {"content": {CONTENT_TYPE: {"schema": EVENT}, "application/json": {"schema": EVENT}}}},
)
async def show(
    event_id: str,
    context: CurrentContext,
    principal: Reader,
    format: Form = "cloudevents",  # noqa: A002 - the name of the parameter in the URL
) -> Response:
    """As it went over the bus, or as 2CBP."""
    body = await service.one(context, principal, event_id)
    media_type = CONTENT_TYPE if format == "cloudevents" else "application/json"
    return Response(service.in_form(body, format), media_type=media_type)
