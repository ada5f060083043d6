"""What is told about accounts: references, never a secret."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

import msgspec
from pydantic import BaseModel, Field

from schemas.account import AccountStatus
from schemas.scan import Provider
from stores.accounts import AccountRow


class AccountAnswer(BaseModel):
    """One account."""

    account_id: str = Field(description="Ours; a scan request names it.")
    provider: Provider
    native_id: str | None = Field(description="The cloud's; None until a test found it out.")
    name: str
    connection: dict[str, Any] = Field(description="How it is reached; `external_id` is what the role has to ask for.")
    tags: dict[str, str]
    group: str | None
    unit_path: str | None
    status: AccountStatus
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: AccountRow) -> Self:
        """From its row."""
        told = {name: getattr(row, name) for name in cls.model_fields if name != "connection"}
        connection = {"mode": row.connection.mode, **msgspec.to_builtins(row.connection)}
        return cls(**told, connection=connection)


class AccountList(BaseModel):
    """A page of accounts, by name."""

    items: list[AccountAnswer]
    next_cursor: str | None
