"""API keys, as they are shown."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from stores.api_keys import KeyRow


class KeyAnswer(BaseModel):
    """One key, without what is secret of it."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str
    name: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_on: date | None = Field(description="A day (UTC).")
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: KeyRow) -> KeyAnswer:
        """Of a row."""
        return cls(
            id=row.key_id,
            name=row.name,
            scopes=list(row.scopes),
            created_by=row.created_by,
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_on=row.last_used_on,
            revoked_at=row.revoked_at,
        )


class NewKeyAnswer(KeyAnswer):
    """A new key; only this answer holds the key itself."""

    key: str = Field(description="Shown once; what is stored is a hash of it.")


class KeyList(BaseModel):
    """A page of keys, newest first."""

    items: list[KeyAnswer]
    next_cursor: str | None = Field(description="Null on the last page.")
