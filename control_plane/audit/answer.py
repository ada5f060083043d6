"""The audit log, as it is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from stores.audit import AuditEntry


class DeedAnswer(BaseModel):
    """Who did what, when, from where."""

    seq: int
    at: datetime
    actor: str = Field(description="An e-mail address, or `key` and the name of an API key.")
    address: str = Field(description="The address of the other end of the connection.")
    action: str = Field(description="A noun and a verb: `key.create`.")
    target: str = Field(description="What it was done to: its kind and its id.")
    details: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditEntry) -> DeedAnswer:
        """Of a row."""
        return cls(**{name: getattr(entry, name) for name in AuditEntry.__struct_fields__})


class DeedList(BaseModel):
    """A page of deeds, newest first."""

    items: list[DeedAnswer]
    next_cursor: str | None = Field(description="Null on the last page.")
