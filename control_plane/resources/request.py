"""Which resources."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from control_plane.known_names import Region, Service, Text
from control_plane.strict import Strict
from schemas.scan import Provider


class ResourceFilters(Strict):
    """All filters that are given must hold."""

    provider: Provider | None = None
    account: Text = None
    region: Region = None
    service: Service = None
    type: Annotated[Text, Field(description="The resource type, for example AWS::EC2::Volume.")] = None
    scan_id: Text = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=4096, description="`next_cursor` of the page before.")] = None
