"""Which events, and in which form."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from control_plane.known_names import EventType, Region, ResourceId, Text
from control_plane.moments import Moment
from control_plane.strict import Strict
from schemas.event import Category
from schemas.scan import Provider

Form = Literal["cloudevents", "2cbp"]


class EventFilters(Strict):
    """All filters that are given must hold."""

    scan_id: Text = None
    account: Text = None
    provider: Provider | None = None
    category: Category | None = None
    type: Annotated[
        EventType,
        Field(description="An event type, or whole parts of it with `.*` behind: `aws.waste.*`."),
    ] = None
    resource_id: ResourceId = None
    region: Region = None
    since: Annotated[Moment | None, Field(description="From then on: 2026-11-21T04:00:00Z")] = None
    until: Annotated[Moment | None, Field(description="Before this time.")] = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=4096, description="`next_cursor` of the page before.")] = None
    format: Annotated[Form, Field(description="`cloudevents` (as on the bus) or `2cbp`.")] = "cloudevents"
    stream: Annotated[
        bool, Field(description="Everything that matches as NDJSON, like `Accept: application/x-ndjson`; no pages.")
    ] = False
