"""/api/v1/schemas and /asyncapi.yaml."""

from __future__ import annotations

from typing import Final

import msgspec
from fastapi import APIRouter, Response

from control_plane import description
from control_plane.principal import needs
from control_plane.schemas import service
from control_plane.schemas.answer import SchemaList
from schemas import asyncapi

MEDIA_TYPE: Final = "application/schema+json"
YAML: Final = "application/yaml"

router = APIRouter(prefix="/schemas", tags=["schemas"], dependencies=[needs("events:read")])
document = APIRouter(tags=["schemas"], dependencies=[needs("events:read")])


@router.get("", summary="Every event type and where its schema is")
async def index() -> SchemaList:
    """What stands as `dataschema` on an event is the scheme `cloud-sentinel:` and the path of the schema here."""
    return service.every()


@router.get(
    "/{event_type}/v{version}",
    summary="JSON Schema of an event type",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}},
)
async def show(event_type: str, version: int) -> Response:
    """JSON Schema 2020-12 of the whole event, with all that it refers to."""
    return Response(msgspec.json.encode(service.one(event_type, version)), media_type=MEDIA_TYPE)


@document.get(
    "/asyncapi.yaml",
    summary="The topics and their messages, as AsyncAPI 3.0",
    response_class=Response,
    responses={200: {"content": {YAML: {"schema": {"type": "object"}}}}},
)
def topics() -> Response:
    """For subscribers: channels, keys, headers, and the schema of every message."""
    return Response(asyncapi.render(description.version()), media_type=YAML)
