"""What may be asked about API keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import AwareDatetime, Field

from control_plane.paging import Cursor
from control_plane.permissions import Scope
from control_plane.strict import Strict

KeyId = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="16 hex digits: those behind `csk_`.")]


class KeyPage(Strict):
    """A page of keys."""

    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Cursor = None


class NewKeyRequest(Strict):
    """A key for a machine."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[\w .@:/-]+$", description="What it is for.")
    scopes: list[Scope] = Field(
        min_length=1, max_length=30, description="What may be done with it; no more than you may."
    )
    expires_at: AwareDatetime | None = Field(None, description="When it ends. Without it: when it is revoked.")
