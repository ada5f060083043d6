"""What is told about dead letters."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from stores.dead_letters import LetterRow, LetterStatus


class LetterSummary(BaseModel):
    """One dead letter without its body."""

    id: str
    topic: str
    partition: int | None = Field(description="None: it was refused before it was sent.")
    offset: int | None
    key: str
    reason: str
    client_id: str | None = Field(description="None: the message does not tell.")
    at: datetime = Field(description="When it was refused.")
    status: LetterStatus
    replays: int = Field(description="How often it was asked to be sent again.")
    decided_at: datetime | None = Field(description="When it was last asked to be sent again, or dropped.")
    replay_of: str | None = Field(description="The id of the first dead letter, where this one had been sent again.")
    truncated: bool = Field(description="Only its beginning was kept: it cannot be sent again.")
    body_bytes: int

    @classmethod
    def of(cls, row: LetterRow) -> Self:
        """From its row."""
        return cls(**_told(row))


class LetterDetail(LetterSummary):
    """One dead letter, whole."""

    headers: dict[str, str]
    encoding: Literal["text", "base64"] = Field(description="`base64` where the body is no UTF-8.")
    body: str

    @classmethod
    def of(cls, row: LetterRow) -> Self:
        """From its row with the body."""
        body = row.body or b""
        try:
            text, encoding = body.decode(), "text"
        except UnicodeDecodeError:
            text, encoding = base64.b64encode(body).decode(), "base64"
        return cls(**_told(row), headers=row.headers, encoding=encoding, body=text)


def _told(row: LetterRow) -> dict[str, Any]:
    sent = row.part >= 0
    place = {"partition": row.part if sent else None, "offset": row.log_offset if sent else None}
    same = LetterSummary.model_fields.keys() - place.keys()
    return {**{name: getattr(row, name) for name in same}, **place}


class LetterList(BaseModel):
    """A page of dead letters, newest first."""

    items: list[LetterSummary]
    next_cursor: str | None


class LettersReplayed(BaseModel):
    """What will be sent again, at once or as soon as the bus is there."""

    replayed: int
    truncated: int = Field(description="Those that cannot be: only their beginning was kept.")


class LettersDropped(BaseModel):
    """What nobody wants any more."""

    dropped: int
