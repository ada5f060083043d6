"""What may be asked about people."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from control_plane.auth.passwords import HASHES, LONGEST, SHORTEST
from control_plane.auth.request import EMAIL
from control_plane.ids import FORM
from control_plane.paging import Cursor
from control_plane.permissions import Role
from control_plane.strict import Strict

UserId = Annotated[str, Path(pattern=f"^{FORM}$", description="32 hex digits.")]
Password = Annotated[
    str | None,
    Field(min_length=SHORTEST, max_length=LONGEST, description="They must choose another when they sign in."),
]


class UserPage(Strict):
    """A page of people."""

    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Cursor = None


class NewUser(Strict):
    """A person of this client. Without a password they sign in at the provider (OIDC)."""

    email: str = Field(pattern=EMAIL, description="Kept in small letters.")
    role: Role
    password: Password = None
    password_hash: str | None = Field(
        None,
        pattern=HASHES,
        description="Of another system: argon2id in PHC form, or bcrypt, which the first sign-in ends.",
    )

    @model_validator(mode="after")
    def _one_password(self) -> NewUser:
        if self.password is not None and self.password_hash is not None:
            raise PydanticCustomError("one_password", "either password or password_hash")
        return self


class UserChange(Strict):
    """What changes; the rest stays. Another password, or being disabled, signs them out everywhere."""

    role: Role | None = None
    password: Password = None
    disabled: StrictBool | None = None
