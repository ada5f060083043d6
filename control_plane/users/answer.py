"""People, as they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from pydantic import BaseModel, ConfigDict, Field

from control_plane.permissions import Role
from stores.users import UserRow


class UserAnswer(BaseModel):
    """One person. Nothing of a password is told but whether there is one."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str
    email: str
    role: Role
    signs_in_by_password: bool
    must_change_password: bool
    disabled: bool
    created_at: datetime
    last_sign_in: datetime | None

    @classmethod
    def of(cls, row: UserRow) -> UserAnswer:
        """Of a row."""
        return cls(
            id=row.user_id,
            email=row.email,
            role=cast("Role", row.role),
            signs_in_by_password=row.password_hash is not None,
            must_change_password=row.must_change,
            disabled=not row.active,
            created_at=row.created_at,
            last_sign_in=row.last_sign_in,
        )


class UserList(BaseModel):
    """A page of people, by address."""

    items: list[UserAnswer]
    next_cursor: str | None = Field(description="Null on the last page.")
