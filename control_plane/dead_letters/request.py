"""Which dead letters."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from control_plane.ids import FORM
from control_plane.known_names import Text
from control_plane.paging import Cursor
from control_plane.strict import Strict
from stores.dead_letters import LetterStatus

LetterId = Annotated[str, Path(pattern=f"^{FORM}$", description="32 hex digits.")]


class LetterFilters(Strict):
    """All filters that are given must hold."""

    topic: Text = Field(None, description="Where the original stood.")
    status: LetterStatus | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Cursor = None


class LetterSelection(Strict):
    """Which dead letters are meant: all that stand open, of one topic where it is named."""

    topic: Text = Field(None, description="Where the original stood. All topics when left out.")
    status: LetterStatus = Field("open", description="`replayed`: once more those that were sent again already.")
