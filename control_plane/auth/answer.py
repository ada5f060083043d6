"""What somebody gets who signed in."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class TokenAnswer(BaseModel):
    """RFC 6749, section 5.1."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    access_token: str = Field(description="For the header `Authorization: Bearer …`.")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a name of the RFC
    expires_in: int = Field(description="Seconds.")
    refresh_token: str = Field(description="For another access token, once; the answer holds its successor.")
    scope: str = Field(description="What may be done with it.")
