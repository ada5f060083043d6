"""Which deeds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from control_plane.known_names import Text
from control_plane.paging import Cursor
from control_plane.strict import Strict


class DeedFilters(Strict):
    """All filters that are given must hold."""

    action: Text = Field(None, description="For example `key.create`.")
    actor: Text = Field(None, description="Who did it.")
    target: Text = Field(None, description="What it was done to.")
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Cursor = None
