"""Which findings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from control_plane.known_names import Region, Rule, Service, Text
from control_plane.strict import Strict
from schemas.finding import Severity


class FindingFilters(Strict):
    """All filters that are given must hold."""

    status: Literal["open", "resolved", "all"] = "open"
    category: Literal["waste", "security"] | None = None
    severity: Severity | None = None
    rule: Rule = None
    account: Text = None
    region: Region = None
    service: Service = None
    scan_id: Text = None
    resource_id: Text = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=4096, description="`next_cursor` of the page before.")] = None
