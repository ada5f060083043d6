"""Who somebody is."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from control_plane.permissions import Role, Scope


class MeAnswer(BaseModel):
    """Whoever asks."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    name: str
    client: str
    role: Role | None = Field(description="None: an API key, which has scopes of its own.")
    scopes: list[Scope]
    must_change_password: bool


class LinkAnswer(BaseModel):
    """A link that opens the page once."""

    url: str
    expires_at: datetime
