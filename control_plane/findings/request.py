"""Which findings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from control_plane.strict import Strict
from schemas.finding import Severity

Text = Annotated[str | None, Field(min_length=1, max_length=2048)]


class FindingFilters(Strict):
    """All filters that are given must hold."""

    status: Literal["open", "resolved", "all"] = "open"
    category: Literal["waste", "security"] | None = None
    severity: Severity | None = None
    rule: Text = None
    account: Text = None
    region: Text = None
    service: Text = None
    scan_id: Text = None
    resource_id: Text = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=4096, description="`next_cursor` of the page before.")] = None
